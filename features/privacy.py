"""Files of a home are its owner's alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from leads.errors import Unavailable

ALONE = 0o700
"""Mode of a folder that only its owner opens."""

UMASK = 0o077
"""Of every process that writes to a home: what it makes is its user's alone."""


def keep_private() -> None:
    """Have whatever this process makes from here on be its user's alone."""
    os.umask(UMASK)


def close_to_others(folder: Path) -> None:
    """Have a folder be open to its owner alone. Raises Unavailable where that is not the user of this process."""
    found = _require_own(folder)
    if stat.S_IMODE(found.st_mode) & UMASK:
        folder.chmod(ALONE)


def own_folder(folder: Path) -> Path:
    """A folder of this user alone in a place where others may make one too; it is made where it is not there. Raises
    Unavailable for one that somebody else made, or that is open to others.
    """
    try:
        folder.mkdir(mode=ALONE)
    except FileExistsError:
        found = _require_own(folder)
        if not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) & UMASK:
            raise Unavailable(f"{folder} is open to others: remove it, or make it a folder of mode 700") from None
    return folder


def _require_own(path: Path) -> os.stat_result:
    """What the system says of a path itself, not of where it leads."""
    found = path.lstat()
    if found.st_uid != os.geteuid():
        raise Unavailable(
            f"{path} belongs to another user (id {found.st_uid}) than this process (id {os.geteuid()}): run it as its "
            "owner, or give it to this user"
        )
    return found
