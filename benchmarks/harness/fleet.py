"""A whole service as separate processes that a benchmark owns: Valkey, HTTP and stream workers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import redis

from benchmarks.harness.member import Member
from features.home import Home
from leads.errors import Unavailable
from serving.children import ROOT
from serving.ports import free_port
from serving.settings import Settings, to_environment
from serving.store.engine import command, connect, socket_path

STORE, HTTP, WORKER = "valkey", "http", "worker"
_COMPILED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(ROOT / "var" / "bench" / "pycache")}
"""A process that is started again does not compile what it imports again, whatever the caller's environment says."""

_QUIET = {
    "NEXTLEAD_WORKER": "off", "OTEL_SDK_DISABLED": "true", "BENTOML_DO_NOT_TRACK": "true", "DO_NOT_TRACK": "1",
}  # fmt: skip


@dataclass
class Fleet:
    """The members by name, the store first. Nothing runs until `start`. addresses: of its HTTP processes."""

    settings: Settings
    url: str
    addresses: tuple[str, ...]
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Of the first HTTP process."""
        return self.addresses[0]

    def start(self, *names: str) -> None:
        """Start the named members, or all; the store answers before anyone else is started."""
        for name in names or tuple(self.members):
            self.members[name].start()
            if name == STORE:
                self.await_store()

    def await_store(self, seconds: float = 60) -> None:
        self._await(lambda: _pings(self.url), "the store", seconds)

    def await_ready(self, seconds: float = 180) -> None:
        """Until every HTTP process answers that it is ready."""
        self._await(lambda: all(map(_is_ready, self.addresses)), "the service", seconds)

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


def fleet_of(settings: Settings, workers: int, skews: Sequence[float] = (0.0,)) -> Fleet:
    """A store under the home, HTTP processes and so many stream workers; nothing is started yet.

    skews: an HTTP process for each, whose clock is so many seconds wrong; the workers take them in turn.
    """
    folder = Home.open(settings.home).hot
    folder.mkdir(parents=True, exist_ok=True)
    path, ports = socket_path(folder), [free_port() for _ in skews]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fleet = Fleet(settings, f"unix://{path}", tuple(f"http://127.0.0.1:{port}" for port in ports))
    shared = {**_COMPILED, **to_environment(settings), "NEXTLEAD_REDIS_URL": fleet.url, "PYTHONPATH": str(ROOT)}
    python = [sys.executable, "-m"]
    logs = Home.open(settings.home).folder
    fleet.members[STORE] = Member(command(folder, path, settings.fsync), {}, logs / "valkey.log")
    for number in range(workers):
        name = f"{WORKER}-{number + 1}"
        wrong = shared | _clock(settings, skews[number % len(skews)])
        fleet.members[name] = Member([*python, "serving.worker"], wrong, logs / f"{name}.log")
    for number, (port, skew) in enumerate(zip(ports, skews, strict=True)):
        name = HTTP if len(skews) == 1 else f"{HTTP}-{number + 1}"
        http = [*python, "bentoml", "serve", "serving.service:Nextlead", "--host", "127.0.0.1", "--port", str(port),
                "--working-dir", str(ROOT)]  # fmt: skip
        more = {**shared, **_QUIET, "NEXTLEAD_WORKERS": "1"} | _clock(settings, skew)
        fleet.members[name] = Member(http, more, logs / f"{name}.log")
    return fleet


def _clock(settings: Settings, skew: float) -> dict[str, str]:
    wrong = replace(settings, clock_offset=settings.clock_offset + timedelta(seconds=skew))
    return {"NEXTLEAD_CLOCK_OFFSET": to_environment(wrong)["NEXTLEAD_CLOCK_OFFSET"]}


@contextmanager
def running_fleet(
    settings: Settings,
    workers: int,
    prepare: Callable[[str], None],
    http: bool = True,
    skews: Sequence[float] = (0.0,),
) -> Iterator[Fleet]:
    """A fleet that is ready. prepare: called with the store's URL before anything else uses it."""
    fleet = fleet_of(settings, workers, skews)
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
