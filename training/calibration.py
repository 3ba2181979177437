"""Calibration: a calibrator learned from scores that the model was not fitted on, and what happened."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.calibrator import FAR, IDENTITY, Calibrator, Floats, logit, sigmoid

_LEAST_SLOPE = 0.02
"""In log-odds per log-odds: ranking survives, because no two scores share a probability."""

_PLAUSIBLE = (0.7, 1.4)
"""Slopes of scores whose rate of success moves: of bank_marketing trained up to four dates, scores as they were ranked
what followed at AUC 0.68 to 0.70, and with the slopes of the months before, down to nothing, at 0.55 to 0.67."""

_ISOTONIC_FROM = 400
"""Cases of the rarer class that isotonic regression needs; fewer are evidence for Platt's line only."""


def fit(
    log_odds: NDArray[Any],
    labels: NDArray[Any],
    weights: NDArray[Any] | None = None,
    isotonic_from: int = _ISOTONIC_FROM,
) -> Calibrator:
    """A calibrator from scores the model was not fitted on, and what happened.

    Isotonic regression when the rarer class has `isotonic_from` cases, else Platt's line; with one class
    only, the scores stand as they are. weights: rows that each row stands for, by default one.
    """
    positives = int(labels.sum())
    rarer = min(positives, len(labels) - positives)
    mass = np.ones(len(labels)) if weights is None else np.asarray(weights, np.float64)
    if rarer == 0:
        return IDENTITY
    if rarer < isotonic_from:
        return _platt(np.asarray(log_odds, np.float64), np.asarray(labels, np.float64), mass)
    return _isotonic(log_odds, labels, mass)


def fit_within(
    log_odds: NDArray[Any], labels: NDArray[Any], weights: NDArray[Any], window: NDArray[np.intp], spread: float
) -> Calibrator:
    """A calibrator where the rate of success moves with time: log-odds = a·score + b + the shift of the row's window.

    What moves everybody between windows says nothing of what the scores mean, and a line through all of them takes one
    for the other. The shifts are normal around 0 with this spread and estimated beside a and b, by the mode of their
    posterior (a mixed logistic model; Breslow & Clayton, JASA 88, 1993); a is 1 ± 1 before anything is seen. Beyond
    what is plausible a tells of a stretch unlike the others, and is not believed.
    """
    if labels.min() == labels.max():
        return IDENTITY
    numbers, member = np.unique(window, return_inverse=True)
    score, target = np.asarray(log_odds, np.float64), np.asarray(labels, np.float64)
    mass, shift = np.asarray(weights, np.float64) / float(np.mean(weights)), np.zeros(len(numbers))
    slope, offset = 1.0, 0.0
    for _ in range(100):
        said = sigmoid(slope * score + offset + shift[member])
        rest, curved = mass * (target - said), mass * said * (1 - said)
        own = np.bincount(member, curved) + 1 / spread**2
        pulled = np.bincount(member, rest) - shift / spread**2
        shared = np.stack([np.bincount(member, curved * score), np.bincount(member, curved)])
        gradient = np.array([float(rest @ score) - (slope - 1), float(rest.sum())])
        cross = float(curved @ score)
        whole = np.array([[float(curved @ score**2) + 1, cross], [cross, float(curved.sum())]])
        step = np.linalg.solve(whole - (shared / own) @ shared.T, gradient - (shared / own) @ pulled)
        moved = (pulled - step @ shared) / own
        slope, offset = slope + float(np.clip(step[0], -1, 1)), offset + float(np.clip(step[1], -2, 2))
        shift = shift + np.clip(moved, -2, 2)
        if max(np.abs(step).max(), np.abs(moved).max()) < 1e-8:
            break
    held = float(np.clip(slope, *_PLAUSIBLE))
    offset += (slope - held) * float(np.average(score, weights=mass))
    return Calibrator((-FAR, FAR), (offset - held * FAR, offset + held * FAR))


def _platt(log_odds: Floats, labels: Floats, mass: Floats) -> Calibrator:
    """log-odds = a·score + b by Newton's method on Platt's softened targets; a is at least the least slope.

    Platt, Probabilistic Outputs for Support Vector Machines (1999).
    """
    positives, total = float((labels * mass).sum()), float(mass.sum())
    target = np.where(labels > 0, (positives + 1) / (positives + 2), 1 / (total - positives + 2))
    slope, offset = _newton(np.column_stack([log_odds, np.ones(len(labels))]), target, mass)
    if not slope > _LEAST_SLOPE:
        slope = _LEAST_SLOPE
        offset = float(logit(positives / total)) - slope * float(np.average(log_odds, weights=mass))
    return Calibrator((-FAR, FAR), (offset - slope * FAR, offset + slope * FAR))


def _newton(design: Floats, target: Floats, mass: Floats) -> tuple[float, float]:
    """Weighted logistic regression on two columns."""
    found = np.array([1.0, 0.0])
    for _ in range(100):
        said = sigmoid(design @ found)
        gradient = design.T @ (mass * (said - target))
        curvature = (design * (mass * said * (1 - said))[:, None]).T @ design + 1e-9 * mass.sum() * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        found = found - np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    return float(found[0]), float(found[1])


def _isotonic(log_odds: NDArray[Any], labels: NDArray[Any], mass: Floats) -> Calibrator:
    """Isotonic regression, each level put at the centre of its scores and joined by straight lines.

    Centring (Oron & Flournoy 2017) keeps what plateaus would throw away: the order inside a level.
    """
    from sklearn.isotonic import IsotonicRegression

    level = IsotonicRegression().fit_transform(log_odds, labels, sample_weight=mass)
    levels, member = np.unique(level, return_inverse=True)
    held: Floats = np.bincount(member, weights=mass).astype(np.float64)
    runs = _runs(held)
    weight, centre, hits = (
        np.add.reduceat(part, runs) for part in (held, np.bincount(member, weights=mass * log_odds), levels * held)
    )
    rate = (hits + np.average(labels, weights=mass)) / (weight + 1)
    return _line(centre / weight, np.maximum.accumulate(logit(rate)))


def _runs(held: Floats) -> NDArray[np.intp]:
    """Starts of runs of levels that hold at least 1% of the mass together: a level of three rows is noise."""
    least = 0.01 * held.sum()
    starts, since = [0], 0.0
    for position, amount in enumerate(held):
        if since >= least:
            starts.append(position)
            since = 0.0
        since += amount
    if since < least and len(starts) > 1:
        starts.pop()
    return np.array(starts, np.intp)


def _line(centre: Floats, level: Floats) -> Calibrator:
    """Points through the levels, drawn out at both ends with the least slope, strictly increasing."""
    x = np.concatenate([[min(-FAR, centre[0] - 1)], centre, [max(FAR, centre[-1] + 1)]])
    y = np.concatenate([[level[0]], level, [level[-1]]])
    tilted = y + _LEAST_SLOPE * (x - float(np.mean(centre)))
    return Calibrator(tuple(map(float, x)), tuple(map(float, tilted)))
