"""When keys were last used: noted in memory, and in the home every minute."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leads.errors import Unavailable
from serving.homefile import HomeFile

_EVERY = 60.0
"""Seconds between notes of a process."""


class KeyUse:
    """The last use of each key, by its id, as far as it is noted beside the file of the keys."""

    def __init__(self, keys: Path) -> None:
        self._file = HomeFile(keys.with_name("keys.used.json"), dict, _times, "times by key as the service writes them")
        self._used: dict[str, float] = {}
        self._noted = -_EVERY

    def note(self, key_id: str) -> None:
        """It is used now. A disk that takes nothing, or a damaged file, keeps nobody from working."""
        self._used[key_id] = time.time()
        if time.monotonic() - self._noted >= _EVERY:
            self._noted = time.monotonic()
            with suppress(OSError, Unavailable):
                self._write()

    def read(self) -> Mapping[str, datetime]:
        """By key."""
        return {key_id: datetime.fromtimestamp(at, UTC) for key_id, at in self._file.read().items()}

    def _write(self) -> None:
        with self._file.locked():
            known = self._file.read()
            self._file.write(known | {name: max(at, known.get(name, at)) for name, at in self._used.items()})


def _times(document: Any) -> dict[str, float]:
    return {str(name): float(at) for name, at in (document or {}).items()}
