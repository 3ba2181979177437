"""Pushed leads: those whom a manager has put before all others."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import uuid4

from leads.errors import NotFound
from serving.clock import microseconds, milliseconds
from serving.events.stream import Event
from serving.queue.queue_names import QueueNames
from serving.store.personal import personal
from serving.store.scripts import Scripts
from serving.store.words import SOURCE


class PushedLeads:
    """Pushes leads to the top, and takes that back."""

    def __init__(self, scripts: Scripts, names: QueueNames) -> None:
        self._scripts = scripts
        self._names = names

    def push(self, customer_id: str, queue: str, by: str, why: str, now: datetime) -> None:
        """Put a customer before all others, until a call with them is completed; the record says by whom and why.

        They come first in every queue they stand in, for anyone, and rest as long as they must. Raises NotFound when
        they do not stand in this queue.
        """
        self._push(customer_id, queue, by, why, now, "lead.pushed")

    def unpush(self, customer_id: str, queue: str, by: str, why: str, now: datetime) -> None:
        """Back to where they would stand. Raises NotFound as above."""
        self._push(customer_id, queue, by, why, now, "lead.unpushed")

    def _push(self, customer_id: str, queue: str, by: str, why: str, now: datetime, kind: str) -> None:
        self._names.require(queue)
        data = {"queue": queue, "by": by, "why": why}
        told = json.dumps(data) if kind == "lead.pushed" else ""
        event = Event(uuid4().hex, SOURCE, kind, customer_id, microseconds(now), data)
        kept = personal(told), event.kept()
        if not self._scripts.run("push", milliseconds(now), customer_id, queue, *kept):
            raise NotFound("customer", customer_id, f"one who stands in the queue {queue}")
