"""What the last comparison of challengers found, as metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from features.home import Home
from monitoring.shadow.kept import latest

_NOW = {
    "psi": ("nextlead_shadow_psi", "Scores of the challenger against those of the champion"),
    "spearman": ("nextlead_shadow_spearman", "Correlation of the ranks that both give"),
    "kendall": ("nextlead_shadow_kendall", "Kendall's tau-b of what both say"),
}


class ShadowCollector(Collector):
    """Reads what the home keeps of it; nothing where nobody asked."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def collect(self) -> Iterator[Metric]:
        found = latest(self._home)
        for key, (name, text) in _NOW.items():
            yield self._family(name, text, {goal: item["now"].get(key) for goal, item in found.items()})
        yield self._overlap(found)
        gains = {goal: item["outcomes"]["auc_gain"] for goal, item in found.items()}
        yield self._family("nextlead_shadow_auc_gain", "Of the challenger over the champion, on outcomes", gains)

    @staticmethod
    def _family(name: str, text: str, values: dict[str, float | None]) -> Metric:
        family = GaugeMetricFamily(name, text, labels=("objective",))
        for goal, value in values.items():
            if value is not None:
                family.add_metric([goal], value)
        return family

    @staticmethod
    def _overlap(found: Mapping[str, Any]) -> Metric:
        text = "Share of the champion's first that are among the challenger's"
        family = GaugeMetricFamily("nextlead_shadow_overlap", text, labels=("objective", "percent"))
        for goal, item in found.items():
            for depth, share in item["now"].get("overlap", {}).items():
                family.add_metric([goal, depth], share)
        return family
