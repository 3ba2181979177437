from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from models.calibrator import sigmoid
from training.metrics import ece, metrics, miscalibration
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


def repeated(times: int, people: int = 800) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Label, score and customer of rows that say the same of each customer so many times."""
    label, probability = drawn(people)
    return np.repeat(label, times), np.repeat(probability, times), np.repeat(np.arange(people), times)


def test_saying_the_same_of_a_customer_four_times_narrows_no_interval() -> None:
    once, often = repeated(1), repeated(4)
    for name in ("auc_interval", "lift_at_10pct_interval", "average_precision_interval"):
        (low, high), (lower, higher) = (metrics(*rows[:2], customer=rows[2])[name] for rows in (once, often))
        assert higher - lower == pytest.approx(high - low, rel=0.15), name
        narrow = metrics(*often[:2])[name]
        assert narrow[1] - narrow[0] < 0.65 * (high - low), name


def test_a_gain_is_no_surer_for_saying_it_of_the_same_customers_four_times() -> None:
    widths = []
    for times in (1, 4):
        label, score, customer = repeated(times)
        noisy = score + np.repeat(np.random.default_rng(1).normal(0, 0.1, 800), times)
        _, bounds = auc_gain(label, score, noisy, customer)
        assert bounds is not None
        widths.append(bounds[1] - bounds[0])
    assert widths[1] == pytest.approx(widths[0], rel=0.02)


def test_intervals_over_customers_hold_the_truth_as_often_as_they_say() -> None:
    """Customers have 1 to 6 rows with one outcome each; the AUC of all customers there are is known."""
    score = np.random.default_rng(0).normal(0, 1, 400_000)
    truth = auc((np.random.default_rng(1).random(400_000) < sigmoid(score)).astype(float), score)
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed + 10)
        own = rng.normal(0, 1, 150)
        label = (rng.random(150) < sigmoid(own)).astype(float)
        customer = np.repeat(np.arange(150), rng.integers(1, 7, 150))
        low, high = metrics(label[customer], own[customer], seed=seed, customer=customer)["auc_interval"]
        held += low <= truth <= high
    assert 178 <= held <= 199


def test_miscalibration_is_nothing_where_chance_explains_it_and_what_it_is_where_it_does_not() -> None:
    rng = np.random.default_rng(4)
    said = np.repeat(rng.uniform(0.2, 0.9, 1_000), 3)
    label, customer = np.repeat((rng.random(1_000) < said[::3]).astype(float), 3), np.repeat(np.arange(1_000), 3)
    one = np.ones(3_000)
    assert ece(label, said, one) > 0.02
    assert miscalibration(label, said, one, customer)[0] < 0.025
    assert miscalibration(label, said - 0.08, one, customer)[0] == pytest.approx(0.08, abs=0.02)
