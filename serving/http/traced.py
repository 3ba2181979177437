"""Requests as spans, each under its route: `POST /score`, in the trace of whoever asks where they name one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.http.route_label import label_of

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class Traced:
    """Begins a span for every request, which ends with its answer."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Here, as who asks for no traces waits for none of it.
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind

        told = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with self._tracer.start_as_current_span("request", extract(told), SpanKind.SERVER) as span:

            async def answered(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.update_name(f"{scope['method']} {label_of(scope)}")
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            await self.app(scope, receive, answered)
