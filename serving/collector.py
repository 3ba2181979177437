"""A collector of spans, told over HTTP as JSON (OTLP, OpenTelemetry's protocol): any takes it, and no package more is
needed for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import INVALID_SPAN_CONTEXT

_SECONDS = 5.0
"""As long as a collector may take; what it does not take by then is lost, and no request waits for it."""


class Collector(SpanExporter):
    """url: where it listens, such as http://collector:4318."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/v1/traces"

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Tell it of spans that have ended."""
        body = json.dumps(document(spans)).encode()
        try:
            with urlopen(Request(self._url, body, {"Content-Type": "application/json"}), timeout=_SECONDS):
                return SpanExportResult.SUCCESS
        except (URLError, OSError):
            return SpanExportResult.FAILURE


def document(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """An ExportTraceServiceRequest: ids in hexadecimal, times in nanoseconds as texts."""
    resource = dict(spans[0].resource.attributes) if spans else {}
    told = [_span(span) for span in spans]
    scope = {"scope": {"name": "nextlead"}, "spans": told}
    return {"resourceSpans": [{"resource": {"attributes": _attributes(resource)}, "scopeSpans": [scope]}]}


def _span(span: ReadableSpan) -> dict[str, Any]:
    own = span.get_span_context() or INVALID_SPAN_CONTEXT
    parent = {} if span.parent is None else {"parentSpanId": f"{span.parent.span_id:016x}"}
    return {
        "traceId": f"{own.trace_id:032x}", "spanId": f"{own.span_id:016x}", **parent, "name": span.name,
        # The protocol counts kinds from 1.
        "kind": span.kind.value + 1, "startTimeUnixNano": str(span.start_time), "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(dict(span.attributes or {})), "status": {"code": span.status.status_code.value},
    }  # fmt: skip


def _attributes(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in told.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}
