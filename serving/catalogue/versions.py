"""Versions of the catalogue: every text that was published, by whom, when and why, and who approved it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from leads.errors import NotFound
from serving.catalogue.draft import Author, named
from serving.catalogue.shelf import Shelf

_KIND = "versions"


@dataclass(frozen=True)
class Version:
    """by: who published it, None for what was in the file without a publication. back_to: the version that it is."""

    number: int
    text: str
    at: datetime
    by: Author | None
    why: str
    approved_by: Author | None = None
    back_to: int | None = None

    @property
    def name(self) -> str:
        return named(self.text)

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Version:
        by, approved = (None if kept[name] is None else Author(**kept[name]) for name in ("by", "approved_by"))
        at = datetime.fromisoformat(kept["at"])
        return cls(int(kept["number"]), str(kept["text"]), at, by, str(kept["why"]), approved, kept["back_to"])


class Versions:
    """Of one home."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def all(self) -> list[Version]:
        """The newest first."""
        return [self.read(number) for number in reversed(self._shelf.numbers(_KIND))]

    def read(self, number: int) -> Version:
        """Raises NotFound, Unavailable."""
        kept = self._shelf.read(_KIND, number)
        if kept is None:
            raise NotFound("version", str(number))
        return Version.read(kept)

    def latest(self) -> Version | None:
        numbers = self._shelf.numbers(_KIND)
        return self.read(numbers[-1]) if numbers else None

    def add(self, text: str, at: datetime, by: Author | None, why: str, **more: Any) -> Version:
        """One more, while the shelf is locked."""
        version = Version(max(self._shelf.numbers(_KIND), default=0) + 1, text, at, by, why, **more)
        self._shelf.write(_KIND, version.number, asdict(version))
        return version
