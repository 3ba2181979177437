"""Hot traces: what the store holds of a customer beside who they are: decisions, places in queues, state, events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from serving.decisions.ledger import drop
from serving.events.timeline import HotTimelines
from serving.queue.queued_people import QueuedPeople
from serving.store.forgetting import forget
from serving.store.keyspace import Keyspace


class HotTraces:
    """Takes customers out of wherever the store has them."""

    def __init__(self, keyspace: Keyspace, timelines: HotTimelines, queued_people: QueuedPeople) -> None:
        self._keys = keyspace
        self._timelines = timelines
        self._queued_people = queued_people

    def forget(self, pipeline: Any, customer_id: str, ids: Sequence[str], now: datetime) -> None:
        """Queue up that nothing is left of a customer. ids: all of theirs, the one they are kept under too."""
        drop(pipeline, self._keys, self._timelines.decisions(customer_id))
        for other in ids:
            self._queued_people.forget(other, now, pipeline)
        forget(pipeline, self._keys, ids)
