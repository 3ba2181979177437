"""The BentoML service. `bentoml serve serving.service:Nextlead` with NEXTLEAD_HOME."""

from __future__ import annotations

import os

if os.environ.get("NEXTLEAD_TRACES", "off") == "off":
    os.environ.setdefault("OTEL_SDK_DISABLED", "true")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")

import bentoml
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from uvicorn.config import HTTP_PROTOCOLS

from serving.http.connections import bound_connections
from serving.http.paths import Paths
from serving.instance import Instance
from serving.lifeline import hold
from serving.settings import from_environment

# BentoML's own supervisor imports this too, and what it starts then belongs to it.
hold(os.environ)


class _Late:
    """The app of a service instance: routes exist only once the process knows its home."""

    def __init__(self) -> None:
        self.app: FastAPI | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.app is None:
            return
        await self.app(scope, receive, send)


_late = _Late()


@bentoml.service(
    name="nextlead",
    workers=int(os.environ.get("NEXTLEAD_WORKERS") or 1),
    traffic={"timeout": 60},
    logging={"access": {"enabled": False}},
    # BentoML's own name the paths of requests, and so customers; the app has /metrics of its own.
    metrics={"enabled": False, "namespace": "nextlead"},
)
@bentoml.asgi_app(_late, path="/")
class Nextlead:
    """One process of the service. Without NEXTLEAD_REDIS_URL it starts, or shares, the home's own engine."""

    def __init__(self) -> None:
        # BentoML has its server choose the protocol by itself.
        bound_connections(HTTP_PROTOCOLS)
        self._instance = Instance(from_environment(os.environ), os.environ)
        _late.app = self._instance.app

    def __is_ready__(self) -> bool:
        """Whether the hot store answers; the probe at /readyz asks."""
        return self._instance.is_ready()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def close(self) -> None:
        """Stop what this process started."""
        self._instance.close()


# A path that holds a line break would not even reach the app.
Nextlead.add_asgi_middleware(Paths)  # type: ignore[attr-defined]
