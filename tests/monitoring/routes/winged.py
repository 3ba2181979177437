"""The service with its wings, asked over HTTP from the process of a test."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from console.wings import build
from serving.composition import Composition
from serving.http.keys import KeyFile
from serving.webapp import web
from serving.wing import Build
from tests.serving.http.conformance import Conformance, Document, Seen
from tests.serving.small_home import NOW

_documents: list[Document] = []
"""The document is the same of every service: the first one's is kept."""


class Winged:
    """The service with its wings, asked from this process with a key of a scope; answers are held to the document."""

    def __init__(self, parts: Composition, wings: Build = build) -> None:
        self.home = parts.home
        self._app: Any = web(parts, wings=wings)
        self._keys = KeyFile(parts.home.keys)
        if not _documents:
            _documents.append(Document(self.document))
        self._conformance = Conformance(_documents[0])

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = self._asked("GET", "/v1/openapi.json", "").json()
        return found

    def get(self, path: str, scope: str = "admin") -> httpx.Response:
        return self._checked("GET", path, scope)

    def post(self, path: str, body: Any, scope: str = "admin") -> httpx.Response:
        return self._checked("POST", path, scope, body)

    def _checked(self, method: str, path: str, scope: str, body: Any = None) -> httpx.Response:
        found = self._asked(method, f"/v1{path}", self._keys.create(scope, NOW).key, body)
        self._conformance.check(Seen.of(found))
        return found

    def _asked(self, method: str, path: str, key: str, body: Any = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                headers = {"Authorization": f"Bearer {key}"} if key else {}
                return await client.request(method, path, headers=headers, json=body)

        return asyncio.run(ask())
