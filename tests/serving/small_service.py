"""A running service for tests: its app on a free port, and clients that hold keys."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import uvicorn

from serving.composition import Composition
from serving.http.connections import Bounded
from serving.http.keys import KeyFile
from serving.ports import free_port
from serving.webapp import web
from tests.serving.http.conformance import Checked, Conformance, Document
from tests.serving.small_home import NOW


@dataclass
class Served:
    """A running service: its parts, its address, and a client per scope. The document checks all that it answers."""

    parts: Composition
    url: str
    admin: httpx.Client
    crm: httpx.Client
    dialer: httpx.Client
    conformance: Conformance

    def event(self, name: str, customer: str, kind: str = "quote.requested", **more: Any) -> dict[str, Any]:
        """A CloudEvent of now."""
        data = more.pop("data", {"product": "motor", "premium": 9000.0})
        return {"specversion": "1.0", "id": name, "source": "test", "type": kind, "subject": customer,
                "time": NOW.isoformat(), "data": data} | more  # fmt: skip


def settle_at(served: Served, moment: datetime, done: Callable[[], bool]) -> None:
    """Have it be a later moment for the queue until this is done; then the worker keeps the real time again."""
    queue, deadline = served.parts.queue, time.monotonic() + 10
    while not done() and time.monotonic() < deadline:
        queue.time.keep(moment)
        queue.time.settle(moment)


def with_other(parts: Composition, **others: Any) -> Composition:
    """The same process with some other parts: whatever is made of them is made anew."""
    made = Composition(others.pop("settings", parts.settings), parts.url)
    vars(made).update({"client": parts.client} | others)
    return made


_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Certificates of authorities take a client longer to load than most tests last, and nothing here is encrypted."""


@contextmanager
def serving(parts: Composition, port: int | None = None) -> Iterator[Served]:
    """This process over HTTP, with a worker. port: a free one where none is given."""
    keys = KeyFile(parts.home.keys)
    secrets = {scope: keys.create(scope, NOW).key for scope in ("admin", "crm", "dialer")}
    conformance = Conformance(_document(parts))
    with working(parts), listening(parts, conformance, port) as url:
        clients = {
            scope: httpx.Client(
                base_url=f"{url}/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30, verify=_TLS
            )
            for scope, key in secrets.items()
        }
        yield Served(parts, url, conformance=conformance, **clients)
        for client in clients.values():
            client.close()


@contextmanager
def working(parts: Composition) -> Iterator[None]:
    """A worker meanwhile."""
    worker = parts.stream_worker()
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stopping = True
        thread.join(timeout=10)


_documents: list[Document] = []
"""The document is the same of every service: the first one's is kept."""


def _document(parts: Composition) -> Document:
    if not _documents:
        _documents.append(Document(web(parts).openapi()))
    return _documents[0]


class _Prompt(uvicorn.Server):
    """Ends as soon as it is told to: a service looks every tenth of a second, and gives who is connected another."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(0.002)

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()


@contextmanager
def answering(app: Any, port: int, **settings: Any) -> Iterator[None]:
    """An app at a port of this machine."""
    config = uvicorn.Config(app, http=Bounded, port=port, log_level="error", ws="none", lifespan="off", **settings)
    server = _Prompt(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.002)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def listening(parts: Composition, conformance: Conformance | None = None, port: int | None = None) -> Iterator[str]:
    """The address of the app over a process. Raises AssertionError at the end where it answered anything that the
    document does not tell of.
    """
    port = port or free_port()
    app = Checked(web(parts), conformance or Conformance(_document(parts)))
    with answering(app, port):
        yield f"http://127.0.0.1:{port}"
    for wrong in app.wrong:
        raise wrong
