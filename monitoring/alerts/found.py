"""The alerts of a look: findings by what is behind them, drift and performance by objective."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from features.configuration import Configuration
from leads.words.bilingual import Words
from models.bundle import Bundle
from monitoring.alerts.affected import Affected
from monitoring.alerts.alert import Alert
from monitoring.drift.drift import Drift
from monitoring.performance.answer import Cohort, Estimate, PerformanceAnswer
from monitoring.performance.performance import WEEK
from monitoring.quality.finding import Finding
from monitoring.statistics.intervals import Z
from monitoring.statistics.overlap import needed
from monitoring.watching.look import Look

_OF_A_SOURCE = ("feed_silent", "feed_down", "feed_up", "twice")
"""Kinds of which all of one source are one alert."""

COHORTS = 2
"""Judged weeks in a row that must say the same of a model."""

_SHOWN = 4
"""Parts of an alert that are spelled out."""

_YOUNG = timedelta(days=14)
"""A model that served for less long when it began may be what began it."""


def alerts_of(found: Look, configuration: Configuration, used: Mapping[str, Bundle]) -> list[Alert]:
    """The surest first."""
    affected = Affected(configuration, used)
    told = [*_findings(found.findings, affected), *_drifts(found, configuration, affected)]
    for name, item in found.answer["objectives"].items():
        if "performance" in item and name in used:
            told += _performance(name, item["performance"], used[name], configuration, affected)
    return sorted(told, key=lambda alert: (-alert.certainty, alert.key))


def _findings(findings: Sequence[Finding], affected: Affected) -> Iterator[Alert]:
    def group(finding: Finding) -> tuple[str, str]:
        whole = finding.subject.partition("/")[0] if finding.kind in _OF_A_SOURCE else finding.subject
        return finding.kind, whole

    for (kind, subject), members in groupby(sorted(findings, key=group), key=group):
        parts = sorted(members, key=lambda finding: -finding.certainty)
        first, told = parts[0], [affected.of(part) for part in parts]
        objectives = tuple(dict.fromkeys(name for _, names in told for name in names))
        whom = next((words for words, names in told if names), told[0][0])
        more = len(parts) - _SHOWN
        what = [part.text for part in parts[:_SHOWN]]
        what += [Words(f"另有 {more} 项", f"and {more} more")] if more > 0 else []
        yield Alert(
            kind, subject, tuple(what), first.cause, whom, first.advice, min(part.since for part in parts),
            first.certainty, objectives,
        )  # fmt: skip


def _drifts(found: Look, configuration: Configuration, affected: Affected) -> Iterator[Alert]:
    for name, moved in found.drifts.items():
        drifted = [column for column in moved.columns if column.drifted]
        if not drifted:
            continue
        what = [
            Words(f"{c.label['zh']}：{c.change['zh']}，概率移动 {c.moved[-1]:+.2f}σ",
                  f"{c.label['en']}: {c.change['en']}; the score moved by {c.moved[-1]:+.2f} sd")
            for c in drifted[:_SHOWN]
        ]  # fmt: skip
        yield Alert(
            "drift", name, tuple(what),
            Words("客户或行为改变；未见数据故障时多为业务变化",
                  "customers or what they do have changed; where nothing is wrong with the record it is the business"),
            _whom(moved, affected.objective(name)),
            Words("先排除同时出现的数据告警；再用 nextlead train 重新训练，由准入门把关",
                  "rule out faults of the record that are told beside it; then train again, and let the gates judge"),
            moved.windows[0].begins, _certainty(moved), (name,),
        )  # fmt: skip


def _whom(moved: Drift, everybody: Words) -> Words:
    """The segments whose score moved most, where there are any."""
    most = [part for part in moved.segments if part["psi"] > 0.2][:2]
    if not most:
        return everybody
    zh = "、".join(f"{part['label']['zh']} {part['before']:.1%} → {part['now']:.1%}" for part in most)
    en = ", ".join(f"{part['label']['en']} {part['before']:.1%} → {part['now']:.1%}" for part in most)
    return everybody + Words(f"；尤其 {zh}", f"; above all {en}")


def _certainty(moved: Drift) -> float:
    """Of the most moved column, how far its index lies beyond what chance makes of windows of this size."""
    rows, born = len(moved.windows[-1]), len(moved.bundle.reference())
    chance: float = (2 * 9) ** 0.5 * (1 / rows + 1 / born)
    return max(min(column.psi) for column in moved.columns if column.drifted) / chance


def _performance(
    name: str, told: PerformanceAnswer, bundle: Bundle, configuration: Configuration, affected: Affected
) -> Iterator[Alert]:
    """What the last judged weeks say, each of which must say it, and the surer the more outcomes they share."""
    judged = [cohort for cohort in told["cohorts"] if cohort["state"] == "judged"][-COHORTS:]
    if len(judged) < COHORTS:
        return
    begins = datetime.fromisoformat(judged[0]["begins"])
    sure = needed(datetime.fromisoformat(judged[1]["begins"]) - begins, WEEK, timedelta(days=told["horizon_days"]))
    gaps = [_gap(cohort["expected"]["rate"], _came(cohort, "rate")) for cohort in judged]
    if all(gap > sure for gap in gaps) or all(gap < -sure for gap in gaps):
        yield _said(name, judged, gaps, bundle, begins, affected)
    worse = [_gap(_came(cohort, "auc"), cohort["expected"]["auc"]) for cohort in judged]
    if all(gap > sure for gap in worse):
        yield _ranked(name, judged, worse, bundle, begins, affected)


def _came(cohort: Cohort, figure: str) -> Estimate | None:
    came = cohort["came_true"]
    return None if came is None else came[figure]  # type: ignore[literal-required]


def _gap(lower: Estimate | None, upper: Estimate | None) -> float:
    """By how many standard errors the one lies above the other; 0 where that cannot be told."""
    if lower is None or upper is None:
        return 0.0
    spread = sum(
        ((end["high"] - end["low"]) / (2 * Z)) ** 2
        for end in (lower, upper)
        if end["low"] is not None and end["high"] is not None
    )
    return (upper["value"] - lower["value"]) / spread**0.5 if spread > 0 else 0.0


def _said(
    name: str, judged: Sequence[Cohort], gaps: Sequence[float], bundle: Bundle, begins: datetime, affected: Affected
) -> Alert:
    zh = "、".join(f"{_share(c['expected']['rate'])} → {_share(_came(c, 'rate'))}" for c in judged)
    return Alert(
        "calibration_off", name,
        (Words(f"最近 {COHORTS} 周预计与实际成功率：{zh}", f"expected and found rates of the last weeks: {zh}"),),
        Words("基础率或客群改变，概率不再准确", "the base rate or the customers changed: probabilities are off"),
        affected.objective(name), _answers(name, bundle, begins), begins, min(map(abs, gaps)), (name,),
    )  # fmt: skip


def _ranked(
    name: str, judged: Sequence[Cohort], gaps: Sequence[float], bundle: Bundle, begins: datetime, affected: Affected
) -> Alert:
    told = ", ".join(f"{_number(c['expected']['auc'])} → {_number(_came(c, 'auc'))}" for c in judged)
    return Alert(
        "ranking_worse", name,
        (Words(f"最近 {COHORTS} 周 AUC 预计与实际：{told}", f"expected and found AUC of the last weeks: {told}"),),
        Words("模型依据的规律改变，排序变差", "what the model goes by has changed: it ranks worse"),
        affected.objective(name), _answers(name, bundle, begins), begins, min(gaps), (name,),
    )  # fmt: skip


def _answers(name: str, bundle: Bundle, begins: datetime) -> Words:
    """To train again, or to go back where the model is young."""
    again = Words(f"nextlead train DIR --objective {name}，由准入门把关",
                  f"nextlead train DIR --objective {name}, which the gates judge")  # fmt: skip
    if bundle.manifest.created_at < begins - _YOUNG:
        return again
    return again + Words(f"；或 nextlead rollback DIR {name} 回到上一版本（当前版本 {bundle.manifest.version} 刚启用）",
                         f"; or nextlead rollback DIR {name}: version {bundle.manifest.version} is new")  # fmt: skip


def _share(found: Estimate | None) -> str:
    return "–" if found is None else f"{found['value']:.1%}"


def _number(found: Estimate | None) -> str:
    return "–" if found is None else f"{found['value']:.3f}"
