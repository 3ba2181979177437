"""What agents reported of a customer and the core has not confirmed or contradicted yet, as answers tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import numpy as np
from typing_extensions import TypedDict

from features.configuration import Configuration
from features.policy_book import book_at
from features.reports import placed, reports_at
from features.value import microseconds
from leads.actions.reports import KINDS, RENEWED, SALE
from serving.clock import from_microseconds, written
from serving.events.timeline import TimelineEvent
from serving.meaning import Means, Time

_MILLISECOND = timedelta(milliseconds=1)

Kind = Literal["sale", "renewed"]
_HOLDING: Mapping[float, Kind] = {KINDS[SALE]: "sale", KINDS[RENEWED]: "renewed"}


class ReportedAnswer(TypedDict):
    kind: Kind
    product: str | None
    policy_id: str | None
    at: Time
    until: Annotated[Time, Means("how long it counts unless the core confirms or contradicts it")]
    agent: str | None


@dataclass(frozen=True)
class Reported:
    """What agents reported: until when it counts without the core's word."""

    kind: Kind
    product: str | None
    at: datetime
    until: datetime


def reported(configuration: Configuration, standing: np.ndarray, now: datetime) -> list[Reported]:
    """The reports that hold of the customer of a state (1, width), the latest first."""
    layout = configuration.layout
    if not layout.reports:
        return []
    moment = np.array([microseconds(now)])
    found = reports_at(layout, standing, moment)
    if layout.has_book:
        found = placed(layout, found, book_at(layout, standing, moment))
    products = (*layout.reports[:-1], None)
    told = [
        Reported(_HOLDING[kind], product, at, at + configuration.workspace.reported_holds)
        for product, kind, micros in zip(products, found.kind[0].tolist(), found.at[0].tolist(), strict=True)
        if kind in _HOLDING
        for at in [from_microseconds(int(micros))]
    ]
    return sorted(told, key=lambda report: report.at, reverse=True)


def reported_body(report: Reported, timeline: Sequence[TimelineEvent]) -> ReportedAnswer:
    """With who told it and of which policy, where the timeline has the call."""
    calls = [
        event for event in timeline if event["data"].get("disposition") in KINDS and _same(event["time"], report.at)
    ]
    said: dict[str, Any] = {}
    for event in calls:
        said |= {name: value for name, value in event["data"].items() if value is not None}
    return {
        "kind": report.kind,
        "product": report.product,
        "policy_id": said.get("policy_id"),
        "at": written(report.at),
        "until": written(report.until),
        "agent": said.get("user") or said.get("agent_id"),
    }


def _same(time: str, at: datetime) -> bool:
    """The state keeps times less exactly than the record does."""
    return abs(datetime.fromisoformat(time) - at) <= _MILLISECOND
