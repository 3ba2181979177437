"""Requests to an app without a server and a network: what they cost is the app's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Door:
    """An app, and the key that is shown to it."""

    app: FastAPI
    key: str = ""

    def ask(self, method: str, path: str, body: Any = None, media: str = "application/json") -> Reply:
        return asyncio.run(self.asked(method, path, body, media))

    async def asked(self, method: str, path: str, body: Any = None, media: str = "application/json") -> Reply:
        """The same inside a loop."""
        told: list[MutableMapping[str, Any]] = []
        content = [json.dumps(body).encode()]

        async def receive() -> MutableMapping[str, Any]:
            if not content:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": content.pop(), "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            told.append(message)

        await self.app(self._scope(method, path, media), receive, send)
        content_of = b"".join(message.get("body", b"") for message in told[1:])
        headers = {name.decode(): value.decode() for name, value in told[0]["headers"]}
        return Reply(told[0]["status"], headers, json.loads(content_of) if content_of else None)

    def _scope(self, method: str, path: str, media: str) -> dict[str, Any]:
        path, _, query = path.partition("?")
        headers = [(b"authorization", f"Bearer {self.key}".encode()), (b"content-type", media.encode())]
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "root_path": "",
            "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        }  # fmt: skip
