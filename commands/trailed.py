"""What is done on the command line stands in the home's audit trail too."""

from __future__ import annotations

import getpass
import time
from collections.abc import Sequence
from pathlib import Path


def trailed(home: Path, act: str, command: str, whom: Sequence[str] = (), why: str | None = None) -> None:
    """Take down what this user of the system does, before it is done. command: such as `keys create`. whom: ids of
    customers. Raises NotFound where there is no home, Unavailable where the trail cannot be written.
    """
    from features.home import Home
    from serving.audit.entry import Entry
    from serving.audit.trail import Trail

    trail = Trail(Home.open(home).folder)
    trail.keep(Entry(time.time(), f"os:{_user()}", "operator", act, f"nextlead {command}", whom=whom, why=why))
    trail.close()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A user without a name, as in a container.
        return "unnamed"
