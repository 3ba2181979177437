"""Traces by OpenTelemetry, for who asks for them (NEXTLEAD_TRACES): a request, what is scored and decided for it,
and its commands to the hot store. Where nobody does, nothing is wrapped.

Spans name routes, methods and commands; no id, key or value of a customer is in them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from leads.errors import InvalidInput

if TYPE_CHECKING:
    import redis
    from opentelemetry.trace import Tracer

OFF, CONSOLE = "off", "console"
"""Where spans go but for a collector, whose address is told: nowhere, or to standard output as JSON."""

SERVICE = "nextlead"

Part = TypeVar("Part")


def checked(where: str) -> str:
    """Raises InvalidInput for what is neither of these nor the address of a collector."""
    if where not in (OFF, CONSOLE) and urlsplit(where).scheme not in ("http", "https"):
        raise InvalidInput("NEXTLEAD_TRACES", where, "off, console, or a collector's address, http://collector:4318")
    return where


def tracer_to(where: str) -> Tracer | None:
    """What begins spans; None where they go nowhere.

    Raises InvalidInput where OpenTelemetry is not installed.
    """
    if where == OFF:
        return None
    # Here, as who asks for no traces waits for none of it.
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
    except ImportError as error:
        raise InvalidInput("NEXTLEAD_TRACES", where, "off, unless opentelemetry-sdk is installed") from error
    from serving.collector import Collector

    # Set for all that might trace unasked (commands, BentoML): these spans were asked for.
    os.environ.pop("OTEL_SDK_DISABLED", None)
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter() if where == CONSOLE else Collector(where)))
    return provider.get_tracer(SERVICE)


def spanned(tracer: Tracer | None, part: Part, kind: str, *methods: str) -> Part:
    """The same part, whose methods are spans of whoever's request they are called for."""
    for name in methods if tracer is not None else ():
        setattr(part, name, _in_span(tracer, getattr(part, name), lambda *_, name=name: f"{kind} {name}"))
    return part


def spanned_store(tracer: Tracer | None, client: redis.Redis) -> redis.Redis:
    """The same client, whose commands and pipelines are spans."""
    if tracer is None:
        return client
    begin = client.pipeline

    def pipeline(*args: Any, **named: Any) -> Any:
        return spanned(tracer, begin(*args, **named), "store pipeline", "execute")

    client.execute_command = _in_span(tracer, client.execute_command, _command)  # type: ignore[method-assign]
    client.pipeline = pipeline  # type: ignore[method-assign]
    return client


def _command(*args: Any) -> str:
    """`store GET`: the command without what it is about."""
    return f"store {str(args[0]).upper()}" if args else "store"


def _in_span(tracer: Tracer | None, call: Callable[..., Any], named: Callable[..., str]) -> Callable[..., Any]:
    from opentelemetry.trace import get_current_span

    @wraps(call)
    def within(*args: Any, **more: Any) -> Any:
        # What nobody asked for by a request, such as a sweep, is no trace.
        if tracer is None or not get_current_span().get_span_context().is_valid:
            return call(*args, **more)
        with tracer.start_as_current_span(named(*args)):
            return call(*args, **more)

    return within
