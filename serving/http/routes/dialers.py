"""Routes that other dialers call. They show a secret or a signature of their own, no API key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from leads.errors import Unauthorized
from serving.clock import Clock
from serving.dialers.configuration import Dialers
from serving.dialers.incoming import CallOutcome, Incoming
from serving.dialers.report import ReportAnswer
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.urls import DISPO, FIELDS, NO_AGENT, CallUrls
from serving.http.answer import REF, Answer, answer
from serving.http.parameters import Name
from serving.http.routing import Api, Route
from serving.http.statuses import BUSY, OPEN
from serving.kept_secrets import shows

_SECRET = "secret"
_SIGNED = {
    "parameters": [
        {"name": f"webhook-{part}", "in": "header", "required": True, "schema": {"type": "string"}}
        for part in ("id", "timestamp", "signature")
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"{REF}{CallOutcome.__name__}"}}},
    },
}
"""A body that is read as it came, so that its signature can be checked."""
_REFUSED = "this dialer is not configured here, or the secret is another one"


def router(dialers: Dialers, clock: Clock, call_urls: CallUrls, incoming: Incoming) -> APIRouter:
    """/dialers."""
    routes = Api("dialers", prefix="/dialers", route_class=Route, responses=OPEN)

    def admitted(name: Name, request: Request, secret: str) -> tuple[Vicidial, dict[str, str]]:
        dialer = dialers.vicidial.get(name)
        # As much work for a name there is none of as for a wrong secret.
        if not shows(secret, "" if dialer is None else dialer.secret_digest) or dialer is None:
            raise Unauthorized(_REFUSED)
        return dialer, {key: value for key, value in request.query_params.items() if key != _SECRET}

    def listener(kind: str) -> Callable[..., Answer[ReportAnswer]]:
        def get(
            name: Name, request: Request, secret: Annotated[str, Query(max_length=256)] = ""
        ) -> Answer[ReportAnswer]:
            dialer, fields = admitted(name, request, secret)
            return answer(call_urls.hear(dialer, kind, fields, clock.now()))

        return get

    for kind in (DISPO, NO_AGENT):
        path = f"/vicidial/{{name}}/{kind}"
        summary = f"VICIdial's {'Dispo' if kind == DISPO else 'No Agent'} Call URL"
        variables = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in FIELDS[kind]]
        more: dict[str, Any] = {"responses": BUSY, "summary": summary, "openapi_extra": {"parameters": variables}}
        routes.get(path, operation_id=f"vicidial_{kind.replace('-', '_')}", **more)(listener(kind))

    @routes.post("/{name}/outcomes", responses=BUSY, openapi_extra=_SIGNED)
    async def post_outcome(name: Name, request: Request) -> Answer[ReportAnswer]:
        """What came of a call, from a dialer that signs what it sends."""
        sender, body = dialers.incoming.get(name), await request.body()
        if sender is None:
            raise Unauthorized(_REFUSED)
        return answer(await run_in_threadpool(incoming.receive, sender, request.headers, body, clock.now()))

    return routes
