"""Alerts on their way to others: through the outbox, so that they are signed, and delivered at least once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import redis

from leads.configuration.workspace import Workspace
from monitoring.alerts.alert import AlertAnswer
from monitoring.alerts.alert_book import Changes
from monitoring.alerts.message import text, title
from serving.clock import microseconds
from serving.dialers.webhooks.configuration import ALERTED, RESOLVED
from serving.events.outbox import Outbox
from serving.events.stream import Event

SOURCE = "nextlead/monitoring"


def send(client: redis.Redis, outbox: Outbox, workspace: Workspace, changes: Changes) -> int:
    """Queue up one message of what is new or still there, and one of what is over; how many there are."""
    told = Changes(changes.at, changes.raised, changes.reminded), Changes(changes.at, resolved=changes.resolved)
    events = [_event(kind, workspace, part) for kind, part in zip((ALERTED, RESOLVED), told, strict=True) if part]
    with client.pipeline(transaction=True) as pipeline:
        outbox.add(pipeline, events)
        pipeline.execute()
    return len(events)


def _event(kind: str, workspace: Workspace, changes: Changes) -> Event:
    """The same look has the same id, however often it is sent."""
    alerts: Sequence[AlertAnswer] = [*changes.raised, *changes.reminded, *changes.resolved]
    data: Mapping[str, Any] = {
        "workspace": workspace.name, "title": title(workspace, changes), "text": text(workspace, changes),
        "alerts": alerts, "reminded": [alert["key"] for alert in changes.reminded],
    }  # fmt: skip
    keys = "|".join(alert["key"] for alert in alerts)
    digest = hashlib.sha256(f"{kind}|{changes.at.isoformat()}|{keys}".encode()).hexdigest()[:24]
    return Event(digest, SOURCE, kind, "", microseconds(changes.at), data)
