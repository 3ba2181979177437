"""Children end with their parent: a process that was killed leaves nothing behind that holds its port or its store.

Who starts a process says so in its environment; the child looks now and then whether that parent is still its own.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import MutableMapping
from pathlib import Path

PARENT = "NEXTLEAD_PARENT"
"""Variable that names the process which started this one."""

_LOOK = 0.5
"""Seconds between looks."""

_PATIENCE = 30.0
"""Seconds in which an orphan may end in order before it ends at once."""


def hold(environment: MutableMapping[str, str]) -> None:
    """End in order (SIGTERM) once the process that started this one is gone; nothing where none is named.

    What this process starts in its turn, with the environment as it is from here on, belongs to this one.
    """
    named = environment.get(PARENT, "")
    environment[PARENT] = str(os.getpid())
    if named.isdigit() and named != environment[PARENT]:
        threading.Thread(target=_watch, args=(int(named),), name="lifeline", daemon=True).start()


def _watch(named: int) -> None:
    parent = os.getppid()
    while os.getppid() == parent and (parent == named or _runs(named)):
        time.sleep(_LOOK)
    print("the process that started this one is gone: it ends too", file=sys.stderr)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE)
    os._exit(1)


def _runs(process: int) -> bool:
    """Whether a process is at work: one that has ended and that nobody has asked after yet is not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _has_ended(process)


def _has_ended(process: int) -> bool:
    """False where the system does not say."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] in "ZX"
