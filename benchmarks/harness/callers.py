"""Those who call a service that may die at any moment: senders of events and agents, who never give up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from benchmarks.harness.client import Answer, Client, Unanswered
from benchmarks.harness.cloud import cloud_events
from benchmarks.harness.likeness import Likeness

_CHUNK = 2_000
"""Events that a sender draws at a time."""

_AGAIN = 0.1
"""Seconds before a request without a useful answer is sent again."""

_REPEATED = 0.05
"""Share of answered batches that are sent once more, as senders do that lost their own record."""


@dataclass(frozen=True)
class Door:
    """Where a service is reached, and how far its clock is from the real one."""

    address: str
    key: str
    offset: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


def insist(client: Client, path: str, body: bytes, more: dict[str, str] | None = None) -> tuple[Answer, int]:
    """The first answer that is neither a failure nor "busy", and how often the request was sent before in vain."""
    vain = 0
    while True:
        try:
            answer = client.post(path, body, more)
            if answer.status < 500 and answer.status != 429:
                return answer, vain
        except Unanswered:
            pass
        vain += 1
        time.sleep(_AGAIN)


@dataclass(eq=False)
class Sender(threading.Thread):
    """Sends batches at a steady pace, each until it is answered.

    sent: ids that were ever sent. answered: those that were said to be taken in. vain: requests without a useful
    answer. rejected: events that were refused. forgotten: those taken in as new although they were answered before.
    """

    door: Door
    likeness: Likeness
    number: int
    batch: int
    pace: float
    stopping: threading.Event
    sent: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    rejected: int = 0
    vain: int = 0
    forgotten: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        client, rng = Client(self.door.address, self.door.key, timeout=10), np.random.default_rng(self.number)
        for items in self._batches():
            if self.stopping.is_set():
                break
            self._send(client, items, first=True)
            if rng.random() < _REPEATED:
                self._send(client, items, first=False)
            time.sleep(self.pace)
        client.close()

    def _send(self, client: Client, items: list[dict[str, Any]], first: bool) -> None:
        self.sent |= {item["id"] for item in items}
        answer, vain = insist(client, "/events", msgspec.json.encode(items))
        self.vain += vain
        if answer.status != 202:
            self.rejected += len(items)
            return
        refused = {item["index"] for item in answer.body["rejected"]}
        self.answered |= {item["id"] for index, item in enumerate(items) if index not in refused}
        self.rejected += len(refused)
        self.forgotten += 0 if first else answer.body["accepted"]

    def _batches(self) -> Iterator[list[dict[str, Any]]]:
        chunk = self.number * 1_000_000
        while True:
            events = self.likeness.events(_CHUNK, chunk, self.door.now() - timedelta(seconds=1), 1.0)
            items = cloud_events(events)
            yield from (items[start : start + self.batch] for start in range(0, _CHUNK, self.batch))
            chunk += 1
