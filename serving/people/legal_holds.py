"""Legal holds: of whom nothing may be destroyed. An erasure then is a restriction: they are gone from everywhere, and
what was kept is sealed until the hold is lifted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from features.digest import Digests
from leads.errors import Conflicting, NotFound
from serving.homefile import HomeFile
from serving.people.sealed_files import SealedFiles

FOLDER = "held"


@dataclass(frozen=True)
class LegalHold:
    """names: digests of the ids that the person has or had. restricted: since when they are erased but for what is
    sealed, in the file `kept`; None where they were not erased.
    """

    names: tuple[str, ...]
    by: str
    why: str
    since: datetime
    restricted: datetime | None = None
    kept: str | None = None


class LegalHolds:
    """Of a home. The file tells nobody's id."""

    def __init__(self, folder: Path, digests: Digests) -> None:
        self._file = HomeFile(folder / "holds.json", list, _read, "a list of holds as the service writes it")
        self._sealed = SealedFiles(folder, FOLDER)
        self._digests = digests

    def all(self) -> tuple[LegalHold, ...]:
        return self._file.current()

    def of(self, customer_ids: Iterable[str]) -> LegalHold | None:
        """The hold on a person, by any of their ids."""
        holds = self._file.current()
        names = {self._digests.of(name) for name in customer_ids} if holds else set()
        return next((hold for hold in holds if not names.isdisjoint(hold.names)), None)

    def among(self, customer_ids: Sequence[str]) -> list[bool]:
        """Of each id whether it is a person's of whom nothing may be destroyed."""
        held = {name for hold in self._file.current() for name in hold.names}
        return [bool(held) and self._digests.of(name) in held for name in customer_ids]

    def place(self, customer_ids: Sequence[str], by: str, why: str, now: datetime) -> LegalHold:
        """Hold a person. Raises Conflicting where they are held already."""
        if self.of(customer_ids) is not None:
            raise Conflicting("this customer is held already")
        made = LegalHold(tuple(map(self._digests.of, customer_ids)), by, why, now)
        self._change(lambda holds: [*holds, made])
        return made

    def restrict(self, customer_ids: Sequence[str], content: bytes, now: datetime) -> None:
        """Seal what is kept of a person who is held and is about to be erased."""
        names = tuple(map(self._digests.of, customer_ids))
        self._sealed.write(names[0], content)

        def restricted(hold: LegalHold) -> LegalHold:
            if set(names).isdisjoint(hold.names):
                return hold
            return replace(hold, names=tuple({*hold.names, *names}), restricted=now, kept=names[0])

        self._change(lambda holds: [restricted(hold) for hold in holds])

    def opened(self, hold: LegalHold) -> bytes:
        """What is sealed of a person. Raises NotFound where nothing is, Unavailable where it cannot be opened."""
        if hold.kept is None:
            raise NotFound("sealed record", "(withheld)")
        return self._sealed.read(hold.kept)

    def lift(self, customer_ids: Sequence[str]) -> LegalHold:
        """End the hold: what was sealed is destroyed. Raises NotFound for a person who is not held."""
        found = self.of(customer_ids)
        if found is None:
            raise NotFound("hold", "(withheld)")
        self._change(lambda holds: [hold for hold in holds if hold.names != found.names])
        if found.kept is not None:
            self._sealed.remove(found.kept)
        return found

    def _change(self, change: Any) -> None:
        with self._file.locked():
            self._file.write([asdict(hold) for hold in change(self._file.read())])


def _read(document: Any) -> tuple[LegalHold, ...]:
    return tuple(_hold(item) for item in document or ())


def _hold(item: Mapping[str, Any]) -> LegalHold:
    since, restricted = (_time(item.get(name)) for name in ("since", "restricted"))
    if since is None:
        raise ValueError("since")
    told = {"names": tuple(item["names"]), "since": since, "restricted": restricted}
    return LegalHold(**{**item, **told})


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
