"""Where a home keeps drafts and versions of its catalogue: numbered documents, and the file that is published."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from features.home import Home
from serving.homefile import HomeFile


@dataclass(frozen=True)
class Published:
    """Which version was published last: its number, 0 before the first, and the name of its text."""

    version: int = 0
    name: str = ""

    @classmethod
    def read(cls, kept: Any) -> Published:
        return cls() if kept is None else cls(int(kept["version"]), str(kept["name"]))


class Shelf:
    """Of one home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._folder = home.folder / "catalogue"
        self._published = HomeFile(
            self._folder / "published.json", dict, Published.read, "the number and name of a version"
        )

    @property
    def file(self) -> Path:
        """The published catalogue, which is the truth."""
        return self.home.workspace_folder / "actions.yaml"

    def text(self) -> str:
        """Of the published catalogue; nothing where the workspace has none."""
        return self.file.read_text("utf-8") if self.file.is_file() else ""

    def published(self) -> Published:
        """Read anew only where it has changed."""
        return self._published.current()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else changes anything here meanwhile."""
        with self._published.locked():
            yield

    def numbers(self, kind: str) -> list[int]:
        """Of the documents of a kind, in order."""
        return sorted(int(path.stem) for path in (self._folder / kind).glob("*.json") if path.stem.isdigit())

    def next_number(self, kind: str) -> int:
        """One that no document of a kind has had; while this is locked."""
        kept = HomeFile(self._folder / "numbers.json", dict, lambda told: dict(told or {}), "numbers by kind")
        numbers: dict[str, int] = kept.read()
        numbers[kind] = max([numbers.get(kind, 0), *self.numbers(kind)]) + 1
        kept.write(numbers)
        return numbers[kind]

    def read(self, kind: str, number: int) -> Any:
        """A document, None where there is none. Raises Unavailable where it is damaged."""
        return self._document(kind, number).read()

    def write(self, kind: str, number: int, document: Any) -> None:
        (self._folder / kind).mkdir(parents=True, exist_ok=True)
        self._document(kind, number).write(document)

    def drop(self, kind: str, number: int) -> None:
        self._path(kind, number).unlink(missing_ok=True)

    def publish(self, version: int, name: str, text: str) -> None:
        """Put a text in the place of the published one, whole or not at all, and tell whoever watches."""
        fresh = self.file.with_name(f".{self.file.name}.{uuid4().hex}")
        try:
            with fresh.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.file)
        finally:
            fresh.unlink(missing_ok=True)
        self._published.write({"version": version, "name": name})

    def _document(self, kind: str, number: int) -> HomeFile[Any]:
        return HomeFile(self._path(kind, number), dict, lambda kept: kept, "what a draft or version of a catalogue is")

    def _path(self, kind: str, number: int) -> Path:
        return self._folder / kind / f"{number:05d}.json"
