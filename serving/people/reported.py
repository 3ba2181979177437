"""What agents reported of a customer and the core has not confirmed or contradicted yet, as answers tell it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from features.configuration import Configuration
from features.policy_book import book_at
from features.reports import placed, reports_at
from features.value import microseconds
from leads.actions.reports import KINDS
from serving.clock import from_microseconds, written

_MILLISECOND = timedelta(milliseconds=1)


def reported(configuration: Configuration, standing: np.ndarray, now: datetime) -> list[dict[str, Any]]:
    """The reports that hold of the customer of a state (1, width), the latest first: what, of which product, when it
    was told and until when it counts without the core's word.
    """
    layout, kinds = configuration.layout, {value: name for name, value in KINDS.items()}
    if not layout.reports:
        return []
    moment = np.array([microseconds(now)])
    found = reports_at(layout, standing, moment)
    if layout.has_book:
        found = placed(layout, found, book_at(layout, standing, moment))
    products = (*layout.reports[:-1], None)
    told = [
        {"kind": kinds[kind], "product": product, "at": at, "until": at + configuration.workspace.reported_holds}
        for product, kind, micros in zip(products, found.kind[0].tolist(), found.at[0].tolist(), strict=True)
        if kind in kinds
        for at in [from_microseconds(int(micros))]
    ]
    return sorted(told, key=lambda report: report["at"], reverse=True)


def with_teller(report: dict[str, Any], timeline: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """With who told it and of which policy, where the timeline has the call; times in words."""
    at = report["at"]
    calls = [
        event
        for event in timeline
        if event["data"].get("disposition") in KINDS and abs(datetime.fromisoformat(event["time"]) - at) <= _MILLISECOND
    ]
    said: dict[str, Any] = {}
    for event in calls:
        said |= {name: value for name, value in event["data"].items() if value is not None}
    known = {"policy_id": said.get("policy_id"), "agent": said.get("user") or said.get("agent_id")}
    return report | known | {"at": written(at), "until": written(report["until"])}
