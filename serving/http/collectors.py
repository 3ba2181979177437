"""Collectors of metrics that others count: the workers in the store, and all processes of a service in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import redis
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from serving.clock import Clock
from serving.live import latency
from serving.live.tallies import AGES, SCORES, Tallies
from serving.scoring.models import Models


class Waits(Collector):
    """From accepted to ranked anew, of every event, as the workers counted them."""

    def __init__(self) -> None:
        self.counts = [0] * (len(latency.BUCKETS) + 1)
        self.total = 0.0

    def collect(self) -> Iterator[Metric]:
        buckets = _buckets(latency.BUCKETS, self.counts)
        yield HistogramMetricFamily(
            "nextlead_event_wait_seconds", "From accepted to ranked anew", buckets=buckets, sum_value=self.total
        )


class InUse(Collector):
    """Which models are in use, and how old what they learned from is."""

    def __init__(self, models: Models, clock: Clock) -> None:
        self._models = models
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily("nextlead_model_ready", "Objective has its model", labels=("objective",))
        info = GaugeMetricFamily("nextlead_model_info", "1 for the version in use", labels=("objective", "version"))
        age = GaugeMetricFamily("nextlead_model_age_seconds", "Since the end of its data", labels=("objective",))
        now = self._clock.now()
        for state in self._models.states:
            ready.add_metric([state.objective], float(state.bundle is not None))
            if state.bundle is not None:
                info.add_metric([state.objective, state.version or ""], 1.0)
                learned = state.bundle.manifest.data_window.until
                age.add_metric([state.objective], (now - learned).total_seconds())
        yield from (ready, info, age)


class Spreads(Collector):
    """How scores and the ages of features are spread over everybody, as sweeps counted them."""

    def __init__(self, tallies: Tallies) -> None:
        self._tallies = tallies

    def collect(self) -> Iterator[Metric]:
        """Nothing while the store does not answer, which is told by a metric of its own."""
        scores = HistogramMetricFamily("nextlead_score", "Probabilities, as sweeps saw them", labels=("objective",))
        ages = HistogramMetricFamily("nextlead_feature_age_seconds", "Ages of what is known", labels=("part",))
        try:
            for name, spread in self._tallies.scores().items():
                scores.add_metric([name], _buckets(SCORES, spread.counts), spread.total)
            for part, spread in self._tallies.ages().items():
                ages.add_metric([part], _buckets(AGES, spread.counts), spread.total)
        except redis.RedisError:
            return
        yield scores
        yield ages


class Counted(Collector):
    """What all processes of a service have counted, in the folder that they share."""

    def __init__(self, folder: Path) -> None:
        self._all = MultiProcessCollector(None, str(folder))  # type: ignore[no-untyped-call]

    def collect(self) -> Iterator[Metric]:
        """Without gauges, which tell the state of the service as the asked process sees it."""
        return (metric for metric in self._all.collect() if metric.type != "gauge")  # type: ignore[no-untyped-call]


def _buckets(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    return list(zip([*map(str, bounds), "+Inf"], accumulate(counts), strict=True))
