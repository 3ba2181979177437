"""The secret of a home: what is kept under it cannot be tried by who has not got it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from leads.errors import Unavailable

NAME = "secret"
"""Of the file in the home; it is the owner's alone."""

_BYTES = 32


def secret_of(folder: Path) -> bytes:
    """The home's secret, which is made when it is first asked for. Raises Unavailable for a file that holds none."""
    path = folder / NAME
    found = known_secret(folder)
    if found is not None:
        return found
    fresh = path.with_name(f".{NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # Of several who make one the first counts.
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    return _read(path)


def known_secret(folder: Path) -> bytes | None:
    """The home's secret, None where nothing was ever kept under one. Raises Unavailable."""
    try:
        return _read(folder / NAME)
    except FileNotFoundError:
        return None


def _read(path: Path) -> bytes:
    found = path.read_bytes()
    if len(found) != _BYTES:
        raise Unavailable(f"{path} does not hold the home's secret: put back a copy of it")
    return found
