"""All of it: what is wrong with what came in lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from typing_extensions import TypedDict

from leads.configuration.objective import Objective
from monitoring.quality.amounts import amounts
from monitoring.quality.clocks import clocks
from monitoring.quality.feeds import feeds
from monitoring.quality.finding import Finding, FindingAnswer
from monitoring.quality.missing import missing
from monitoring.quality.rates import rates
from monitoring.quality.recent import recent
from monitoring.quality.tags import tags
from monitoring.quality.twice import twice
from monitoring.quality.values import values
from monitoring.record.tables import Tables
from serving.clock import written
from serving.meaning import Means, Time


class QualityAnswer(TypedDict):
    until: Time
    events: Annotated[int, Means("of the last day")]
    findings: Annotated[list[FindingAnswer], Means("the surest first")]


def quality(tables: Tables, objectives: Sequence[Objective]) -> tuple[list[Finding], QualityAnswer]:
    """What is found wrong, the surest first. What explains others comes alone: an event that is there twice is not a
    surge of its feed too.
    """
    part = recent(tables)
    found = [
        *clocks(tables), *twice(tables), *values(tables), *missing(tables), *amounts(tables), *tags(tables),
        *feeds(tables), *rates(tables, list(objectives)),
    ]  # fmt: skip
    told = sorted(_explained(tables, found), key=lambda one: -one.certainty)
    events = int(tables.frame("SELECT count(*) AS n FROM recent WHERE day = 0")["n"][0]) * part
    return told, {"until": written(tables.until), "events": events, "findings": [one.answer() for one in told]}


def _explained(tables: Tables, found: Sequence[Finding]) -> list[Finding]:
    """Without what another finding explains."""
    again = {one.subject for one in found if one.kind == "twice"}
    off = {one.subject for one in found if one.kind == "clock_off"}
    silent = {one.subject for one in found if one.kind in ("feed_silent", "feed_down")}
    targets = {objective.name: objective.target for objective in tables.configuration.workspace.objectives.values()}
    moved = {targets[one.subject] for one in found if one.kind == "rate_moved"}

    def explained(one: Finding) -> bool:
        source = one.subject.partition("/")[0]
        if one.kind == "feed_up":
            return one.subject in again or one.subject.partition("/")[2] in moved
        if one.kind in ("feed_silent", "feed_down"):
            return source in off
        if one.kind == "rate_moved":
            fed = targets[one.subject]
            return any(subject.endswith(f"/{fed}") for subject in again | silent)
        return False

    return [one for one in found if not explained(one)]
