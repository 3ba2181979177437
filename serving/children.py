"""Child processes of a service: Python with the same settings, how it is stopped, and what one does once in a while."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from serving.lifeline import PARENT
from serving.settings import Settings, to_environment

ROOT = Path(__file__).resolve().parent.parent
"""Where the packages lie, for child processes."""

_STOP_SECONDS = 30.0


def start(
    *arguments: str, settings: Settings, url: str | None, more: Mapping[str, str] | None = None,
    inherited: Sequence[int] = (),
) -> subprocess.Popen[bytes]:  # fmt: skip
    """Python with these arguments and the same settings. url: of the store; where it is not known yet, the child waits
    for it on its standard input. inherited: descriptors that it has too. An interrupt of the terminal does
    not reach it; it ends when this process is gone, if it holds its lifeline.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, **to_environment(settings), "PYTHONPATH": path}
    environment |= {} if url is None else {"NEXTLEAD_REDIS_URL": url}
    environment[PARENT] = str(os.getpid())
    return subprocess.Popen(
        [sys.executable, *arguments], env=environment | dict(more or {}), cwd=ROOT, start_new_session=True,
        pass_fds=inherited, stdin=subprocess.PIPE if url is None else None,
    )  # fmt: skip


def stop(process: subprocess.Popen[bytes]) -> int:
    """Ask it to stop, wait, and insist only when it does not; its exit status."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


class Errand:
    """What a process of its own does once whenever it is sent, one at a time. name: by which a failure is told. begin:
    starts it.
    """

    def __init__(self, name: str, begin: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._name = name
        self._begin = begin
        self._process: subprocess.Popen[bytes] | None = None

    def send(self) -> None:
        """Begin it. It must not be busy."""
        self._process = self._begin()

    @property
    def busy(self) -> bool:
        """Whether it is out now."""
        if self._process is None:
            return False
        status = self._process.poll()
        if status is None:
            return True
        if status:
            told = f"{self._name}: ended with status {status}; it is tried again when it is due next"
            print(told, file=sys.stderr)
        self._process = None
        return False

    def stop(self) -> None:
        """Leave unfinished what is not done."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            stop(self._process)
