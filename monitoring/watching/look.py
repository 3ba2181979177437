"""One look at a home: drift, performance and quality as its lake knew them at a time. Hot state is not asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import polars as pl
from typing_extensions import TypedDict

from features.home import Home
from leads.configuration.objective import Objective
from leads.errors import InvalidInput, NotFound
from models.bundle import Bundle
from monitoring.drift.details import saved
from monitoring.drift.drift import Drift, DriftAnswer, drift
from monitoring.performance.answer import PerformanceAnswer
from monitoring.performance.performance import first_moment, moments_of_cohorts, performance
from monitoring.population.sample import CUSTOMERS, Sample
from monitoring.population.windows import moments_of_windows, windows
from monitoring.quality.bundles import bundles as swapped
from monitoring.quality.finding import Finding
from monitoring.quality.quality import QualityAnswer, quality
from monitoring.quality.skew import Skew, SkewAnswer, skew
from monitoring.quality.skew import findings as skew_findings
from monitoring.record.tables import Tables, reading
from monitoring.watching.kept import keep_answer, latest
from monitoring.watching.page import page
from monitoring.watching.workspace import keep
from serving.clock import Clock, written
from serving.meaning import Means, Time
from serving.scoring.models import Models

Progress = Callable[[str], None]


class ObjectiveLook(TypedDict, total=False):
    """What was found of one objective."""

    version: str
    drifted: Annotated[list[str], Means("columns with a verdict")]
    drift: Annotated[DriftAnswer, Means("absent where there are too few rows")]
    skipped: Annotated[str, Means("why drift cannot be told")]
    performance: PerformanceAnswer
    html: Annotated[str, Means("the details as a page, a file of the reports of the home")]
    json: Annotated[str, Means("the same as JSON")]


class LookAnswer(TypedDict):
    at: Time
    objectives: dict[str, ObjectiveLook]
    quality: QualityAnswer
    skew: Annotated[SkewAnswer, Means("what decisions went by, worked out again from the lake")]


@dataclass(frozen=True)
class Look:
    """findings: of quality, the surest first. drifts: of the objectives that had rows enough."""

    answer: LookAnswer
    findings: Sequence[Finding]
    drifts: Mapping[str, Drift]


def recorded_now(home: Home) -> datetime:
    """What time it is for the record: the service's, or the record's end where that is earlier."""
    return min(Clock.of(home).now(), home.observed_until)


def look(
    home: Home, at: datetime | None = None, customers: int = CUSTOMERS, progress: Progress | None = None,
    now: datetime | None = None,
) -> Look:  # fmt: skip
    """Look at a home as of a time and keep what is found under its `reports/`: a page, and for each objective the
    details as HTML and JSON. An objective with too few rows says so and has no details. now: what time it is, where the
    record ends before: what should have come since is missed.

    Raises NotFound when no model is in use.
    """
    found = seen(home, at, customers, progress, now)
    _kept(home, found)
    return found


def seen(
    home: Home, at: datetime | None = None, customers: int = CUSTOMERS, progress: Progress | None = None,
    now: datetime | None = None,
) -> Look:  # fmt: skip
    """The same, and nothing is kept."""
    used = Models(home).bundles
    if not used:
        raise NotFound("model", "champion", "train one with nextlead train")
    end, tell = at or recorded_now(home), progress or (lambda step: None)
    tell("quality")
    goals = [home.configuration.objective(name) for name in used]
    findings, told = reading(home, now or end, lambda tables: quality(tables, goals))
    findings = [*swapped(home, used, _versions_before(home)), *findings]
    told = {**told, "findings": [one.answer() for one in findings]}
    tell("rows as training builds them")
    sample = Sample.of(home, end, customers)
    looks, drifts = _objectives(home, sample, used, tell)
    tell("what decisions went by")
    skewed = reading(home, end, lambda tables: _skewed(tables, sample))
    findings = sorted([*findings, *skewed[1]], key=lambda one: -one.certainty)
    told = {**told, "findings": [one.answer() for one in findings]}
    answer: LookAnswer = {"at": written(end), "objectives": looks, "quality": told, "skew": skewed[0].answer()}
    return Look(answer, findings, drifts)


def _objectives(
    home: Home, sample: Sample, used: Mapping[str, Bundle], tell: Progress
) -> tuple[dict[str, ObjectiveLook], dict[str, Drift]]:
    looks, drifts = {}, {}
    goals = {name: home.configuration.objective(name) for name in used}
    sample.prepare([part for name, goal in goals.items() for part in _moments(sample, goal, used[name])])
    for name, bundle in used.items():
        tell(name)
        objective = goals[name]
        found: ObjectiveLook = {"version": bundle.manifest.version, "drifted": []}
        found["performance"] = performance(sample, objective, bundle)
        try:
            drifts[name] = drift(home.configuration, objective, bundle, windows(sample, objective, bundle))
        except InvalidInput as refusal:
            found["skipped"] = refusal.detail
        else:
            found["drifted"] = drifts[name].drifted
            found["drift"] = drifts[name].answer()
        looks[name] = found
    return looks, drifts


def _skewed(tables: Tables, sample: Sample) -> tuple[Skew, list[Finding]]:
    found = skew(tables, sample)
    return found, list(skew_findings(tables, found))


def _moments(sample: Sample, objective: Objective, bundle: Bundle) -> list[pl.DataFrame]:
    """All at which something is asked of the objective's rows."""
    judged = moments_of_cohorts(sample, objective, first_moment(sample, bundle))
    return [*moments_of_windows(sample, objective), judged]


def _kept(home: Home, found: Look) -> None:
    """Write the reports; what was there before is replaced, and stays in the workspace of the details."""
    for name, moved in found.drifts.items():
        html, document, snapshot = saved(moved, home.reports)
        keep(home, snapshot, moved.ends)
        found.answer["objectives"][name] |= {"html": html.name, "json": document.name}
    keep_answer(home, found.answer)
    (home.reports / "index.html").write_text(page(home.configuration, found.answer), encoding="utf-8")


def _versions_before(home: Home) -> dict[str, str]:
    before = latest(home) or {}
    return {name: item.get("version", "") for name, item in before.get("objectives", {}).items()}
