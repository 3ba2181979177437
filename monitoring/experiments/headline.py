"""The headline questions: how far did the renewal rate move, how many agent hours were saved, what is the return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from leads.actions.learning import CONTROL, TREATMENT
from leads.words.bilingual import Words
from monitoring.experiments.answer import ComparisonAnswer, EffectAnswer, HeadlineAnswer, MeasureAnswer, Question
from monitoring.experiments.comparing import Matured, units_of
from monitoring.experiments.measures import Measure
from monitoring.record.tables import Tables, moment
from monitoring.reports.answer import Interval
from monitoring.reports.vocabulary import CALLED, by_role, listed
from monitoring.statistics.difference import difference

_TITLES = {
    "renewal": Words("续保率提高了多少", "how far did the renewal rate move"),
    "hours": Words("节省了多少坐席工时", "how many agent hours were saved"),
    "return": Words("投入产出", "what is the return"),
}
_EARLY = Words("对照组或成熟窗口的数据还不够", "there is too little of the control group, or no window is over yet")
_LONGEST = timedelta(days=365)


def headline(
    tables: Tables, found: Matured, comparisons: Sequence[ComparisonAnswer], begun: datetime | None
) -> list[HeadlineAnswer]:
    """Of treatment against control, and of the time since decisions began against the time before. begun: when they
    did.
    """
    told = next((one for one in comparisons if (one["arm"], one["base"]) == (TREATMENT, CONTROL)), None)
    measures = {} if told is None else {one["measure"]: one for one in told["measures"]}
    return [_renewal(measures), _hours(tables, begun), _return(tables, found, measures)]


def _renewal(measures: Mapping[str, MeasureAnswer]) -> HeadlineAnswer:
    effect = _effect(measures, "renewal_rate")
    if effect is None:
        return _nothing("renewal")
    low, high = 100 * effect["anytime"]["low"], 100 * effect["anytime"]["high"]
    points = f"{100 * effect['value']:+.1f}"
    text = Words(f"与对照组相比，续保率变动 {points} 个百分点（{low:+.1f} 至 {high:+.1f}）",
                 f"against control the renewal rate moved by {points} points ({low:+.1f} to {high:+.1f})")  # fmt: skip
    return _told("renewal", text, effect["value"], effect["anytime"], True)


def _return(tables: Tables, found: Matured, measures: Mapping[str, MeasureAnswer]) -> HeadlineAnswer:
    """What the treated bring in more, by what is spent on them more, which the record tells as it is."""
    brought, spent = _effect(measures, "gmv"), _spent(found)
    if brought is None or spent is None or spent <= 0:
        return _nothing("return")
    times, low, high = (value / spent for value in (brought["value"], *_ends(brought["anytime"])))
    unit = tables.configuration.workspace.currency
    net = 100 * (brought["value"] - spent)
    text = Words(
        f"每投入 1 {unit} 多得 {times:.1f} {unit}（{low:.1f} 至 {high:.1f}）；每百客户净增 {net:,.0f} {unit}",
        f"each {unit} spent brings in {times:.1f} ({low:.1f} to {high:.1f}); net of cost {net:,.0f} {unit} a hundred "
        "customers",
    )
    return _told("return", text, times, {"low": low, "high": high}, True)


def _ends(interval: Interval) -> tuple[float, float]:
    return interval["low"], interval["high"]


def _spent(found: Matured) -> float | None:
    """What is spent on a treated customer more than on one of the control group."""
    cost = Measure("cost", Words("", ""), "money", Words("", ""), "cost")
    rows = found.of(cost)
    told = difference(units_of(rows.filter(rows["arm"].is_in([TREATMENT, CONTROL])), cost, TREATMENT))
    return None if told is None else told.other - told.base


def _hours(tables: Tables, begun: datetime | None) -> HeadlineAnswer:
    """Hours of talk for each policy kept or sold, since decisions began and as long before; what would have been talked
    before for the policies of now, less what was.
    """
    if begun is None:
        return _nothing("hours")
    span = min(tables.until - begun, _LONGEST)
    hours, policies = _worked(tables, begun - span, begun, tables.until)
    if not policies.all() or not hours[0] or span <= timedelta(days=1):
        return _nothing("hours")
    each = hours / policies
    minutes = 60 * each
    saved = float((each[0] - each[1]) * policies[1])
    text = Words(
        f"每张保单通话 {minutes[0]:.0f} → {minutes[1]:.0f} 分钟，按启用后的保单数节省 {saved:,.0f} 小时"
        "（启用前后对比，非随机分组）",
        f"talk for a policy: {minutes[0]:.0f} → {minutes[1]:.0f} minutes, {saved:,.0f} hours saved over the policies "
        "since (times compared, not arms by lot)",
    )
    return _told("hours", text, saved, None, False)


def _worked(tables: Tables, since: datetime, begun: datetime, until: datetime) -> tuple[np.ndarray, np.ndarray]:
    """Hours of talk, and policies kept or sold: before and since."""
    policies = by_role(tables.configuration, "purchased", "renewed")
    found = tables.frame(f"""
        SELECT time > {moment(begun)} AS later, sum(talk_seconds) FILTER (WHERE type = '{CALLED}') / 3600 AS hours,
            count(*) FILTER (WHERE type IN {listed(policies)}) AS policies
        FROM ({tables.events([CALLED, *policies], since)}) WHERE time <= {moment(until)} GROUP BY later
    """)
    rows = {row["later"]: row for row in found.iter_rows(named=True)}
    sides = [rows.get(later, {"hours": 0.0, "policies": 0}) for later in (False, True)]
    return np.array([side["hours"] or 0.0 for side in sides]), np.array([side["policies"] for side in sides], float)


def _effect(measures: Mapping[str, MeasureAnswer], name: str) -> EffectAnswer | None:
    return None if name not in measures else measures[name]["effect"]


def _nothing(name: Question) -> HeadlineAnswer:
    return _told(name, _EARLY, None, None, name != "hours")


def _told(name: Question, text: Words, value: float | None, interval: Interval | None, by_lot: bool) -> HeadlineAnswer:
    return {
        "name": name, "title": _TITLES[name].text(), "text": text.text(), "value": value, "interval": interval,
        "by_lot": by_lot,
    }  # fmt: skip
