"""What the last look found, as metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from features.home import Home
from leads.configuration.watch import KINDS
from monitoring.watching.kept import LATEST, latest


class LookCollector(Collector):
    """Reads the home's last look, again when it has changed."""

    def __init__(self, home: Home, now: Callable[[], datetime]) -> None:
        self._home = home
        self._now = now
        self._stamp: tuple[int, int] | None = None
        self._look: Mapping[str, Any] | None = None

    def collect(self) -> Iterator[Metric]:
        """Nothing before the first look."""
        found = self._read()
        if found is None:
            return
        age = (self._now() - datetime.fromisoformat(found["at"])).total_seconds()
        yield GaugeMetricFamily("nextlead_look_age_seconds", "Since the record was last looked at", value=age)
        yield self._findings(found)
        yield from self._objectives(found["objectives"])

    def _findings(self, found: Mapping[str, Any]) -> Metric:
        family = GaugeMetricFamily("nextlead_findings", "Found wrong at the last look", labels=("kind",))
        counted = Counter(one["kind"] for one in found["quality"]["findings"])
        for kind in KINDS:
            family.add_metric([kind], counted.get(kind, 0))
        return family

    def _objectives(self, objectives: Mapping[str, Any]) -> Iterator[Metric]:
        drifted = GaugeMetricFamily("nextlead_drifted_columns", "Columns with a verdict", labels=("objective",))
        error = GaugeMetricFamily("nextlead_calibration_error", "Said less found, over bins", labels=("objective",))
        for name, item in objectives.items():
            drifted.add_metric([name], len(item["drifted"]))
            calibration = item.get("performance", {}).get("calibration")
            if calibration is not None:
                error.add_metric([name], calibration["error"])
        yield drifted
        yield error

    def _read(self) -> Mapping[str, Any] | None:
        try:
            stat = (self._home.reports / LATEST).stat()
        except FileNotFoundError:
            return None
        if (stat.st_mtime_ns, stat.st_ino) != self._stamp:
            self._look, self._stamp = latest(self._home), (stat.st_mtime_ns, stat.st_ino)
        return self._look
