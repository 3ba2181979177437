"""Whom contact moves, told from answers to contact: found where it was put, measured elsewhere, kept as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.errors import CorruptBundle
from models.effects import EffectInputs, Effects
from models.encoding import Encoding
from models.uplift import Even, UpliftModel
from tests.training.small_trials import at_once
from training.contact import uplift
from training.contact.response_surrogate import Answering
from training.contact.scores import Scores
from training.contact.uplift import Measured, Trials, even

ANSWERS = 2


def planted(rows: int = 6_000, seed: int = 1, strength: float = 1.0) -> tuple[Trials, np.ndarray]:
    """A hidden receptiveness, half of it told by the first tag, shows in the first answer and in what contact does."""
    rng = np.random.default_rng(seed)
    tags = rng.standard_normal((rows, 3))
    receptive = 0.7 * tags[:, 0] + 0.7 * rng.standard_normal(rows)
    answers = np.column_stack([receptive + 0.7 * rng.standard_normal(rows), rng.standard_normal(rows)])
    telling = np.hstack([tags, answers]).astype(np.float32)
    given = rng.random(rows) < 0.5
    odds = np.exp(0.3 * tags[:, 1] + strength * given * receptive)
    label = (rng.random(rows) < odds / (1 + odds)).astype(np.float64)
    fold, half = np.arange(rows) % 3, np.arange(rows) // 3 % 2
    waiting = {"any": at_once(given, label)}
    return Trials(telling, label, label, waiting, np.ones(rows), fold, half, telling, ANSWERS), receptive


def fit(trials: Trials, seed: int) -> UpliftModel:
    return uplift.fit(trials, {"any": trials.scores("any", [], seed)}, [], [], seed)


def measure(trials: Trials, effect: Answering) -> tuple[UpliftModel, Measured]:
    model, found = uplift.measure(trials, {"any": trials.scores("any", [], 1)}, [], {"any": effect}, seed=1)
    return model, found["any"]


@pytest.fixture(scope="module")
def learned() -> tuple[Trials, np.ndarray, UpliftModel]:
    trials, receptive = planted()
    return trials, receptive, fit(trials, seed=1)


def test_whom_contact_moves_is_found_from_tags_and_answers(learned: tuple[Trials, np.ndarray, UpliftModel]) -> None:
    trials, receptive, model = learned
    found = model.effects["any"].log_odds(trials.telling)
    best = np.corrcoef(trials.telling[:, [0, 3]].astype(np.float64) @ [0.35, 0.5], receptive)[0, 1]
    assert np.corrcoef(found, receptive)[0, 1] > 0.9 * best


def test_an_answer_that_tells_nothing_gets_little_weight(learned: tuple[Trials, np.ndarray, UpliftModel]) -> None:
    effect = learned[2].effects["any"]
    assert isinstance(effect, Answering)
    telling, _, own_telling, own_idle = np.abs(effect.weights)
    assert own_idle < 0.3 * max(telling, own_telling)


def test_the_same_effect_elsewhere_is_measured_as_the_same(learned: tuple[Trials, np.ndarray, UpliftModel]) -> None:
    effect = learned[2].effects["any"]
    assert isinstance(effect, Answering)
    other, _ = planted(seed=2)
    _, found = measure(other, effect)
    assert abs(found.slope - 1) < 3 * found.error
    assert 0.6 < found.used[0] < 1.4


def test_an_effect_that_is_not_there_elsewhere_is_scaled_down(learned: tuple[Trials, np.ndarray, UpliftModel]) -> None:
    effect = learned[2].effects["any"]
    assert isinstance(effect, Answering)
    idle, _ = planted(seed=3, strength=0.0)
    model, found = measure(idle, effect)
    assert found.used[0] < 0.4
    scaled = model.effects["any"]
    assert isinstance(scaled, Answering)
    assert scaled.scale == pytest.approx(found.used[0])


def exactly(slope: float, level: float, error: float) -> Measured:
    return Measured(slope, level, np.diag([error, error]) ** 2)


def test_what_is_not_measured_well_is_taken_from_the_other_outcome() -> None:
    assert exactly(-3.0, 5.0, error=100.0).used == pytest.approx((1.0, 0.0), abs=1e-3)
    assert exactly(-3.0, 0.0, error=0.01).used[0] == 0.0
    assert exactly(0.4, -0.2, error=0.001).used == pytest.approx((0.4, -0.2), abs=1e-3)


def test_what_contact_adds_for_all_elsewhere_is_added(learned: tuple[Trials, np.ndarray, UpliftModel]) -> None:
    trials, _, model = learned
    effect = model.effects["any"]
    assert isinstance(effect, Answering)
    twice = effect.measured(2.0, 0.3).measured(0.5, 0.1)
    np.testing.assert_allclose(twice.log_odds(trials.telling), effect.log_odds(trials.telling) + 0.25)
    condensed = twice.condensed(trials.telling, [], 1).log_odds(trials.telling)
    assert np.abs(condensed - twice.log_odds(trials.telling)).mean() < 0.02


def test_fewer_trees_say_the_same(learned: tuple[Trials, np.ndarray, UpliftModel]) -> None:
    trials, _, model = learned
    effect = model.effects["any"]
    assert isinstance(effect, Answering)
    scaled = replace(effect, scale=0.5)
    condensed = scaled.condensed(trials.telling, [], seed=1)
    other, _ = planted(seed=4)
    said, short = (item.log_odds(other.telling) for item in (scaled, condensed))
    assert np.corrcoef(said, short)[0, 1] > 0.98
    assert abs(said - short).mean() < 0.1 * said.std()


def test_one_row_gets_exactly_the_effect_that_it_gets_among_others(
    learned: tuple[Trials, np.ndarray, UpliftModel],
) -> None:
    trials, _, _ = learned
    effect = condensed(learned).model.effects["any"]
    alone = [effect.log_odds(trials.telling[row : row + 1])[0] for row in range(50)]
    np.testing.assert_array_equal(alone, effect.log_odds(trials.telling)[:50])


ENCODING = Encoding(tuple((name, "Float64") for name in ("a", "b", "c", "answer__x", "answer__y")), {})


def condensed(learned: tuple[Trials, np.ndarray, UpliftModel]) -> Effects:
    trials, _, model = learned
    effect = model.effects["any"]
    assert isinstance(effect, Answering)
    kept = replace(model, effects={"any": effect.condensed(trials.telling, [], seed=1)})
    return Effects("renewal", ENCODING, EffectInputs(ENCODING, (("x", "a + 1"), ("y", "b"))), kept)


def test_effects_from_answers_are_kept_as_text_and_read_back(
    learned: tuple[Trials, np.ndarray, UpliftModel], tmp_path: Path
) -> None:
    trials, kept = learned[0], condensed(learned)
    kept.save(tmp_path)
    read = Effects.load(tmp_path)
    before, after = (item.model.predict(trials.matrix, trials.telling)["any"] for item in (kept, read))
    assert np.allclose(before, after)
    assert read.telling == kept.telling


def test_effects_with_a_missing_file_are_refused(
    learned: tuple[Trials, np.ndarray, UpliftModel], tmp_path: Path
) -> None:
    condensed(learned).save(tmp_path)
    (tmp_path / "any.txt").unlink()
    with pytest.raises(CorruptBundle, match=r"any\.txt"):
        Effects.load(tmp_path)


def test_the_answers_of_a_frame_are_worked_out_beside_its_tags() -> None:
    telling = EffectInputs(ENCODING, (("x", "a + 1"), ("y", "coalesce(b, 0)")))
    frame = pl.DataFrame({"a": [1.0, 2.0], "b": [3.0, None], "c": [5.0, 6.0], "other": ["p", "q"]})
    np.testing.assert_array_equal(telling.matrix(frame)[:, [0, 2, 3, 4]], [[1, 5, 2, 3], [2, 6, 3, 0]])


@given(rows=st.lists(st.tuples(*[st.none() | st.floats(-3, 3)] * 3), min_size=1, max_size=8))
def test_answers_of_a_few_rows_are_those_of_many(rows: list[tuple[float | None, ...]]) -> None:
    sql = (("x", "ln((coalesce(a, 0) + 4) / (coalesce(b, 0) + 5))"), ("y", "coalesce(a, 1) / coalesce(c, 2)"))
    frame = pl.DataFrame(rows, dict.fromkeys("abc", pl.Float64()), orient="row")
    many = EffectInputs(ENCODING, sql).matrix(pl.concat([frame] * 9))[: len(frame)]
    np.testing.assert_array_equal(EffectInputs(ENCODING, sql).matrix(frame), many)


def scores_of(gain: float, noise: float) -> Scores:
    gains = gain + noise * np.resize([-1.0, 1.0], 1_000)
    return Scores(gains, np.ones(1_000), np.ones(1_000))


def test_an_even_effect_is_drawn_towards_the_one_it_is_like_as_far_as_it_is_uncertain() -> None:
    weight, like = np.ones(1_000), Even(0.4)
    assert even(scores_of(0.1, 0.0), weight).level == pytest.approx(0.1)
    assert even(scores_of(0.1, 0.01), weight, like).level == pytest.approx(0.1, abs=0.01)
    assert even(scores_of(0.1, 1_000.0), weight, like).level == pytest.approx(0.4, abs=0.01)


def test_an_even_effect_is_kept_and_says_the_same_of_everybody(
    learned: tuple[Trials, np.ndarray, UpliftModel], tmp_path: Path
) -> None:
    trials, kept = learned[0], condensed(learned)
    replace(kept, model=replace(kept.model, effects={"any": Even(0.3)})).save(tmp_path)
    assert not (tmp_path / "any.txt").exists()
    read = Effects.load(tmp_path)
    assert read.model.effects["any"] == Even(0.3)
    base = np.asarray(read.model.base.predict(trials.matrix))
    np.testing.assert_allclose(read.model.predict(trials.matrix, trials.telling)["any"], 0.3 * base * (1 - base))
