from __future__ import annotations

import numpy as np
import pytest

from models.calibrator import IDENTITY, sigmoid
from training.calibration import fit
from training.ranking import auc


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Overconfident scores: the truth is half as sure."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(-2, 2, count)
    truth = sigmoid(0.5 * scores - 0.5)
    return scores, truth, (rng.random(count) < truth).astype(float)


@pytest.mark.parametrize("count", [300, 20_000])
def test_calibrated_probabilities_come_close_to_the_truth(count: int) -> None:
    scores, truth, labels = drawn(count)
    said = fit(scores, labels).apply(scores)
    assert np.abs(said - truth).mean() < 0.04
    assert said.mean() == pytest.approx(labels.mean(), abs=0.02)


@pytest.mark.parametrize("count", [300, 20_000])
def test_the_order_of_scores_survives(count: int) -> None:
    scores, _, labels = drawn(count)
    said = fit(scores, labels).apply(np.sort(scores))
    assert (np.diff(said) > 0).all()
    assert auc(labels, fit(scores, labels).apply(scores)) == pytest.approx(auc(labels, scores))


def test_weights_restore_the_rate_that_sampling_took_away() -> None:
    scores, _, labels = drawn(20_000)
    kept = (labels > 0) | (np.random.default_rng(1).random(len(labels)) < 0.1)
    weight = np.where(labels > 0, 1.0, 10.0)[kept]
    said = fit(scores[kept], labels[kept], weight).apply(scores)
    assert said.mean() == pytest.approx(labels.mean(), rel=0.05)


def test_one_class_leaves_the_scores_as_they_are() -> None:
    assert fit(np.array([0.1, 0.2]), np.zeros(2)) is IDENTITY


def test_scores_without_any_sense_are_flattened_but_keep_their_order() -> None:
    scores, _, labels = drawn(300)
    said = fit(-scores, labels).apply(np.array([-3.0, 3.0]))
    assert 0 < said[1] - said[0] < 0.1
