"""Tallies: how scores and the ages of features are spread over everybody, as sweeps see them; told by /metrics.

Counts only grow, as Prometheus has them, so that their rate over some sweeps is the spread of that time. What live
events rank is not counted: they pay nothing for it, and who is busy would count for more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import redis

from features.configuration import Configuration
from serving.clock import microseconds
from serving.scoring.scorer import Scored
from serving.store.keyspace import Keyspace

SCORES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
"""Upper bounds of probabilities."""

AGES = (60.0, 3_600.0, 86_400.0, 604_800.0, 2_592_000.0, 7_776_000.0, 31_536_000.0)
"""Upper bounds of ages, in seconds: a minute, an hour, a day, a week, 30 and 90 days, a year."""

PARTS = ("profile", "interactions")
"""What is known of a customer: told tags, and events."""


@dataclass(frozen=True)
class Spread:
    """counts: per bucket, the last beyond all bounds. total: the sum of the values."""

    counts: list[int]
    total: float


class Tallies:
    """The tallies of a service, in its store."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, configuration: Configuration) -> None:
        self._client = client
        self._keys = keyspace
        self._columns = {name: goal.score_columns for name, goal in configuration.workspace.objectives.items()}

    def add(self, scored: Scored) -> None:
        """Count what a sweep has scored, in one round trip."""
        with self._client.pipeline(transaction=False) as pipeline:
            for name, columns in self._columns.items():
                there = [column for column in columns if column in scored.sheet.columns.dtypes]
                values = np.concatenate([scored.sheet.numbers(column) for column in there] or [np.empty(0)])
                self._count(pipeline, f"score|{name}", values, SCORES)
            now = microseconds(scored.now)
            for part, at in zip(PARTS, (scored.state.profile_at, scored.state.interactions_at), strict=True):
                self._count(pipeline, f"age|{part}", np.maximum(0.0, (now - at) / 1e6), AGES)
            pipeline.execute()

    def scores(self) -> Mapping[str, Spread]:
        """By objective."""
        found = self._read()
        return {name: _spread(found, f"score|{name}", SCORES) for name in self._columns}

    def ages(self) -> Mapping[str, Spread]:
        """By part of what is known; who has no such part counts nowhere."""
        found = self._read()
        return {part: _spread(found, f"age|{part}", AGES) for part in PARTS}

    def _count(self, pipeline: redis.client.Pipeline, name: str, values: np.ndarray, bounds: tuple[float, ...]) -> None:
        known = values[~np.isnan(values)]
        if not len(known):
            return
        counts = np.bincount(np.searchsorted(bounds, known, side="left"), minlength=len(bounds) + 1)
        for bucket in np.flatnonzero(counts).tolist():
            pipeline.hincrby(self._keys.tallies, f"{name}|{bucket}", int(counts[bucket]))
        pipeline.hincrbyfloat(self._keys.tallies, f"{name}|sum", float(known.sum()))

    def _read(self) -> Mapping[bytes, bytes]:
        found: Mapping[bytes, bytes] = self._client.hgetall(self._keys.tallies)  # type: ignore[assignment]
        return found


def _spread(found: Mapping[bytes, bytes], name: str, bounds: tuple[float, ...]) -> Spread:
    counts = [int(found.get(f"{name}|{bucket}".encode(), 0)) for bucket in range(len(bounds) + 1)]
    return Spread(counts, float(found.get(f"{name}|sum".encode(), 0.0)))
