from __future__ import annotations

import numpy as np
import pytest

from tests.training.uplift.small_campaign import campaign
from training.uplift.campaign import Campaign
from training.uplift.chances import chances
from training.uplift.comparison import Comparison, Design, compare, predicted
from training.uplift.learners import BLEND, LEARNERS

DESIGN = Design(folds=2, divisions=1, placebos=2, seed=7)


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(campaign(), DESIGN)


def test_every_learner_finds_whom_contact_moves(found: Comparison) -> None:
    assert found.drawn.keys() == {*LEARNERS, BLEND}
    for name, learner in found.document["learners"].items():
        assert learner["gain"] == pytest.approx(0.2, abs=0.08), name
        assert learner["gain_interval"][0] > 0.05, name
        assert learner["qini_interval"][0] > 0, name


def test_no_learner_finds_anything_where_contact_was_dealt_out_anew(found: Comparison) -> None:
    for name, learner in found.document["learners"].items():
        assert len(learner["placebo"]["gains"]) == 2
        assert abs(learner["placebo"]["mean"]) < 0.08 < learner["gain"], name


def test_the_best_is_behind_by_nothing_and_no_other_is_before_it(found: Comparison) -> None:
    behind = {name: learner["behind"] for name, learner in found.document["learners"].items()}
    assert behind[found.best] == 0
    assert min(behind.values()) == 0


def test_a_coin_is_told_from_what_the_features_tell() -> None:
    for tossed in (True, False):
        rows = campaign(tossed=tossed)
        known = chances(rows, rows.folds(3, 7), 7)
        assert known.tossed is tossed
        assert bool(np.ptp(known.of) == 0) is tossed


def test_what_is_said_of_a_customer_does_not_know_their_outcome() -> None:
    rows = campaign(600)
    even = np.full(len(rows), 0.5)
    inside = rows.folds(2, 7) == 0
    label = np.where(inside, 1 - rows.label, rows.label)
    turned = Campaign(rows.matrix, rows.treated, label, rows.weight, rows.customer, [])
    one, other = (predicted(given, even, DESIGN, 7) for given in (rows, turned))
    for name in one:
        assert np.array_equal(one[name][inside], other[name][inside]), name
        assert not np.array_equal(one[name][~inside], other[name][~inside]), name


def test_rows_of_one_customer_are_never_parted() -> None:
    rows = campaign(300)
    shared = Campaign(rows.matrix, rows.treated, rows.label, rows.weight, np.arange(300) // 3, [])
    fold = shared.folds(4, 1)
    assert (fold.reshape(100, 3) == fold[::3, None]).all()
    assert set(fold) == {0, 1, 2, 3}


def test_the_same_seed_gives_the_same_document(found: Comparison) -> None:
    assert compare(campaign(), DESIGN).document == found.document


def test_the_best_learner_says_of_anybody_what_contact_adds(found: Comparison) -> None:
    fresh = campaign(seed=2).matrix
    moved, sold = found.said()(fresh), fresh[:, 0] == 1
    assert moved[sold].mean() > 0.03 > -0.03 > moved[~sold].mean()
    assert np.corrcoef(moved, sold)[0, 1] > 0.8
