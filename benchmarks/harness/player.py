"""Plays a record to a service, faster than it happened, and stops where scores are to be compared."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
import polars as pl

from benchmarks.harness.checkpoint import Checkpoint, compared
from benchmarks.harness.client import Client
from benchmarks.harness.cloud import cloud_events
from benchmarks.harness.record import Record
from benchmarks.oracles.sameness import BAR
from features.home import Home
from features.lake import read_customers
from leads.errors import Unavailable

_TICK = 0.1
"""Seconds between two batches: at a thousandfold speed, of the events of 100 s each."""

_MOST = 1_000
"""Events or customers in one request."""


class Player:
    """The record's events in their order at `speed` times the real pace, customers told before their first event."""

    def __init__(self, client: Client, home: Home, record: Record, speed: float) -> None:
        self._client, self._home, self._record, self._speed = client, home, record, speed
        self._known = set(read_customers(home)["customer_id"])
        self._checkpoints: list[Checkpoint] = []
        self._sent, self._seconds, self._latest = 0, 0.0, 0.0

    def play(self, start: datetime, end: datetime) -> None:
        """Everything after `start` up to `end`; the last batch is ranked when this returns."""
        events, begin = self._record.between(start, end), time.monotonic()
        due = (events["time"] - start).dt.total_microseconds() / 1e6 / self._speed
        ticks = (due / _TICK).ceil().alias("tick").cast(pl.Int64)
        for (tick,), part in events.with_columns(ticks).partition_by("tick", as_dict=True, maintain_order=True).items():
            late = time.monotonic() - begin - int(str(tick)) * _TICK
            time.sleep(max(0.0, -late))
            self._latest = max(self._latest, late)
            self._send(part.drop("tick"))
        self._sent += len(events)
        if len(events):
            self._post("/events?wait=scored", cloud_events(events[-1:]))
        self._seconds += time.monotonic() - begin

    def check(self, at: datetime) -> None:
        self._checkpoints.append(compared(self._client, self._home, self._record, at))

    def figures(self) -> dict[str, Any]:
        """What was played, and every promise that was broken."""
        sums = {
            "customers ranked live only": sum(point.only_live for point in self._checkpoints),
            "customers ranked in batch only": sum(point.only_batch for point in self._checkpoints),
            "customers at another place": sum(point.other_place for point in self._checkpoints),
            "checkpoints with other probabilities": sum(point.worst > BAR for point in self._checkpoints),
            "strangers in the queue": sum(point.queue["strangers"] for point in self._checkpoints),
        }
        return {
            "events": self._sent, "seconds": round(self._seconds, 1),
            "events_per_second": round(self._sent / self._seconds, 1),
            "latest_seconds": round(self._latest, 2), "checkpoints": [asdict(point) for point in self._checkpoints],
            "wrong": [f"{count} {what}" for what, count in sums.items() if count],
        }  # fmt: skip

    def _send(self, events: pl.DataFrame) -> None:
        news = [name for name in events["customer_id"].unique(maintain_order=True) if name not in self._known]
        if news:
            amounts = self._record.customers.filter(pl.col("customer_id").is_in(news))
            rows = amounts.select("customer_id", "amount_req").rows()
            told = [{"customer_id": name, "tags": {"amount_req": amount}} for name, amount in rows]
            for start in range(0, len(told), _MOST):
                self._post("/customers", {"customers": told[start : start + _MOST]})
            self._known |= set(news)
        items = cloud_events(events)
        for start in range(0, len(items), _MOST):
            self._post("/events", items[start : start + _MOST])

    def _post(self, path: str, body: Any) -> None:
        answer = self._client.post(path, msgspec.json.encode(body))
        if answer.status not in (200, 202) or answer.body.get("rejected"):
            raise Unavailable(f"{path} answered {answer.status}: {str(answer.body)[:300]}")
