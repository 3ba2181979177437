"""Prometheus metrics: of the requests this process answered, and of the service's state when it is asked."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import redis
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

from serving.clock import Clock
from serving.events.aside import Aside
from serving.events.stream import Stream
from serving.http.collectors import Counted, InUse, Spreads, Waits
from serving.http.methods import METHODS
from serving.http.route_label import label_of
from serving.live import latency
from serving.live.membership import present
from serving.live.tallies import Tallies
from serving.managers.overview import STATES, Overview
from serving.queue.holds import Holds
from serving.scoring.freshness import Freshness
from serving.scoring.models import Models
from serving.store.keyspace import Keyspace
from serving.store.pressure import Pressure

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class Metrics:
    """What one process counts, and the state that it sees. folder: where all processes of its service count together;
    None where it counts alone. more: what rooms above count.
    """

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, clock: Clock, stream: Stream, aside: Aside, pressure: Pressure,
        models: Models, freshness: Freshness, overview: Overview, tallies: Tallies, holds: Holds,
        folder: Path | None = None, more: Sequence[Collector] = (),
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._clock = clock
        self._stream = stream
        self._aside = aside
        self._pressure = pressure
        self._freshness = freshness
        self._overview = overview
        self._holds = holds
        self.registry, own = CollectorRegistry(), CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("nextlead_requests", "Requests answered", labels, registry=own)
        self._seconds = Histogram(
            "nextlead_request_seconds", "Time to answer", labels[:2], registry=own, buckets=_BUCKETS
        )
        self.events = Counter("nextlead_events", "Events by what became of them", ("outcome",), registry=own)
        self._claims = Histogram(
            "nextlead_claim_seconds", "Time of a claim by part", ("part",), registry=own, buckets=_BUCKETS
        )
        self._counted: Collector = own if folder is None else Counted(folder)
        self._queue = Gauge("nextlead_queue_size", "Customers waiting", ("queue",), registry=self.registry)
        self._states = Gauge(
            "nextlead_queue_leads", "Leads of a queue by state", ("queue", "state"), registry=self.registry
        )
        self._paused = Gauge("nextlead_queue_paused", "Queue is paused", ("queue",), registry=self.registry)
        self._recalled = Gauge("nextlead_leads_recalled", "Leads not worked in their time", registry=self.registry)
        self._waited = Gauge("nextlead_lead_wait_seconds", "Wait of the oldest lead", registry=self.registry)
        self._held = Gauge("nextlead_leases_held", "Leases held", registry=self.registry)
        self._resting = Gauge("nextlead_customers_resting", "Customers not before a time", registry=self.registry)
        self._backlog = Gauge("nextlead_stream_entries", "Entries in the streams", registry=self.registry)
        self._lag = Gauge("nextlead_stream_lag_seconds", "Wait of the oldest event not applied", registry=self.registry)
        self._failed = Gauge("nextlead_events_set_aside", "Events that could not be applied", registry=self.registry)
        self._unranked = Gauge("nextlead_customers_unranked", "Customers who cannot be ranked", registry=self.registry)
        self._memory = Gauge("nextlead_store_memory_share", "Of its memory, used by the store", registry=self.registry)
        self._waits = Waits()
        self.registry.register(self._waits)
        self._workers = Gauge("nextlead_workers", "Stream workers that are there", registry=self.registry)
        self._worker = Gauge("nextlead_worker_silent_seconds", "Since the worker's last sign", registry=self.registry)
        self._doubles = Gauge(
            "nextlead_double_holds", "Times that somebody was in two hands at once; never above 0",
            registry=self.registry,
        )  # fmt: skip
        self._store = Gauge("nextlead_store_up", "The hot store answers", registry=self.registry)
        for collector in (InUse(models, clock), Spreads(tallies), *more):
            self.registry.register(collector)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def claim_part(self, part: str, seconds: float) -> None:
        """What a part of a claim cost."""
        self._claims.labels(part).observe(seconds)

    def written(self) -> bytes:
        """The exposition text; what cannot be known without the hot store keeps its last value."""
        try:
            self._look()
            self._store.set(1)
        except redis.RedisError:
            self._store.set(0)
        return generate_latest(self._counted) + generate_latest(self.registry)

    def _look(self) -> None:
        self._look_at_queues()
        self._doubles.set(self._holds.count())
        self._backlog.set(self._stream.backlog())
        self._failed.set(self._aside.count())
        self._unranked.set(int(self._client.hlen(self._keys.unranked)))  # type: ignore[arg-type]
        self._memory.set(self._pressure.used())
        self._workers.set(present(self._client, self._keys))
        self._waits.counts, self._waits.total = latency.read(self._client, self._keys)
        state = self._freshness.state()
        self._lag.set(state.lag)
        if state.silent is not None:
            self._worker.set(state.silent)

    def _look_at_queues(self) -> None:
        found = self._overview.queues(self._clock.now())
        for queue in found["queues"]:
            self._queue.labels(queue["queue"]).set(queue["size"])
            self._paused.labels(queue["queue"]).set(queue["paused"])
            for state in STATES:
                self._states.labels(queue["queue"], state).set(queue["states"][state])
        self._held.set(found["held"])
        self._resting.set(found["resting"])
        self._recalled.set(found["recalled"])
        self._waited.set(0.0 if found["waits"] is None else found["waits"]["oldest_seconds"])


class Measured:
    """Counts and times every request of an app, by route and not by path, which may name a customer: so there are no
    more labels than the app has routes, methods and statuses, whatever is asked for.
    """

    def __init__(self, app: App, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def observed(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "(other)"
            self._metrics.observe(method, label_of(scope), status, time.perf_counter() - started)
