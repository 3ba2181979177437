"""Answers against the document: of its status and media type, and with nothing in them that it does not tell."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

UNTOLD = ("/", "/docs", "/docs/style.css", "/livez", "/readyz", "/metrics", "/v1/openapi.json")
"""Paths beside the API: pages, the probes once more, and the document itself."""

UNTOLD_UNDER = ("/sign-in", "/sign-out", "/console")
"""Where pages are for people who sign in."""

_PROBLEM = {"$ref": "#/components/schemas/Problem"}

_TIMES = FormatChecker(formats=())


@_TIMES.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@dataclass(frozen=True)
class Seen:
    """An answer, and what was asked for."""

    method: str
    path: str
    status: int
    media: str
    body: bytes

    @classmethod
    def of(cls, response: httpx.Response) -> Seen:
        response.read()
        path = response.request.url.raw_path.decode().partition("?")[0]
        media = response.headers.get("content-type", "")
        return cls(response.request.method, path, response.status_code, media, response.content)


class Document:
    """A service's document, in which nothing undeclared is allowed."""

    def __init__(self, served: Mapping[str, Any]) -> None:
        self.closed = _closed(served)
        self._paths = {re.compile(re.sub(r"{[^}]+}", "[^/]+", path)): path for path in served["paths"]}
        self.validator = cache(self._make)

    def operation(self, seen: Seen) -> Any:
        """What it has of this path and method; HEAD is answered as GET."""
        found = [told for pattern, told in self._paths.items() if pattern.fullmatch(seen.path)]
        # A path without parameters is meant before one with (OpenAPI, "Path Templating Matching").
        operations = self.closed["paths"][min(found, key=lambda path: path.count("{"))] if found else {}
        return operations.get("get" if seen.method == "HEAD" else seen.method.lower())

    def _make(self, schema: str) -> Any:
        whole = {"components": self.closed["components"], **json.loads(schema)}
        return Draft202012Validator(whole, format_checker=_TIMES)


class Conformance:
    """Checks what comes back. seen: the operations that were answered well."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.seen: set[str] = set()

    def check(self, seen: Seen) -> None:
        """Raises AssertionError for an answer that the document does not tell of."""
        operation = self._document.operation(seen)
        if operation is None:
            self._beside(seen)
            return
        status, media = str(seen.status), seen.media.partition(";")[0]
        name = operation["operationId"]
        assert status in operation["responses"], f"{name} does not tell of {status}: {seen.body!r}"
        content = operation["responses"][status]["content"]
        assert media in content, f"{name} {status} does not tell of {media}"
        self._look(f"{name} {status}", content[media]["schema"], seen)
        if seen.status < 400:
            self.seen.add(name)

    def _beside(self, seen: Seen) -> None:
        """What is asked for beside the API is refused, but for the pages."""
        if (seen.path in UNTOLD or seen.path.startswith(UNTOLD_UNDER)) and seen.status != 405:
            return
        where = f"{seen.method} {seen.path}"
        assert seen.status in (404, 405, 413, 422), f"{where} is answered with {seen.status} and not told of"
        assert seen.media == "application/problem+json", where
        self._look(where, _PROBLEM, seen)

    def _look(self, what: str, schema: Mapping[str, Any], seen: Seen) -> None:
        if seen.method == "HEAD" and seen.body == b"":
            return  # A route may leave the body to the server, which takes it away.
        if "json" in seen.media:
            try:
                self._document.validator(json.dumps(schema)).validate(json.loads(seen.body))
            except ValidationError as error:
                raise AssertionError(f"{what}: {error.json_path}: {error.message[:1000]}") from error


class Checked:
    """An app of which every answer is checked, whoever asks. wrong: what the document does not tell of."""

    def __init__(self, app: Any, conformance: Conformance) -> None:
        self._app = app
        self._conformance = conformance
        self.wrong: list[AssertionError] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head: MutableMapping[str, Any] = {}
        parts: list[bytes] = []

        async def checked(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    self._check(scope, head, b"".join(parts))
            await send(message)

        await self._app(scope, receive, checked)

    def _check(self, scope: Mapping[str, Any], head: Mapping[str, Any], body: bytes) -> None:
        media = dict(head["headers"]).get(b"content-type", b"").decode()
        try:
            self._conformance.check(Seen(scope["method"], scope["raw_path"].decode(), head["status"], media, body))
        except AssertionError as error:
            self.wrong.append(error)


def _closed(schema: Any) -> Any:
    """The same, where an object has the properties that are told and no other."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    is_object = isinstance(schema.get("properties"), Mapping) and "additionalProperties" not in schema
    return closed | {"additionalProperties": False} if is_object else closed
