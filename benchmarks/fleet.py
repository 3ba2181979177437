"""A whole service as separate processes that a benchmark owns: Valkey, HTTP and stream workers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import redis

from benchmarks.member import Member
from features.home import Home
from leads.errors import Unavailable
from serving.engine import command, connect, socket_path
from serving.hosting import ROOT
from serving.run import free_port
from serving.settings import Settings, to_environment

STORE, HTTP, WORKER = "valkey", "http", "worker"
_COMPILED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(ROOT / "var" / "bench" / "pycache")}
"""A process that is started again does not compile what it imports again, whatever the caller's environment says."""

_QUIET = {
    "NEXTLEAD_WORKER": "off", "OTEL_SDK_DISABLED": "true", "BENTOML_DO_NOT_TRACK": "true", "DO_NOT_TRACK": "1",
}  # fmt: skip


@dataclass
class Fleet:
    """The members by name, the store first. Nothing runs until `start`."""

    settings: Settings
    url: str
    address: str
    members: dict[str, Member] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start the named members, or all; the store answers before anyone else is started."""
        for name in names or tuple(self.members):
            self.members[name].start()
            if name == STORE:
                self.await_store()

    def await_store(self, seconds: float = 60) -> None:
        self._await(lambda: _pings(self.url), "the store", seconds)

    def await_ready(self, seconds: float = 180) -> None:
        """Until the HTTP service answers that it is ready."""
        self._await(lambda: _is_ready(self.address), "the service", seconds)

    def pids(self) -> dict[str, list[int]]:
        """Per member, its process and all it started."""
        return {name: member.pids() for name, member in self.members.items()}

    def stop(self, *names: str) -> None:
        """Stop the named members, or all, the store last."""
        for name in reversed(names or tuple(self.members)):
            self.members[name].stop()

    def _await(self, answers: Callable[[], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not answers():
            if time.monotonic() > deadline:
                logs = ", ".join(str(member.log) for member in self.members.values())
                raise Unavailable(f"{what} did not answer within {seconds:.0f} s; logs are {logs}")
            time.sleep(0.02)


def fleet_of(settings: Settings, workers: int) -> Fleet:
    """A store under the home, one HTTP process and so many stream workers; nothing is started yet."""
    folder = Home.open(settings.home).hot
    folder.mkdir(parents=True, exist_ok=True)
    path, port = socket_path(folder), free_port()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fleet = Fleet(settings, f"unix://{path}", f"http://127.0.0.1:{port}")
    shared = {**_COMPILED, **to_environment(settings), "NEXTLEAD_REDIS_URL": fleet.url, "PYTHONPATH": str(ROOT)}
    python = [sys.executable, "-m"]
    http = [*python, "bentoml", "serve", "serving.service:Nextlead", "--host", "127.0.0.1", "--port", str(port),
            "--working-dir", str(ROOT)]  # fmt: skip
    logs = Home.open(settings.home).folder
    fleet.members[STORE] = Member(command(folder, path, settings.fsync), {}, logs / "valkey.log")
    for number in range(workers):
        name = f"{WORKER}-{number + 1}"
        fleet.members[name] = Member([*python, "serving.worker"], shared, logs / f"{name}.log")
    fleet.members[HTTP] = Member(http, {**shared, **_QUIET, "NEXTLEAD_WORKERS": "1"}, logs / "http.log")
    return fleet


@contextmanager
def running_fleet(
    settings: Settings, workers: int, prepare: Callable[[str], None], http: bool = True
) -> Iterator[Fleet]:
    """A fleet that is ready. prepare: called with the store's URL before anything else uses it."""
    fleet = fleet_of(settings, workers)
    if not http:
        del fleet.members[HTTP]
    try:
        fleet.start(STORE)
        prepare(fleet.url)
        fleet.start(*(name for name in fleet.members if name != STORE))
        if http:
            fleet.await_ready()
        yield fleet
    finally:
        fleet.stop()


def _pings(url: str) -> bool:
    try:
        with connect(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/v1/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
