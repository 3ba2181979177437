"""Base rates: objectives whose successes come far more or less often than in the weeks before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from leads.configuration.objective import Objective
from leads.words.bilingual import Words
from monitoring.quality.finding import Finding
from monitoring.quality.recent import DAYS
from monitoring.record.tables import Tables, quoted
from monitoring.statistics.overdispersion import excess_of_counts

TIMES = 2.0
"""The change that is looked for, up and down."""

SURE = 7.5
"""Log likelihood that has to add up for it, as CUSUM adds it (Page 1954). Without a change it does once in three years
or later; twice as many are told of within a day where there are twenty successes a day, in four where there are five.
"""


def rates(tables: Tables, objectives: Iterator[Objective] | list[Objective]) -> Iterator[Finding]:
    """Of each objective's target events, day by day, against the mean of the four weeks before the last week."""
    seen: set[str] = set()
    for objective in objectives:
        if objective.target in seen:
            continue
        seen.add(objective.target)
        counted = tables.frame(
            "SELECT day, count(DISTINCT customer_id) AS n FROM recent "
            f"WHERE type = {quoted(objective.target)} GROUP BY day"
        )
        days = np.zeros(DAYS + 1)
        days[counted["day"].to_numpy()] = counted["n"].to_numpy()
        found = _moved(tables, objective, days)
        if found is not None:
            yield found


def _moved(tables: Tables, objective: Objective, days: np.ndarray) -> Finding | None:
    usual, latest = days[8:], days[7::-1]
    mean = float(usual.mean())
    if mean < 1:
        return None
    # Where days differ by more than chance, the likelihood counts less by as much.
    apart = excess_of_counts(usual)
    for times in (TIMES, 1 / TIMES):
        told, began = 0.0, 0
        for place, count in enumerate(latest):
            gain = (count * np.log(times) - (times - 1) * mean) / apart
            began = place if told <= 0 else began
            told = max(0.0, told + gain)
        if told >= SURE:
            return _finding(tables, objective, float(latest[began:].mean()), mean, len(latest) - began, told)
    return None


def _finding(tables: Tables, objective: Objective, now: float, usual: float, days: int, told: float) -> Finding:
    event, times = tables.configuration.workspace.events[objective.target].label, now / usual
    return Finding(
        "rate_moved", objective.name,
        Words(f"{event['zh']}：近 {days} 天每天 {now:.1f} 件，此前 {usual:.1f} 件（{times:.1f} 倍）",
              f"{event['en']}: {now:.1f} a day in the last {days} days, before {usual:.1f} ({times:.1f} times)"),
        Words(f"“{objective.label['zh']}”的基础率改变，概率不再校准",
              f"the base rate of {objective.label['en']} changed: probabilities are off"),
        Words("核对活动、价格与产品变化；标签成熟后重新训练或重新校准",
              "look for campaigns, prices, products; train again once labels are there"),
        tables.until - timedelta(days=days), float(np.sqrt(2 * told)), {"times": times, "usual": usual, "now": now},
    )  # fmt: skip
