"""The whole service on one machine: hot store, stream worker and HTTP, started and stopped together."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING

from features.home import Home
from features.occupancy import SERVING, shared
from features.privacy import close_to_others, keep_private
from leads.errors import Unavailable
from serving.children import start, stop
from serving.clock import Clock
from serving.counting import FOLDER
from serving.disk import require_room
from serving.hosting import engine_of, start_worker
from serving.ports import listens, require_free
from serving.settings import Settings, from_environment
from serving.signals import ToldToStop, interrupting, signalled
from serving.store.engine import running
from serving.store.warden import in_use
from serving.tls import Certificate

if TYPE_CHECKING:
    from serving.live.place_refill import Progress

Report = Callable[..., None]
"""Called with the name of the step that begins, or with a step and the share of it that is done."""

_READY_SECONDS = 180.0

_LASTING = 30.0
"""Seconds after which an HTTP process that ends is started again; one that ends sooner would end again."""

_PAST = "{nextlead-past}"
"""Prefix of a past that is served from a store that may hold the present too."""

_PAST_FOLDER = "hot-at-"
"""How the folders of such stores begin."""


def serve(
    home: Path | str,
    port: int = 3000,
    workers: int = 1,
    start_at: datetime | None = None,
    stream_workers: int | None = None,
    ready: Callable[[str], None] | None = None,
    host: str = "127.0.0.1",
    certificate: Certificate | None = None,
    wings: str | None = None,
    follower: str | None = None,
    report: Report = lambda step, done=None: None,
) -> int:
    """Serve a home until SIGTERM or SIGINT, at any time; 0 after that, 1 when the HTTP service ended by itself.

    start_at: the clock runs from there. Where the home's record reaches further, that is a past: it is served from
    a hot state of its own as it was then, and nothing that happens is added to the home. ready: called with the
    service's address once it answers. workers: HTTP processes. stream_workers: processes that apply events. wings: what
    the service answers beside the API, as `module:function`. follower: the module that asks outcomes where rates of
    success stand. certificate: with which it speaks TLS. report: told what
    is done until then. Raises Unavailable at once where the port is taken, a rebuild has the home or its disk is full,
    and where the service ends before it answers; InvalidInput for a certificate that cannot be used.
    """
    folder = Home.open(home).folder
    keep_private()
    close_to_others(folder)
    if port:
        require_free(host, port)
    settings = replace(
        from_environment({**os.environ, "NEXTLEAD_HOME": str(folder)}),
        clock_offset=Clock.starting_at(start_at).offset,
    )
    if certificate is not None:
        settings = replace(settings, certificate=certificate)
    if wings is not None:
        settings = replace(settings, wings=wings)
    if follower is not None:
        settings = replace(settings, follower=follower)
    if stream_workers is not None:
        settings = replace(settings, workers=stream_workers)
    if settings.certificate is not None:
        settings.certificate.check(datetime.now(UTC))
    past = start_at is not None and start_at < Home.open(home).observed_until
    stopped = threading.Event()
    try:
        with (
            interrupting(stopped),
            shared(folder),
            shared(folder, SERVING),
            _listeners(settings, host, port, workers, past) as http,
        ):
            report("starting the store")
            with (_past_state if past else _state)(settings, report) as (settings, url), signalled(stopped):
                report("loading the models")
                return _run(settings, url, http, ready, stopped)
    except ToldToStop:
        return 0


def _ranking(report: Report) -> Progress:
    """Progress of a rebuild that is needed, as steps of the start."""
    report("reading what is recorded")
    return lambda done, total: report(f"ranking {total:,} customers", done / max(total, 1))


@contextmanager
def _state(settings: Settings, report: Report) -> Iterator[tuple[Settings, str]]:
    """The hot store with the home's state in it."""
    from serving.composition import compose

    with engine_of(settings) as url:
        settings.clock.keep(Home.open(settings.home))
        compose(settings, url).rebuild.fill(settings.clock.now, _ranking(report))
        yield settings, url


@contextmanager
def _past_state(settings: Settings, report: Report) -> Iterator[tuple[Settings, str]]:
    """A hot store with the state as it was when the clock starts, of which nothing is recorded."""
    from serving.composition import compose

    settings = _of_past(settings)
    if settings.redis_url is not None:
        url = settings.redis_url
        compose(settings, url).rebuild.run(settings.clock.now(), _ranking(report))
        yield settings, url
        return
    _drop_left_behind(settings.home)
    folder = Path(tempfile.mkdtemp(prefix=_PAST_FOLDER, dir=settings.home))
    try:
        with running(folder, settings.fsync) as url:
            compose(settings, url).rebuild.run(settings.clock.now(), _ranking(report))
            yield settings, url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drop_left_behind(home: Path) -> None:
    """Stores of pasts whose service was killed; one that is in use stays."""
    for folder in home.glob(f"{_PAST_FOLDER}*"):
        if not in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _of_past(settings: Settings) -> Settings:
    """Nothing is recorded, and a store that may hold the present too holds it under another prefix."""
    settings = replace(settings, record=False)
    return settings if settings.redis_url is None else replace(settings, prefix=_PAST)


@dataclass
class _Listeners:
    """The HTTP processes and where they listen. begun: when each was started, by a clock that only goes on."""

    start: Callable[[], Popen[bytes]]
    address: str
    port: int
    processes: list[Popen[bytes]]
    begun: list[float]

    def go(self, url: str) -> None:
        """The store is there, with the home's state in it."""
        for process in self.processes:
            _tell(process, url)

    def ended(self, url: str) -> int | None:
        """The status of one that ended before it had lasted; others are started again."""
        for place, process in enumerate(self.processes):
            status = process.poll()
            if status is None:
                continue
            if time.monotonic() - self.begun[place] < _LASTING:
                return status
            print(f"an HTTP process ended with status {status}; starting it again", file=sys.stderr)
            self.processes[place], self.begun[place] = self.start(), time.monotonic()
            _tell(self.processes[place], url)
        return None

    def stop(self) -> None:
        for process in self.processes:
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
        for process in self.processes:
            stop(process)


@contextmanager
def _listeners(settings: Settings, host: str, port: int, workers: int, past: bool) -> Iterator[_Listeners]:
    """HTTP processes that get ready while the store starts. Raises Unavailable where the port cannot be taken."""
    with socket.socket() as bound, tempfile.TemporaryDirectory(prefix="nextlead-counted-") as counted:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        taken = bound.getsockname()[1]
        own = _of_past(settings) if past else settings

        def begin() -> Popen[bytes]:
            more = {"NEXTLEAD_WORKER": "off", FOLDER: counted}
            fd = bound.fileno()
            return start("-m", "serving.listener", str(fd), settings=own, url=None, more=more, inherited=(fd,))

        begun = [begin() for _ in range(workers)]
        scheme = "http" if settings.certificate is None else "https"
        listeners = _Listeners(begin, f"{scheme}://{host}:{taken}", taken, begun, [time.monotonic()] * workers)
        try:
            yield listeners
        finally:
            listeners.stop()


def _tell(process: Popen[bytes], url: str) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.write(f"{url}\n".encode())
            process.stdin.close()
        process.stdin = None


def _run(
    settings: Settings, url: str, http: _Listeners, ready: Callable[[str], None] | None, stopped: threading.Event
) -> int:
    http.go(url)
    streaming = [start_worker(settings, url) for _ in range(settings.workers)]
    try:
        own = None if settings.redis_url is not None else Home.open(settings.home).hot
        if not _await_ready(http, settings.certificate, stopped, own):
            if stopped.is_set():
                return 0
            ended = next((process.returncode for process in http.processes if process.poll() is not None), None)
            raise Unavailable(
                "the service did not answer in time" if ended is None else f"the service ended with status {ended}"
            )
        if ready is not None:
            ready(http.address)
        while not stopped.wait(0.2):
            if http.ended(url) is not None:
                return 1
            for place, worker in enumerate(streaming):
                if worker.poll() is not None:
                    print(f"a stream worker ended with status {worker.returncode}; starting it again", file=sys.stderr)
                    stopped.wait(1)
                    streaming[place] = start_worker(settings, url)
        return 0
    finally:
        http.stop()
        for worker in streaming:
            worker.terminate()
        for worker in streaming:
            stop(worker)


def _await_ready(http: _Listeners, certificate: Certificate | None, stopped: threading.Event, hot: Path | None) -> bool:
    """Until the service answers, and no other program in its place. hot: the folder of the home's own store. Raises
    Unavailable where its disk fills up meanwhile.
    """
    deadline = time.monotonic() + _READY_SECONDS
    trusted = None if certificate is None else certificate.trusted()
    while time.monotonic() < deadline and not stopped.is_set():
        if any(process.poll() is not None for process in http.processes):
            return False
        try:
            with urllib.request.urlopen(f"{http.address}/v1/readyz", timeout=2, context=trusted):
                if any(listens(process.pid, http.port) for process in http.processes):
                    return True
        except (urllib.error.URLError, OSError):
            pass
        if hot is not None:
            require_room(hot)
        stopped.wait(0.05)
    return False
