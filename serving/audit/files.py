"""The files of the trail: some chains, each as one or more files, and how far each reaches for sure."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from serving.audit.seal import FIRST, Seal

_CHAIN = re.compile(r"chain-(\d{3})\.ndjson")
_HEAD_BYTES = 160


def audit_folder(home: Path) -> Path:
    """Where a home keeps its trail."""
    return home / "audit"


@dataclass(frozen=True)
class Mark:
    """A place in a chain: the number and the seal of a line."""

    number: int
    seal: str


BEGINNING = Mark(0, FIRST)


@dataclass(frozen=True)
class ChainFiles:
    """Of one chain, by its number. The file that is written to comes last; full ones are named by their last line."""

    folder: Path
    number: int

    @property
    def current(self) -> Path:
        return self.folder / f"chain-{self.number:03d}.ndjson"

    @property
    def full(self) -> list[Path]:
        """Those that are written to no more, in their order."""
        return sorted(self.folder.glob(f"chain-{self.number:03d}.*.ndjson"))

    def full_until(self, number: int) -> Path:
        """The name of the current one once it is full, with this line as its last."""
        return self.folder / f"chain-{self.number:03d}.{number:012d}.ndjson"

    @property
    def head(self) -> Path:
        """Says which line is on the disk for sure."""
        return self.folder / f"chain-{self.number:03d}.head"

    @property
    def start(self) -> Path:
        """Says which line was the last of what was deleted because it was kept for long enough."""
        return self.folder / f"chain-{self.number:03d}.start"

    def lines(self) -> Iterator[bytes]:
        """As they stand in the files."""
        for path in (*self.full, self.current):
            if path.exists():
                with path.open("rb") as file:
                    yield from file

    def write_mark(self, path: Path, mark: Mark, seal: Seal) -> None:
        """Have a file say this place; it is on the disk when this returns."""
        text = f"{mark.number} {mark.seal}"
        told = f"{text} {seal.of(path.suffix, text)}".ljust(_HEAD_BYTES - 1) + "\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, told.encode(), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def mark(self, path: Path, seal: Seal) -> Mark | None:
        """The place that a file says; the beginning where there is none, None for one that somebody has changed."""
        try:
            number, at, sealed = path.read_text("ascii").split()
        except FileNotFoundError:
            return BEGINNING
        except ValueError:
            return None
        text = f"{number} {at}"
        return Mark(int(number), at) if seal.fits(sealed, path.suffix, text) else None


def chains(folder: Path) -> list[ChainFiles]:
    """The chains there are, also one of which no more is left than its head."""
    names = {path.name.partition(".")[0] for path in folder.glob("chain-*")}
    return [ChainFiles(folder, int(name.removeprefix("chain-"))) for name in sorted(names)]
