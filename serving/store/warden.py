"""The warden of an engine: starts it, notes the checksums of what it appends, and stops it once nobody uses it.

python -m serving.store.warden FOLDER COMMAND…     SIGTERM stops the engine; ends with the engine's exit status

Whoever uses the engine holds the folder's lock, and the system lets go of it for those who were killed: so no engine
outlives the last of them, however they ended. Nor does it outlive its warden, where the system can tell it: whoever
still uses it starts both again.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from serving.store.checksums import Checksums

LOCK = "owner.lock"
"""In the engine's folder: held, shared, by all who use it."""

_LOOK = 0.1
"""Seconds between looks whether it runs and anybody uses it."""

_DESERTED = 3.0
"""Seconds without anybody after which it stops: who ends in order may still need it."""

_NOTE = 5.0
"""Seconds between notes: what was appended before the last one has reached the disk."""

_PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


class Warden:
    """Of one engine, the child process."""

    def __init__(self, folder: Path, engine: subprocess.Popen[bytes]) -> None:
        self._folder = folder
        self._engine = engine
        self._checksums = Checksums(folder)
        self._stopping = threading.Event()

    def stop(self, *_: object) -> None:
        """Stop the engine, in order."""
        self._stopping.set()

    def run(self) -> int:
        """Until the engine ends, by itself or because nobody uses it; its exit status."""
        used = noted = time.monotonic()
        while self._engine.poll() is None and not self._stopping.wait(_LOOK):
            now = time.monotonic()
            if in_use(self._folder):
                used = now
            if now - used >= _DESERTED:
                self.stop()
            if now - noted >= _NOTE:
                noted = now
                self._note()
        ended = self._engine.poll()
        if ended is None:
            self._engine.terminate()
            ended = self._engine.wait()
        self._note(whole=True)
        return ended

    def _note(self, whole: bool = False) -> None:
        """A full disk, or a file that a rewrite has just replaced, is looked at again later."""
        with suppress(OSError):
            self._checksums.note(whole)


def in_use(folder: Path) -> bool:
    """Whether anybody uses the engine of this folder."""
    try:
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def bound_to(parent: int) -> None:
    """Let the kernel stop this process in order once its parent has ended; only Linux does (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """Run an engine until it is not needed any more."""
    folder, command, mine = Path(sys.argv[1]), sys.argv[2:], os.getpid()
    warden = Warden(folder, subprocess.Popen(command, preexec_fn=lambda: bound_to(mine)))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, warden.stop)
    return warden.run()


if __name__ == "__main__":
    sys.exit(main())
