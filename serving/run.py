"""The whole service on one machine: hot store, stream worker and HTTP, started and stopped together."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from subprocess import Popen

from features.home import Home
from features.occupancy import SERVING, shared
from features.privacy import close_to_others, keep_private
from leads.errors import Unavailable
from serving.children import ROOT, start, stop
from serving.clock import Clock
from serving.composition import compose
from serving.counting import FOLDER
from serving.disk import require_room
from serving.hosting import engine_of, start_worker
from serving.live.rebuild import Progress
from serving.ports import free_port, listens, require_free
from serving.settings import Settings, from_environment
from serving.signals import ToldToStop, interrupting, signalled
from serving.store.engine import running
from serving.store.warden import in_use

Report = Callable[..., None]
"""Called with the name of the step that begins, or with a step and the share of it that is done."""

_READY_SECONDS = 180.0
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
    report: Report = lambda step, done=None: None,
) -> int:
    """Serve a home until SIGTERM or SIGINT, at any time; 0 after that, 1 when the HTTP service ended by itself.

    start_at: the clock runs from there. Where the home's record reaches further, that is a past: it is served from
    a hot state of its own as it was then, and nothing that happens is added to the home. ready: called with the
    service's address once it answers. workers: HTTP processes. stream_workers: processes that apply events. report:
    told what is done until then. Raises Unavailable at once where the port is taken, a rebuild has the home or its disk
    is full, and where the service ends before it answers.
    """
    folder = Home.open(home).folder
    keep_private()
    close_to_others(folder)
    if port:
        require_free(host, port)
    report("starting the store")
    settings = replace(
        from_environment({**os.environ, "NEXTLEAD_HOME": str(folder)}),
        clock_offset=Clock.starting_at(start_at).offset,
    )
    if stream_workers is not None:
        settings = replace(settings, workers=stream_workers)
    past = start_at is not None and start_at < Home.open(home).observed_until
    stopped = threading.Event()
    try:
        with (
            interrupting(stopped),
            shared(folder),
            shared(folder, SERVING),
            (_past_state if past else _state)(settings, report) as (settings, url),
            signalled(stopped),
        ):
            report("loading the models")
            return _run(settings, url, port or free_port(host), host, workers, ready, stopped)
    except ToldToStop:
        return 0


def _ranking(report: Report) -> Progress:
    """Progress of a rebuild that is needed, as steps of the start."""
    report("reading what is recorded")
    return lambda done, total: report(f"ranking {total:,} customers", done / max(total, 1))


@contextmanager
def _state(settings: Settings, report: Report) -> Iterator[tuple[Settings, str]]:
    """The hot store with the home's state in it."""
    with engine_of(settings) as url:
        settings.clock.keep(Home.open(settings.home))
        compose(settings, url).rebuild.fill(settings.clock.now, _ranking(report))
        yield settings, url


@contextmanager
def _past_state(settings: Settings, report: Report) -> Iterator[tuple[Settings, str]]:
    """A hot store with the state as it was when the clock starts, of which nothing is recorded."""
    settings = replace(settings, record=False)
    if settings.redis_url is not None:
        url = settings.redis_url
        settings = replace(settings, prefix=_PAST)
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


def _run(
    settings: Settings, url: str, port: int, host: str, workers: int, ready: Callable[[str], None] | None,
    stopped: threading.Event,
) -> int:  # fmt: skip
    streaming = [start_worker(settings, url) for _ in range(settings.workers)]
    counted = tempfile.mkdtemp(prefix="nextlead-counted-")
    http = _start_http(settings, url, port, host, workers, counted)
    try:
        address = f"http://{host}:{port}"
        own = None if settings.redis_url is not None else Home.open(settings.home).hot
        if not _await_ready(address, port, http, stopped, own):
            if stopped.is_set():
                return 0
            ended = http.poll()
            raise Unavailable(
                "the service did not answer in time" if ended is None else f"the service ended with status {ended}"
            )
        if ready is not None:
            ready(address)
        while not stopped.wait(0.2):
            if http.poll() is not None:
                return 1
            for place, worker in enumerate(streaming):
                if worker.poll() is not None:
                    print(f"a stream worker ended with status {worker.returncode}; starting it again", file=sys.stderr)
                    stopped.wait(1)
                    streaming[place] = start_worker(settings, url)
        return 0
    finally:
        stop(http)
        for worker in streaming:
            worker.terminate()
        for worker in streaming:
            stop(worker)
        shutil.rmtree(counted, ignore_errors=True)


def _start_http(settings: Settings, url: str, port: int, host: str, workers: int, counted: str) -> Popen[bytes]:
    quiet = {
        "NEXTLEAD_WORKERS": str(workers), "NEXTLEAD_WORKER": "off", "OTEL_SDK_DISABLED": "true",
        "BENTOML_DO_NOT_TRACK": "true", "DO_NOT_TRACK": "1", FOLDER: counted,
    }  # fmt: skip
    arguments = ["-m", "bentoml", "serve", "serving.service:Nextlead", "--host", host, "--port", str(port)]
    arguments += ["--working-dir", str(ROOT)]
    return start(*arguments, settings=settings, url=url, more=quiet)


def _await_ready(address: str, port: int, http: Popen[bytes], stopped: threading.Event, hot: Path | None) -> bool:
    """Until the service answers, and no other program in its place. hot: the folder of the home's own store. Raises
    Unavailable where its disk fills up meanwhile.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and not stopped.is_set() and http.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/v1/readyz", timeout=2):
                if listens(http.pid, port):
                    return True
        except (urllib.error.URLError, OSError):
            pass
        if hot is not None:
            require_room(hot)
        stopped.wait(0.1)
    return False
