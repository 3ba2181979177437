"""Wrong numbers: which customers were reported not to be at a number, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from features.identity import identity_key
from features.own_events import COMPLETED
from features.spans import Telling
from leads.configuration.workspace import Workspace

WRONG = "wrong_number"
CALL = "call.completed"
"""Beside COMPLETED the event that says what came of a call."""

OURS = "nextlead/"
"""How the sources of what we tell begin: beside its `lease.completed`, which names the number, a call says nothing."""


class Report(NamedTuple):
    """Somebody else was found at a customer's number. phone: None for the one that they had then. at: microseconds. of:
    source and id of the event that tells it.
    """

    customer_id: str
    phone: str | None
    at: int
    of: tuple[str, str]


def report_of(kind: str, of: tuple[str, str], customer_id: str, at: int, data: Mapping[str, Any]) -> Report | None:
    """What an event reports, None where it is nothing of the kind. of: its source and id."""
    if kind not in (CALL, COMPLETED) or data.get("disposition") != WRONG:
        return None
    phone = data.get("phone")
    told = phone if isinstance(phone, str) else None
    return None if kind == CALL and of[0].startswith(OURS) else Report(customer_id, told, at, of)


def mistaken(
    report: Report, told: Mapping[str, Mapping[str, Telling]], skew: timedelta = timedelta(0)
) -> tuple[str, dict[str, int]]:
    """The identity that a report is about (where no number is told that of the id that was called, else of the person),
    and the ids whose it is not, each with since when that counts: the one that was called where it told that number,
    else all ids of the person that did. Whom it is known of is left out.

    told: what each id of the person told. skew: by how much the reporter's clock may be behind: a number that was told
    first so soon after the report was there already.
    """
    late = skew // timedelta(microseconds=1)
    mine = {report.customer_id: told.get(report.customer_id, {})}
    key = f"phone:{report.phone}" if report.phone else _theirs(report.at, mine, late) or _theirs(report.at, told, late)
    theirs = mine if key in mine[report.customer_id] else told
    times = {name: _counts(own[key], report.at, late) for name, own in theirs.items() if key in own}
    return key, {name: at for name, at in times.items() if at is not None}


def _counts(telling: Telling, at: int, late: int) -> int | None:
    """Since when a report of a time counts for a number; None where it is known, or about what was told before it."""
    if telling.wrong >= at > 0:
        return None
    if telling.since <= at:
        return at
    return telling.since if not telling.wrong and telling.since <= at + late else None


def _theirs(at: int, told: Mapping[str, Mapping[str, Telling]], late: int) -> str:
    """The number that somebody had at a time: of several the one that was told last by then."""
    phones = [(key, telling) for mine in told.values() for key, telling in mine.items() if key.startswith("phone:")]
    then = [
        (telling.told if telling.told <= at else telling.since, key)
        for key, telling in phones
        if telling.since <= at and not telling.since <= telling.ended <= at
    ]
    soon = [(-telling.since, key) for key, telling in phones if at < telling.since <= at + late]
    return max(then or soon, default=(0, ""))[1]


def normalised(report: Report, workspace: Workspace) -> Report:
    """With the number in its normal form, where it has one."""
    key = identity_key("phone", report.phone, workspace.recognition)
    return report if key is None else report._replace(phone=key.removeprefix("phone:"))
