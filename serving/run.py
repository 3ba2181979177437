"""The whole service on one machine: hot store, stream worker and HTTP, started and stopped together.

A catalogue that is published takes the place of the one before without a gap: new processes begin with it, and the old
ones leave once those are at work.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING

from features.home import Home
from features.occupancy import SERVING, shared
from features.privacy import close_to_others, keep_private
from leads.errors import Unavailable
from serving.catalogue.shelf import Shelf
from serving.children import start
from serving.clock import Clock
from serving.counting import FOLDER
from serving.crew import Crew
from serving.disk import require_room
from serving.hosting import engine_of
from serving.http_server import LEAVE
from serving.ports import listens, require_free
from serving.readiness import VARIABLE as READY
from serving.readiness import Pipe
from serving.settings import Settings, from_environment
from serving.signals import ToldToStop, interrupting, signalled
from serving.store.engine import running
from serving.store.warden import in_use
from serving.tls import Certificate

if TYPE_CHECKING:
    from serving.live.place_refill import Progress
    from serving.live.rebuild import Rebuild

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
    watcher: str | None = None,
    report: Report = lambda step, done=None: None,
) -> int:
    """Serve a home until SIGTERM or SIGINT, at any time; 0 after that, 1 when the HTTP service ended by itself.

    start_at: the clock runs from there. Where the home's record reaches further, that is a past: it is served from
    a hot state of its own as it was then, and nothing that happens is added to the home. ready: called with the
    service's address once it answers. workers: HTTP processes. stream_workers: processes that apply events. wings: what
    the service answers beside the API, as `module:function`. follower: the module that asks outcomes where rates of
    success stand. watcher: the module that looks after the service. certificate: with which it speaks TLS. report: told
    what is done until then. Raises Unavailable at once where the port is taken, a rebuild has the home or its disk is
    full, and where the service ends before it answers; InvalidInput for a certificate that cannot be used.
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
    if watcher is not None:
        settings = replace(settings, watcher=watcher)
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


def _rebuild(settings: Settings, url: str) -> Rebuild:
    # Here, as the processes that answer are started first, and load the same meanwhile.
    from serving.composition import compose

    return compose(settings, url).rebuild


@contextmanager
def _state(settings: Settings, report: Report) -> Iterator[tuple[Settings, str]]:
    """The hot store with the home's state in it."""
    with engine_of(settings) as url:
        settings.clock.keep(Home.open(settings.home))
        _rebuild(settings, url).fill(settings.clock.now, _ranking(report))
        yield settings, url


@contextmanager
def _past_state(settings: Settings, report: Report) -> Iterator[tuple[Settings, str]]:
    """A hot store with the state as it was when the clock starts, of which nothing is recorded."""
    settings = _of_past(settings)
    if settings.redis_url is not None:
        url = settings.redis_url
        _rebuild(settings, url).run(settings.clock.now(), _ranking(report))
        yield settings, url
        return
    _drop_left_behind(settings.home)
    folder = Path(tempfile.mkdtemp(prefix=_PAST_FOLDER, dir=settings.home))
    try:
        with running(folder, settings.fsync) as url:
            _rebuild(settings, url).run(settings.clock.now(), _ranking(report))
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


@dataclass(frozen=True)
class _Listeners:
    """The HTTP processes and where they listen."""

    crew: Crew
    address: str
    port: int


@contextmanager
def _listeners(settings: Settings, host: str, port: int, workers: int, past: bool) -> Iterator[_Listeners]:
    """HTTP processes that get ready while the store starts. Raises Unavailable where the port cannot be taken."""
    with socket.socket() as bound, tempfile.TemporaryDirectory(prefix="nextlead-counted-") as counted:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        taken = bound.getsockname()[1]
        own = _of_past(settings) if past else settings

        def begin(pipe: Pipe) -> Popen[bytes]:
            more = {"NEXTLEAD_WORKER": "off", FOLDER: counted, READY: str(pipe.given)}
            fds = (bound.fileno(), pipe.given)
            return start("-m", "serving.listener", str(fds[0]), settings=own, url=None, more=more, inherited=fds)

        scheme = "http" if settings.certificate is None else "https"
        crew = Crew("an HTTP process", begin, workers, LEAVE, _LASTING)
        try:
            yield _Listeners(crew, f"{scheme}://{host}:{taken}", taken)
        finally:
            crew.stop()


def _run(
    settings: Settings, url: str, http: _Listeners, ready: Callable[[str], None] | None, stopped: threading.Event
) -> int:
    http.crew.go(url)
    shelf = Shelf(Home.open(settings.home))
    served = shelf.published()
    streaming = Crew("a stream worker", partial(_worker, settings, url), settings.workers)
    try:
        own = None if settings.redis_url is not None else Home.open(settings.home).hot
        if not _await_ready(http, settings.certificate, stopped, own):
            if stopped.is_set():
                return 0
            ended = next((member.status for member in http.crew.members if member.status is not None), None)
            raise Unavailable(
                "the service did not answer in time" if ended is None else f"the service ended with status {ended}"
            )
        if ready is not None:
            ready(http.address)
        while not stopped.wait(0.2):
            if shelf.published() != served:
                served = shelf.published()
                http.crew.renew()
                streaming.renew()
            if http.crew.tend() is not None:
                return 1
            streaming.tend()
        return 0
    finally:
        http.crew.stop()
        streaming.stop()


def _worker(settings: Settings, url: str, pipe: Pipe) -> Popen[bytes]:
    more = {READY: str(pipe.given)}
    return start("-m", "serving.worker", settings=settings, url=url, more=more, inherited=(pipe.given,))


def _await_ready(http: _Listeners, certificate: Certificate | None, stopped: threading.Event, hot: Path | None) -> bool:
    """Until the service answers, and no other program in its place. hot: the folder of the home's own store. Raises
    Unavailable where its disk fills up meanwhile.
    """
    deadline = time.monotonic() + _READY_SECONDS
    trusted = None if certificate is None else certificate.trusted()
    while time.monotonic() < deadline and not stopped.is_set():
        if any(member.status is not None for member in http.crew.members):
            return False
        try:
            with urllib.request.urlopen(f"{http.address}/v1/readyz", timeout=2, context=trusted):
                if any(listens(member.process.pid, http.port) for member in http.crew.members):
                    return True
        except (urllib.error.URLError, OSError):
            pass
        if hot is not None:
            require_room(hot)
        stopped.wait(0.05)
    return False
