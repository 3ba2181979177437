"""Figures at the depths to which lists are called, and their differences between methods."""

from __future__ import annotations

import numpy as np
import pytest

from training.backtest.figures import Judged, figures, gained, with_intervals
from training.metrics import metrics

ROWS = 1_000


@pytest.fixture(scope="module")
def rows() -> Judged:
    rng = np.random.default_rng(4)
    label = (rng.random(ROWS) < 0.2).astype(float)
    return Judged(label, np.ones(ROWS), np.arange(ROWS), value=np.where(np.arange(ROWS) % 2, 100.0, 300.0))


def said(rows: Judged, knows: float, seed: int = 1) -> np.ndarray:
    """Probabilities that know the outcome more or less."""
    noise = np.random.default_rng(seed).normal(size=len(rows.label))
    return np.asarray(1 / (1 + np.exp(1.5 - knows * rows.label - noise)))


def test_they_are_those_of_an_evaluation_on_the_same_rows(rows: Judged) -> None:
    probability = said(rows, 1.0)
    found, expected = with_intervals(figures(rows, probability, rows.draws(50, 1))), metrics(rows.label, probability)
    for name in ("auc", "average_precision", "brier", "ece", "lift_at_10pct"):
        assert found[name] == pytest.approx(expected[name], abs=1e-9)
        low, high = found[f"{name}_interval"]
        assert low < high
        assert name == "ece" or low < found[name] < high


@pytest.mark.parametrize("depth", [1, 5, 10, 20])
def test_what_a_list_finds_and_brings_is_what_its_first_calls_do(rows: Judged, depth: int) -> None:
    probability = said(rows, 2.0)
    first = np.argsort(-probability)[: ROWS * depth // 100]
    found = with_intervals(figures(rows, probability, rows.draws(2, 1)))
    assert rows.value is not None
    assert found[f"captured_at_{depth}pct"] == pytest.approx(rows.label[first].sum() / rows.label.sum())
    assert found[f"value_per_call_at_{depth}pct"] == pytest.approx((rows.label * rows.value)[first].mean())


def test_rows_stand_for_as_many_as_they_weigh(rows: Judged) -> None:
    probability = said(rows, 1.0)
    weight = np.where(rows.label > 0, 1.0, 3.0)
    weighted = figures(Judged(rows.label, weight, rows.customer), probability, rows.draws(1, 1))
    often = np.repeat(np.arange(ROWS), weight.astype(int))
    repeated = Judged(rows.label[often], np.ones(len(often)), np.arange(len(often)))
    expected = figures(repeated, probability[often], repeated.draws(1, 1))
    for name, values in weighted.items():
        assert values[0] == pytest.approx(expected[name][0]), name


def test_a_method_is_ahead_of_itself_by_nothing_and_of_a_worse_one_beyond_chance(rows: Judged) -> None:
    draws = rows.draws(100, 3)
    good, bad = (figures(rows, said(rows, knows), draws) for knows in (2.0, 0.3))
    same = gained(good, good)
    assert same["auc"] == 0.0 and same["auc_interval"] == [0.0, 0.0]
    assert gained(good, bad)["auc_interval"][0] > 0.1


def test_the_interval_of_a_difference_is_paired(rows: Judged) -> None:
    draws = rows.draws(200, 3)
    one = figures(rows, said(rows, 1.0), draws)
    near = figures(rows, said(rows, 1.0) * 0.999 + 0.001 * said(rows, 1.0, seed=2), draws)
    own, apart = with_intervals(one)["auc_interval"], gained(one, near)["auc_interval"]
    assert apart[1] - apart[0] < (own[1] - own[0]) / 5


def test_rows_of_one_customer_are_no_news_of_each_other() -> None:
    rng = np.random.default_rng(5)
    label, customer = np.repeat((rng.random(100) < 0.3).astype(float), 10), np.repeat(np.arange(100), 10)
    probability = np.repeat(rng.random(100), 10)
    apart, together = (
        with_intervals(figures(judged, probability, judged.draws(200, 1)))["auc_interval"]
        for judged in (Judged(label, np.ones(1000), np.arange(1000)), Judged(label, np.ones(1000), customer))
    )
    assert together[1] - together[0] > 2 * (apart[1] - apart[0])


def test_of_one_class_nothing_is_told_that_ranks() -> None:
    rows = Judged(np.zeros(30), np.ones(30), np.arange(30))
    found = with_intervals(figures(rows, np.linspace(0, 1, 30), rows.draws(5, 1)))
    assert found["auc"] is None and found["auc_interval"] is None
    assert found["brier"] is not None
