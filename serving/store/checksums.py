"""Checksums of the append-only file, which has none: what changed on the disk since it was written is not believed.

Valkey checks its snapshots (the base file) by itself; the commands appended since are plain text to it, and a byte that
changed inside a value would load as if it had been written so.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_PIECE = 1 << 20
"""Bytes under one checksum."""

_NOTED = "appended.json"


@dataclass(frozen=True)
class Damage:
    """Bytes `start` to `stop` of a file that are not those that were written."""

    file: Path
    start: int
    stop: int


@dataclass
class Checksums:
    """Of the append-only files in an engine's folder.

    `note` covers what was there at the look before, so that all of it has reached the disk; `note(whole=True)`, once
    the engine has ended, covers everything.
    """

    folder: Path
    _seen: dict[str, int] = field(default_factory=dict)
    _pieces: dict[str, list[int]] = field(default_factory=dict)

    def note(self, whole: bool = False) -> None:
        """Write down the checksums of what has been appended."""
        sizes = {path.name: path.stat().st_size for path in _files(self.folder)}
        covered = {name: size if whole else min(size, self._seen.get(name, 0)) for name, size in sizes.items()}
        self._seen = sizes
        self._pieces = {name: self._summed(name, size) for name, size in covered.items()}
        document = {name: {"bytes": size, "crc32": self._pieces[name]} for name, size in covered.items()}
        fresh = self.folder / f".{_NOTED}.{os.getpid()}"
        fresh.write_text(json.dumps(document), encoding="utf-8")
        fresh.replace(self.folder / _NOTED)

    def _summed(self, name: str, size: int) -> list[int]:
        """The last two pieces known are summed again: loading may have cut off a command that was half written."""
        kept = self._pieces.get(name, [])[:-2][: size // _PIECE]
        return kept + [total for _, _, total in _sums(self.folder, name, size, len(kept) * _PIECE)]


def damage(folder: Path) -> Damage | None:
    """The first bytes that are not as they were noted; None where all is well, or nothing was noted."""
    noted = folder / _NOTED
    if not noted.is_file():
        return None
    try:
        known = {
            name: (int(told["bytes"]), list(told["crc32"])) for name, told in json.loads(noted.read_text()).items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return Damage(noted, 0, noted.stat().st_size)
    for path in _files(folder):
        size, sums = known.get(path.name, (0, []))
        found = list(_sums(folder, path.name, size, 0))
        for (start, stop, total), wanted in zip(found, sums, strict=False):
            if total != wanted:
                return Damage(path, start, stop)
        if len(found) != len(sums):
            return Damage(path, path.stat().st_size, size)
    return None


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "appendonlydir").glob("*.incr.aof"))


def _sums(folder: Path, name: str, size: int, start: int) -> Iterator[tuple[int, int, int]]:
    """Begin, end and checksum of each piece of the first `size` bytes from `start` on; a shorter file ends them."""
    with (folder / "appendonlydir" / name).open("rb") as file:
        file.seek(start)
        while start < size:
            piece = file.read(min(_PIECE, size - start))
            if not piece:
                return
            yield start, start + len(piece), zlib.crc32(piece)
            start += len(piece)
