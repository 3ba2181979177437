from __future__ import annotations

import numpy as np
import pytest

from monitoring.shadow.agreement import agreement, kendall, overlap, spearman


def test_a_model_agrees_with_itself_and_is_the_opposite_of_its_opposite() -> None:
    said = np.random.default_rng(1).random(500)
    same, turned = agreement(said, said), agreement(said, 1 - said)
    assert (same["psi"], same["spearman"], same["kendall"]) == (0, 1, pytest.approx(1))
    assert set(same["overlap"].values()) == {1.0}
    assert (turned["spearman"], turned["kendall"]) == (-1, pytest.approx(-1))
    assert turned["overlap"]["10"] == 0


def test_models_that_know_nothing_of_each_other_overlap_as_far_as_chance_has_it() -> None:
    rng = np.random.default_rng(1)
    found = agreement(rng.random(20_000), rng.random(20_000))
    assert found["overlap"]["10"] == pytest.approx(0.1, abs=0.02)
    assert found["spearman"] == pytest.approx(0, abs=0.02)


def test_scores_that_are_all_higher_move_the_distribution_and_no_rank() -> None:
    said = np.random.default_rng(1).random(2_000) / 2
    found = agreement(said, said + 0.3)
    assert found["psi"] > 0.25
    assert (found["spearman"], found["overlap"]["5"]) == (1, 1)


def test_a_model_that_says_the_same_of_all_has_no_order() -> None:
    even, said = np.full(50, 0.2), np.arange(50) / 50
    assert spearman(even, said) is None
    assert kendall(even, said) is None


def test_nobody_to_score_is_told_as_nobody() -> None:
    assert agreement(np.zeros(0), np.zeros(0)) == {"rows": 0}


def test_ties_at_the_edge_are_cut_in_both_alike() -> None:
    assert overlap(np.zeros(10), np.zeros(10), 3) == 1
