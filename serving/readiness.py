"""Word of a child process that it is at work: a byte on a pipe that its parent reads."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from contextlib import suppress

VARIABLE = "NEXTLEAD_READY"
"""Variable that names the descriptor on which the child says so."""


class Pipe:
    """The parent's end. `given` is what the child needs of it."""

    def __init__(self) -> None:
        self._end, self.given = os.pipe()
        os.set_blocking(self._end, False)
        self._told = False

    def started(self) -> None:
        """The child has its end."""
        os.close(self.given)

    def is_told(self) -> bool:
        """Whether the child has said that it is at work."""
        if not self._told:
            with suppress(BlockingIOError):
                self._told = os.read(self._end, 1) != b""
        return self._told

    def close(self) -> None:
        """Nothing is asked of it any more."""
        if self._end >= 0:
            os.close(self._end)
        self._end, self._told = -1, True


def tell(environment: MutableMapping[str, str]) -> None:
    """Say to whoever started this process that it is at work; nothing where nobody asks."""
    named = environment.pop(VARIABLE, "")
    if named.isdigit():
        with suppress(OSError):  # The parent is gone.
            os.write(int(named), b".")
        with suppress(OSError):
            os.close(int(named))
