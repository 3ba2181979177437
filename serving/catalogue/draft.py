"""A draft: the text of a catalogue that is not published yet, with what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from leads.errors import Conflicting

ALIVE = timedelta(seconds=30)
"""For so long a rehearsal that tells nothing is taken to go on."""


def named(text: str) -> str:
    """A name for a text, by what it says letter by letter."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Author:
    """Who does something. id: by which the audit trail names them; name: what people call them."""

    id: str
    name: str


@dataclass(frozen=True)
class Rehearsal:
    """What publishing a text would move. of: its name. since: from which decisions on. found: volumes, value and who
    loses what, None where the ledger holds nothing to decide again, and `why` says so.
    """

    of: str
    at: datetime
    since: datetime | None
    found: Mapping[str, Any] | None
    why: str | None


@dataclass(frozen=True)
class Rehearsing:
    """A rehearsal that goes on. share: how much is done, of 1. at: when that was told."""

    of: str
    at: datetime
    share: float


@dataclass(frozen=True)
class Approval:
    """Another person's yes to a text."""

    of: str
    at: datetime
    by: Author


@dataclass(frozen=True)
class Draft:
    """base: the text that was published when it was begun. authors: who has changed it, the last one last."""

    number: int
    base: str
    text: str
    authors: tuple[Author, ...]
    begun_at: datetime
    changed_at: datetime
    rehearsal: Rehearsal | None = None
    rehearsing: Rehearsing | None = None
    approval: Approval | None = None

    @cached_property
    def name(self) -> str:
        """Of its text."""
        return named(self.text)

    @property
    def is_changed(self) -> bool:
        return self.text != self.base

    @property
    def rehearsed(self) -> Rehearsal | None:
        """Of this very text."""
        return self.rehearsal if self.rehearsal is not None and self.rehearsal.of == self.name else None

    @property
    def approved(self) -> Approval | None:
        """Of this very text."""
        return self.approval if self.approval is not None and self.approval.of == self.name else None

    def under_way(self, now: datetime) -> Rehearsing | None:
        """The rehearsal of this text that goes on."""
        going = self.rehearsing
        return going if going is not None and going.of == self.name and now - going.at < ALIVE else None

    def wrote(self, who: Author) -> bool:
        """Whether it is theirs in part."""
        return any(author.id == who.id for author in self.authors)

    def require_seen(self, seen: str) -> None:
        """Raises Conflicting for who looked at another text of it."""
        if seen != self.name:
            who = self.authors[-1].name
            raise Conflicting(f"draft {self.number} was changed by {who} meanwhile: look at it again; nothing was done")

    def changed(self, text: str, who: Author, now: datetime) -> Draft:
        """With another text, of which nothing is known yet."""
        others = tuple(author for author in self.authors if author.id != who.id)
        return replace(self, text=text, authors=(*others, who), changed_at=now)

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Draft:
        """As `document` wrote it. Raises what a document of another kind raises."""
        rehearsal, going, approval = (kept[name] for name in ("rehearsal", "rehearsing", "approval"))
        return cls(
            number=int(kept["number"]),
            base=str(kept["base"]),
            text=str(kept["text"]),
            authors=tuple(Author(**author) for author in kept["authors"]),
            begun_at=datetime.fromisoformat(kept["begun_at"]),
            changed_at=datetime.fromisoformat(kept["changed_at"]),
            rehearsal=None if rehearsal is None else Rehearsal(**rehearsal | _times(rehearsal, "at", "since")),
            rehearsing=None if going is None else Rehearsing(**going | _times(going, "at")),
            approval=None if approval is None else _approval(approval),
        )


def _approval(kept: Mapping[str, Any]) -> Approval:
    return Approval(str(kept["of"]), datetime.fromisoformat(kept["at"]), Author(**kept["by"]))


def _times(kept: Mapping[str, Any], *names: str) -> dict[str, datetime | None]:
    return {name: None if kept[name] is None else datetime.fromisoformat(kept[name]) for name in names}
