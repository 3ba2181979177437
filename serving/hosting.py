"""What a running service stands on: the hot store, and the stream worker."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from features.home import Home
from features.occupancy import shared
from features.privacy import close_to_others
from serving.children import start, stop
from serving.settings import Settings
from serving.store.engine import running


@contextmanager
def engine_of(settings: Settings) -> Iterator[str]:
    """The URL of the hot store: the configured one, else the home's own engine for as long as this runs. The home is
    in use meanwhile.
    """
    home = Home.open(settings.home)
    close_to_others(home.folder)
    with shared(home.folder):
        if settings.redis_url is not None:
            yield settings.redis_url
            return
        with running(home.hot, settings.fsync) as url:
            yield url


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
    return start("-m", "serving.worker", settings=settings, url=url)
