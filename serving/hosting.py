"""What a running service stands on: the hot store, its content, and the stream worker."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from features.home import Home
from features.occupancy import shared
from serving.lifeline import PARENT
from serving.live.rebuild import Progress, is_empty, rebuild
from serving.services import Services
from serving.settings import Settings, to_environment
from serving.store.engine import running

ROOT = Path(__file__).resolve().parent.parent
"""Where the packages lie, for child processes."""

_STOP_SECONDS = 30.0


@contextmanager
def engine_of(settings: Settings) -> Iterator[str]:
    """The URL of the hot store: the configured one, else the home's own engine for as long as this runs. The home is
    in use meanwhile.
    """
    home = Home.open(settings.home)
    with shared(home.folder):
        if settings.redis_url is not None:
            yield settings.redis_url
            return
        with running(home.hot, settings.fsync) as url:
            yield url


def filled(services: Services, progress: Progress | None = None) -> Services:
    """With a hot store that holds the home; it is folded from the lake when it does not, by one process."""
    if is_empty(services):
        with (services.home.folder / "rebuild.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if is_empty(services):
                rebuild(services, services.clock.now(), progress)
    return services


@contextmanager
def worker_of(settings: Settings, url: str) -> Iterator[None]:
    """A stream worker beside this process, unless NEXTLEAD_WORKER=off or a sibling has started it."""
    if os.environ.get("NEXTLEAD_WORKER") == "off":
        yield
        return
    with (Home.open(settings.home).folder / "worker.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield
            return
        worker = start_worker(settings, url)
        try:
            yield
        finally:
            stop(worker)


def start_worker(settings: Settings, url: str) -> subprocess.Popen[bytes]:
    """A stream worker in a process of its own."""
    return start("-m", "serving.live.worker", settings=settings, url=url)


def start(
    *arguments: str, settings: Settings, url: str, more: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Python with these arguments and the same settings. An interrupt of the terminal does not reach it; it ends when
    this process is gone, if it holds its lifeline.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, **to_environment(settings), "NEXTLEAD_REDIS_URL": url, "PYTHONPATH": path}
    environment[PARENT] = str(os.getpid())
    return subprocess.Popen(
        [sys.executable, *arguments], env=environment | dict(more or {}), cwd=ROOT, start_new_session=True
    )


def stop(process: subprocess.Popen[bytes]) -> int:
    """Ask it to stop, wait, and insist only when it does not; its exit status."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
