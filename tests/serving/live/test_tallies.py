"""Sweeps count how scores and ages are spread; live events do not pay for it."""

from __future__ import annotations

import numpy as np

from serving.composition import Composition
from serving.live.tallies import AGES, SCORES

CUSTOMERS = [f"c{number:03d}" for number in range(50)]


def test_a_sweep_counts_each_score_once_in_its_bucket(parts: Composition) -> None:
    now = parts.clock.now()
    before = parts.tallies.scores()["conversion"]
    parts.placement.rescore(CUSTOMERS, now, tally=True)
    after = parts.tallies.scores()["conversion"]
    scores = parts.scorer.score(CUSTOMERS, now).sheet.numbers("score_conversion")
    known = scores[~np.isnan(scores)]
    buckets = np.bincount(np.searchsorted(SCORES, known), minlength=len(SCORES) + 1)
    assert [new - old for new, old in zip(after.counts, before.counts, strict=True)] == buckets.tolist()
    assert np.isclose(after.total - before.total, known.sum())


def test_ages_are_counted_where_there_is_something_to_age(parts: Composition) -> None:
    before = parts.tallies.ages()
    parts.placement.rescore(CUSTOMERS, parts.clock.now(), tally=True)
    after = parts.tallies.ages()
    for part in ("profile", "interactions"):
        assert len(after[part].counts) == len(AGES) + 1
        assert sum(after[part].counts) - sum(before[part].counts) == len(CUSTOMERS)


def test_what_is_ranked_for_another_reason_is_not_counted(parts: Composition) -> None:
    before = parts.tallies.scores()
    parts.placement.rescore(CUSTOMERS, parts.clock.now())
    assert parts.tallies.scores() == before
