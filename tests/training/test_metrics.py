from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from training.metrics import ece, metrics
from training.ranking import Ranked, auc, auc_gain


def drawn(count: int = 4_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probability = np.round(1 / (1 + np.exp(3 - rng.normal(0, 1, count))), 3)
    return (rng.random(count) < probability).astype(float), probability


def test_values_agree_with_scikit_learn() -> None:
    label, probability = drawn()
    found = metrics(label, probability)
    assert found["auc"] == pytest.approx(roc_auc_score(label, probability))
    assert found["average_precision"] == pytest.approx(average_precision_score(label, probability))
    assert found["brier"] == pytest.approx(brier_score_loss(label, probability))


def test_weights_count_like_repeated_rows() -> None:
    label, probability = drawn()
    times = np.random.default_rng(2).integers(1, 4, len(label))
    weighted = metrics(label, probability, weight=times.astype(float))
    repeated = metrics(np.repeat(label, times), np.repeat(probability, times))
    for name in ("auc", "average_precision", "lift_at_10pct", "brier", "ece"):
        assert weighted[name] == pytest.approx(repeated[name], rel=1e-6), name


def test_intervals_hold_the_value_and_narrow_with_more_rows() -> None:
    few, many = (metrics(*drawn(count))["auc_interval"] for count in (1_000, 20_000))
    low, high = many
    assert low < metrics(*drawn(20_000))["auc"] < high
    assert high - low < few[1] - few[0]


def test_intervals_of_the_same_seed_are_the_same() -> None:
    label, probability = drawn()
    assert metrics(label, probability, seed=3) == metrics(label, probability, seed=3)


def test_lift_counts_successes_among_the_first_tenth() -> None:
    label = np.array([1.0] * 5 + [0.0] * 95)
    assert metrics(label, np.linspace(1, 0, 100))["lift_at_10pct"] == pytest.approx(10)
    assert metrics(label, np.full(100, 0.05))["lift_at_10pct"] == pytest.approx(1)


def test_probabilities_that_mean_what_they_say_have_little_calibration_error() -> None:
    label, probability = drawn(50_000)
    weight = np.ones(len(label))
    assert ece(label, probability, weight) < 0.01
    assert ece(label, np.minimum(probability * 3, 1), weight) > 0.05
    assert ece(label, np.full(len(label), label.mean()), weight) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("label", "note"), [([0.0] * 3, "failure"), ([1.0] * 3, "success"), ([], "no labelled")])
def test_labels_of_one_class_are_measured_as_far_as_they_can_be(label: list[float], note: str) -> None:
    found = metrics(np.array(label), np.full(len(label), 0.5), np.full(len(label), 0.5))
    assert found["auc"] is None
    assert found["baseline_auc_interval"] is None
    assert note in found["note"]


def test_a_better_score_gains_over_a_worse_one_on_the_same_rows() -> None:
    label, probability = drawn()
    noisy = probability + np.random.default_rng(1).normal(0, 0.1, len(label))
    gain, bounds = auc_gain(label, probability, noisy)
    assert gain == pytest.approx(auc(label, probability) - auc(label, noisy))
    assert bounds is not None
    assert 0 < bounds[0] < gain < bounds[1]


def test_resampling_many_groups_of_scores_agrees_with_few() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(0, 1, 40_000)
    label = (rng.random(40_000) < 1 / (1 + np.exp(3 - score))).astype(float)
    draws, _, _ = Ranked.of(label, score).resampled(np.random.default_rng(1))
    assert draws.mean() == pytest.approx(auc(label, score), abs=0.002)
