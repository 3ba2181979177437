"""Health and metrics: for probes without a key, and for scrapers as the settings say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import redis
from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST

from serving.disk import away
from serving.http.answer import Answer, answer, response_of
from serving.http.metrics import Metrics
from serving.http.scrapers import Scrapers
from serving.http.statuses import PROBLEMS
from serving.scoring.models import Models
from serving.store.keyspace import Keyspace

_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
    **{status: PROBLEMS[status] for status in (401, 403, 429)},
}


@dataclass(frozen=True)
class Health:
    """Whether the service can serve. detail: why not, or what it lacks."""

    status: Literal["ok", "unavailable"]
    detail: str | None = None


_NOT_READY: dict[int | str, dict[str, Any]] = {503: {"description": "not ready", **response_of(Health)}}


class Probe:
    """Looks at hot store and models."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, models: Models, hot: Path) -> None:
        self._client = client
        self._keys = keyspace
        self._models = models
        self._hot = hot

    def readiness(self) -> Health:
        """By its hot store and its models."""
        self._models.look()
        try:
            self._client.ping()
            if self._client.hget(self._keys.meta, "rebuilt_at") is None:
                return Health("unavailable", "the hot state is not built yet")
        except redis.RedisError:
            return Health("unavailable", away(self._hot))
        missing = [state.objective for state in self._models.states if state.bundle is None]
        return Health("ok", f"no model for {', '.join(missing)}" if missing else None)


def router(probe: Probe, measured: Metrics, scrapers: Scrapers, routes: APIRouter) -> APIRouter:
    """/livez, /readyz and /metrics, added to these routes."""

    @routes.get("/livez")
    def livez() -> Answer[Health]:
        """Whether the process answers."""
        return answer(Health("ok"))

    @routes.get("/readyz", responses=_NOT_READY)
    def readyz() -> Answer[Health]:
        """Whether it can serve: the hot store is there and holds the home."""
        health = probe.readiness()
        return answer(health, 200 if health.status == "ok" else 503)

    @routes.get("/metrics", response_class=Response, responses=_TEXT, dependencies=[Depends(scrapers)])
    def metrics() -> Response:
        """Metrics in Prometheus' text format.

        Without a key on the machine of the service alone, unless its settings say otherwise; elsewhere with a key of
        scope metrics.
        """
        return Response(measured.written(), media_type=CONTENT_TYPE_LATEST)

    return routes
