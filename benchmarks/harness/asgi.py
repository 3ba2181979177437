"""Requests to an app as a server hands them over, without the server."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from leads.errors import Unavailable
from serving.http.metrics import App


async def post(app: App, path: str, key: str, content: bytes) -> bytes:
    """The answer's body. Raises Unavailable for anything but a good answer."""
    parts: list[bytes] = []
    statuses: list[int] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        else:
            parts.append(message.get("body", b""))

    await app(_scope(path, key, content), receive, send)
    if statuses[:1] not in ([200], [202]):
        raise Unavailable(f"{path} answered {statuses}: {b''.join(parts)[:500]!r}")
    return b"".join(parts)


def _scope(path: str, key: str, content: bytes) -> dict[str, Any]:
    headers = {"host": "localhost", "authorization": f"Bearer {key}", "content-type": "application/json",
               "content-length": str(len(content))}  # fmt: skip
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
