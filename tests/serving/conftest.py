"""A served small home: the real engine, the real worker and real HTTP on a free port."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from small_home import NOW, make_home

from features.home import Home
from serving.api import Context, create_app
from serving.clock import Clock
from serving.engine import connect
from serving.rebuild import rebuild
from serving.run import free_port
from serving.services import Services, build
from serving.settings import Settings
from serving.worker import Worker


@dataclass
class Served:
    """A running service: its parts, its address, and a client per scope."""

    services: Services
    url: str
    admin: httpx.Client
    crm: httpx.Client
    dialer: httpx.Client

    def event(self, name: str, customer: str, kind: str = "quote.requested", **more: Any) -> dict[str, Any]:
        """A CloudEvent of now."""
        data = more.pop("data", {"product": "motor", "premium": 9000.0})
        return {"specversion": "1.0", "id": name, "source": "test", "type": kind, "subject": customer,
                "time": NOW.isoformat(), "data": data} | more  # fmt: skip


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with history and models, made once."""
    return make_home(tmp_path_factory.mktemp("small"))


@pytest.fixture
def home(pattern: Home, tmp_path: Path) -> Home:
    """The test's own copy of it."""
    return Home.open(shutil.copytree(pattern.folder, tmp_path / "home"))


@contextmanager
def listening(services: Services) -> Iterator[str]:
    """The address of the app over these services."""
    port = free_port()
    config = uvicorn.Config(create_app(Context(services)), port=port, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture
def settings(home: Home, engine_url: str) -> Settings:
    """The clock stands at the end of the history."""
    return Settings(home.folder, engine_url, Clock.starting_at(NOW).offset, wait_bound=timedelta(seconds=5))


@pytest.fixture
def services(settings: Settings, engine_url: str) -> Iterator[Services]:
    """The parts over an emptied store that holds the home again."""
    with connect(engine_url) as client:
        client.flushall()
    made = build(settings, engine_url)
    rebuild(made, NOW)
    yield made
    made.client.close()


@pytest.fixture
def served(services: Services) -> Iterator[Served]:
    """The service over HTTP, with its worker."""
    worker = Worker(services)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    secrets = {scope: services.keys.create(scope, NOW).key for scope in ("admin", "crm", "dialer")}
    with listening(services) as url:
        clients = {
            scope: httpx.Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30)
            for scope, key in secrets.items()
        }
        yield Served(services, url, **clients)
        for client in clients.values():
            client.close()
    worker.stopping = True
    thread.join(timeout=10)
