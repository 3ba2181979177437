"""Answers against the document: of its status and media type, and with nothing in them that it does not tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker

_ITSELF = "/v1/openapi.json"

_TIMES = FormatChecker(formats=())


@_TIMES.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


class Conformance:
    """Checks what comes back. seen: the operations that were answered well."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = _closed(document)
        self._paths = {re.compile(re.sub(r"{[^}]+}", "[^/]+", path)): path for path in document["paths"]}
        self.seen: set[str] = set()
        self._validator = cache(self._make)

    def check(self, response: httpx.Response) -> None:
        """Raises AssertionError, ValidationError."""
        response.read()
        request = response.request
        path = request.url.raw_path.decode().partition("?")[0]
        found = [told for pattern, told in self._paths.items() if pattern.fullmatch(path)]
        # A path without parameters is the one that is meant.
        operations = self._document["paths"][min(found, key=len, default="")] if found else {}
        operation = operations.get(request.method.lower())
        if operation is None:
            untold = request.method == "HEAD" or path == _ITSELF or response.status_code in (404, 405)
            assert untold, f"{request.method} {path}"
            return
        status, media = str(response.status_code), response.headers["content-type"].partition(";")[0]
        name = operation["operationId"]
        assert status in operation["responses"], f"{name} does not tell of {status}: {response.text}"
        assert media in operation["responses"][status]["content"], f"{name} {status} does not tell of {media}"
        if media.endswith("json"):
            self._validator(name, status, media).validate(response.json())
        if response.is_success:
            self.seen.add(name)

    def _make(self, name: str, status: str, media: str) -> Any:
        operation = next(
            one for path in self._document["paths"].values() for one in path.values() if one["operationId"] == name
        )
        schema = operation["responses"][status]["content"][media]["schema"]
        whole = {"components": self._document["components"], **schema}
        return Draft202012Validator(whole, format_checker=_TIMES)


def _closed(schema: Any) -> Any:
    """The same, where an object has the properties that are told and no other."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    is_object = isinstance(schema.get("properties"), Mapping) and "additionalProperties" not in schema
    return closed | {"additionalProperties": False} if is_object else closed
