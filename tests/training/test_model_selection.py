"""The trial: every holdout predicted by models, settings and calibrators that had not seen it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from training.data.proof import Proof
from training.data.splits import Part
from training.model import Learner, Rows, Settings
from training.model_selection import Trial, trial

SETTINGS = (Settings(4, 20), Settings(7, 20))
COUNT = 1_000


@pytest.fixture(scope="module")
def rows() -> Rows:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(COUNT, 3)).astype(np.float32)
    label = (rng.random(COUNT) < 1 / (1 + np.exp(-matrix[:, 0]))).astype(np.float64)
    return Rows(matrix, label, np.ones(COUNT))


def part(train: int, begin: int, end: int) -> Part:
    """The rows before `train` learn, those from there to `begin` validate, those up to `end` are held out."""
    place = np.arange(COUNT)
    return Part(place < train, (place >= train) & (place < begin), (place >= begin) & (place < end))


BLOCKS = (part(300, 400, 600), part(450, 600, 800), part(600, 800, 1_000))


def proof_of(parts: tuple[Part, ...]) -> Proof:
    """Fitted on what validated in the last part, judged on what it held out."""
    return Proof(parts[-1].validation, parts[-1].holdout, np.ones(COUNT), np.arange(COUNT) % 3)


def tried(rows: Rows, parts: tuple[Part, ...], proof: Proof | None = None) -> Trial:
    return trial(Learner(["a", "b", "c"], [], 3, 1), rows, parts, proof or proof_of(parts), SETTINGS)


def flipped_from(rows: Rows, first: int) -> Rows:
    """Rows whose labels are the opposite from the first such row on."""
    label: NDArray[np.float64] = rows.label.copy()
    label[first:] = 1 - label[first:]
    return replace(rows, label=label)


def test_blocks_in_time_are_pooled_in_their_order(rows: Rows) -> None:
    found = tried(rows, BLOCKS)
    assert found.holdout.tolist() == list(range(400, 1_000))
    assert np.bincount(found.part).tolist() == [200, 200, 200]


def test_a_block_is_judged_as_if_nothing_had_happened_after_it(rows: Rows) -> None:
    known, other = tried(rows, BLOCKS), tried(flipped_from(rows, 600), BLOCKS)
    first = known.part == 0
    np.testing.assert_array_equal(known.probability[first], other.probability[first])
    assert (known.probability[~first] != other.probability[~first]).any()


def test_a_block_is_judged_the_same_beside_later_blocks_as_alone(rows: Rows) -> None:
    together, alone = tried(rows, BLOCKS), tried(rows, BLOCKS[:1])
    np.testing.assert_array_equal(together.probability[:200], alone.probability)


def test_folds_are_all_predicted_in_the_order_of_the_rows(rows: Rows) -> None:
    fold = np.arange(COUNT) % 3
    parts = tuple(Part(fold == (k + 2) % 3, fold == (k + 1) % 3, fold == k) for k in range(3))
    found = tried(rows, parts)
    assert found.holdout.tolist() == list(range(COUNT))
    assert (found.part == fold).all()


def test_a_block_learns_from_what_settled_early_and_tunes_nothing_by_it(rows: Rows) -> None:
    place = np.arange(COUNT)
    plain = part(300, 400, 600)
    gap = replace(plain, holdout=(place >= 500) & (place < 600))
    early = replace(gap, early=(place >= 400) & (place < 500) & (place % 2 == 0), factor=np.full(COUNT, 1.5))
    without, with_early = tried(rows, (gap,)), tried(rows, (early,))
    assert without.losses == with_early.losses
    assert (without.log_odds != with_early.log_odds).any()


def test_factors_keep_the_share_of_a_class_that_settles_late(rows: Rows) -> None:
    factor = np.where(rows.label > 0, 2.0, 1.0)
    fair = replace(rows, weight=np.where(rows.label > 0, 1.0, 3.0), factor=factor).fair
    np.testing.assert_array_equal(fair, factor)


def test_blocks_in_time_leave_the_choice_for_the_shipped_model_to_the_last(rows: Rows) -> None:
    together, last = tried(rows, BLOCKS), tried(rows, BLOCKS[-1:])
    assert together.recipe == last.recipe
    assert together.losses == last.losses


def test_folds_choose_together(rows: Rows) -> None:
    fold = np.arange(COUNT) % 2
    parts = tuple(Part((fold != k) & (np.arange(COUNT) < 600), (fold != k) & (np.arange(COUNT) >= 600), fold == k)
                  for k in range(2))  # fmt: skip
    found, alone = tried(rows, parts), [tried(rows, (part,)) for part in parts]
    assert found.losses == pytest.approx(np.mean([one.losses for one in alone], axis=0))


def test_the_calibrator_that_ships_is_the_one_that_was_judged_and_saw_none_of_the_rows_that_judge_it(
    rows: Rows,
) -> None:
    place = np.arange(COUNT)
    proof = Proof((place >= 400) & (place < 600), place >= 800, np.ones(COUNT), place % 3)
    for told in (proof, proof_of(BLOCKS)):
        found, other = tried(rows, BLOCKS, told), tried(flipped_from(rows, 800), BLOCKS, told)
        assert found.calibrator == other.calibrator
        judged = ~np.isnan(found.shipped)
        assert (judged == told.judged[found.holdout]).all()
        np.testing.assert_array_equal(found.shipped[judged], found.calibrator.apply(found.log_odds[judged]))
