"""The sample-ratio test stays quiet over a year of daily looks, and finds what is lost."""

from __future__ import annotations

import numpy as np

from monitoring.statistics.sample_ratio import evidence_against

SHARES = [0.1, 0.3, 0.6]


def test_a_year_of_daily_looks_is_wrong_in_at_most_one_of_a_hundred_cases() -> None:
    rng, wrong = np.random.default_rng(5), 0
    for _ in range(200):
        counts = rng.multinomial(150, SHARES, 365).cumsum(axis=0)
        wrong += any(evidence_against(day, SHARES) >= 100 for day in counts.tolist())
    assert wrong <= 4


def test_a_tenth_of_an_arm_that_is_lost_is_found() -> None:
    found = [number for number in range(0, 60_000, 500) if evidence_against(_lost(number), SHARES) >= 100]
    assert found and found[0] < 30_000


def _lost(number: int) -> list[float]:
    return [number * SHARES[0] * 0.9, number * SHARES[1], number * SHARES[2]]
