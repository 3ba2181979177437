"""Traces: a request, what is decided for it and what is asked of the store, where somebody asked for them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import MappingProxyType
from typing import Any, ClassVar

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from leads.errors import InvalidInput
from serving.collector import Collector
from serving.composition import Composition, compose
from serving.http.keys import KeyFile
from serving.settings import from_environment, to_environment
from serving.traces import tracer_to
from serving.webapp import web
from tests.serving.small_home import NOW

NOTHING: Mapping[str, str] = MappingProxyType({})
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traced(parts: Composition, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> Composition:
    """The same process, whose spans are kept."""
    monkeypatch.delenv("OTEL_SDK_DISABLED", raising=False)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    made = compose(parts.settings, parts.url)
    made.tracer = provider.get_tracer("test")
    return made


def asked(parts: Composition, path: str, body: object, headers: Mapping[str, str] = NOTHING) -> httpx.Response:
    """A request with a CRM's key."""
    key = KeyFile(parts.home.keys).create("crm", NOW).key

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web(parts)), base_url="http://service") as client:
            return await client.post(path, json=body, headers={"Authorization": f"Bearer {key}", **headers})

    return asyncio.run(ask())


def chain(spans: InMemorySpanExporter, name: str) -> list[str]:
    """The names of spans from one of this name up to its request."""
    finished = spans.get_finished_spans()
    by_id = {span.context.span_id: span for span in finished if span.context is not None}
    found: ReadableSpan | None = next(span for span in finished if span.name == name)
    told = []
    while found is not None:
        told.append(found.name)
        found = None if found.parent is None else by_id.get(found.parent.span_id)
    return told


NEXT = {"customer_ids": ["c003"], "limit": 1, "explain": 0}


def test_a_request_holds_what_was_decided_for_it_and_what_was_asked_of_the_store(
    traced: Composition, spans: InMemorySpanExporter
) -> None:
    assert asked(traced, "/v1/next-action", NEXT).status_code == 200
    assert chain(spans, "decide decide") == ["decide decide", "POST /next-action"]
    assert any(span.name.startswith("store ") for span in spans.get_finished_spans())
    assert all(chain(spans, span.name)[-1] == "POST /next-action" for span in spans.get_finished_spans())


def test_a_span_tells_the_status_and_belongs_to_the_trace_of_who_asks(
    traced: Composition, spans: InMemorySpanExporter
) -> None:
    asked(traced, "/v1/score", {"customer_ids": 3}, {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    (request,) = [span for span in spans.get_finished_spans() if span.name == "POST /score"]
    assert request.context is not None and f"{request.context.trace_id:032x}" == TRACE
    assert request.attributes is not None and request.attributes["http.response.status_code"] == 422


def test_no_span_names_a_customer(traced: Composition, spans: InMemorySpanExporter) -> None:
    asked(traced, "/v1/next-action", NEXT)
    assert "c003" not in "".join(span.to_json() for span in spans.get_finished_spans())


def test_what_no_request_asked_for_is_no_trace(traced: Composition, spans: InMemorySpanExporter) -> None:
    traced.scorer.score(["c003"], NOW)
    assert spans.get_finished_spans() == ()


def test_where_nobody_asks_for_traces_nothing_is_wrapped_or_loaded(parts: Composition) -> None:
    made = compose(parts.settings, parts.url)
    assert made.tracer is None
    for part in (made.client, made.scorer, made.decider):
        assert not {"execute_command", "pipeline", "score", "decide"} & {*vars(part)}
    asking = "import sys, serving.webapp; sys.exit('serving.collector' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asking], check=False).returncode == 0


class Listening(BaseHTTPRequestHandler):
    """A collector that keeps what it is told."""

    told: ClassVar[list[tuple[str, dict[str, Any]]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.told.append((self.path, json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is said."""


def test_a_collector_is_told_of_spans_over_otlp(traced: Composition, spans: InMemorySpanExporter) -> None:
    asked(traced, "/v1/next-action", NEXT, {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        Thread(target=server.handle_request, daemon=True).start()
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        assert collector.export(spans.get_finished_spans()) is SpanExportResult.SUCCESS
    (path, document), (scope,) = Listening.told[-1], Listening.told[-1][1]["resourceSpans"][0]["scopeSpans"]
    request = next(span for span in scope["spans"] if span["name"] == "POST /next-action")
    assert path == "/v1/traces" and (request["traceId"], request["parentSpanId"]) == (TRACE, "b7ad6b7169203331")
    assert {"key": "http.response.status_code", "value": {"intValue": "200"}} in request["attributes"]
    assert (request["kind"], document["resourceSpans"][0]["resource"]["attributes"] != []) == (2, True)


def test_a_collector_that_is_not_there_costs_spans_and_nothing_else(spans: InMemorySpanExporter) -> None:
    assert Collector("http://127.0.0.1:9").export(spans.get_finished_spans()) is SpanExportResult.FAILURE


def test_who_asks_for_traces_has_them_though_nothing_else_may_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    tracer = tracer_to("http://127.0.0.1:9")
    assert tracer is not None
    assert tracer.start_span("one").get_span_context().is_valid


def test_a_deployment_says_where_spans_go_and_its_processes_hear_it() -> None:
    told = {"NEXTLEAD_HOME": "home", "NEXTLEAD_TRACES": "console"}
    assert to_environment(from_environment(told))["NEXTLEAD_TRACES"] == "console"
    assert tracer_to(from_environment(told).traces) is not None
    with pytest.raises(InvalidInput, match="NEXTLEAD_TRACES"):
        from_environment(told | {"NEXTLEAD_TRACES": "jaeger"})
