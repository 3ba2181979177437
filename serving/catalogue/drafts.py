"""Drafts of a home: begun from what is published, changed by whoever may, and kept until published or discarded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from leads.errors import Conflicting, Forbidden, InvalidInput, NotFound
from serving.catalogue.draft import Approval, Author, Draft, Rehearsal, Rehearsing
from serving.catalogue.merged import merged
from serving.catalogue.shelf import Shelf

_KIND = "drafts"

LONGEST = 2_000_000
"""Characters of a text."""


class Drafts:
    """Each change is on the disk when it returns, and is refused where somebody else was first."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def all(self) -> list[Draft]:
        """The one that was changed last first."""
        found = [self.read(number) for number in self._shelf.numbers(_KIND)]
        return sorted(found, key=lambda draft: draft.changed_at, reverse=True)

    def read(self, number: int) -> Draft:
        """Raises NotFound, Unavailable."""
        kept = self._shelf.read(_KIND, number)
        if kept is None:
            raise NotFound("draft", str(number), "it was published or discarded")
        return Draft.read(kept)

    def begin(self, who: Author, now: datetime) -> Draft:
        """From what is published. Raises NotFound where the workspace has no catalogue of its own."""
        with self._shelf.locked():
            text = self._shelf.text()
            if not text:
                raise NotFound("file", "actions.yaml", "this workspace has no catalogue to change")
            return self._kept(Draft(self._shelf.next_number(_KIND), text, text, (who,), now, now))

    def change(self, number: int, seen: str, text: str, who: Author, now: datetime) -> Draft:
        """Say something else. seen: the name of the text that they changed. Raises Conflicting, InvalidInput."""
        if len(text) > LONGEST:
            raise InvalidInput("text", f"{len(text):,} characters", f"at most {LONGEST:,}")
        with self._shelf.locked():
            draft = self.read(number)
            draft.require_seen(seen)
            return draft if text == draft.text else self._kept(draft.changed(text, who, now))

    def take_over(self, number: int, seen: str, who: Author, now: datetime) -> Draft:
        """Do what it changes to what is published by now. Raises Conflicting where both changed the same lines."""
        with self._shelf.locked():
            draft, text = self.read(number), self._shelf.text()
            draft.require_seen(seen)
            made = merged(draft.base, draft.text, text)
            return self._kept(replace(draft.changed(made, who, now), base=text))

    def goes_on(self, number: int, told: Rehearsing) -> bool:
        """Note how far a rehearsal is; whether its text is still that of the draft."""
        return self._told(number, told.of, rehearsing=told)

    def rehearsed(self, number: int, told: Rehearsal) -> bool:
        """Note what a rehearsal found."""
        return self._told(number, told.of, rehearsal=told, rehearsing=None)

    def broke_off(self, number: int, of: str) -> None:
        """A rehearsal found nothing, and does not go on."""
        self._told(number, of, rehearsing=None)

    def approve(self, number: int, seen: str, who: Author, now: datetime) -> Draft:
        """Another person says yes. Raises Forbidden for who wrote at it, Conflicting before it was rehearsed."""
        with self._shelf.locked():
            draft = self.read(number)
            draft.require_seen(seen)
            if draft.wrote(who):
                raise Forbidden("a draft is approved by somebody who did not write it")
            if draft.rehearsed is None:
                raise Conflicting(
                    "it is approved once it was tried on the ledger: what it moves is part of what is approved"
                )
            return self._kept(replace(draft, approval=Approval(draft.name, now, who)))

    def discard(self, number: int, seen: str) -> None:
        """Away with it. Raises Conflicting, NotFound."""
        with self._shelf.locked():
            self.read(number).require_seen(seen)
            self.drop(number)

    def drop(self, number: int) -> None:
        """While the shelf is locked."""
        self._shelf.drop(_KIND, number)

    def _told(self, number: int, of: str, **told: Any) -> bool:
        with self._shelf.locked():
            try:
                draft = self.read(number)
            except NotFound:
                return False
            if draft.name != of:
                return False
            self._kept(replace(draft, **told))
            return True

    def _kept(self, draft: Draft) -> Draft:
        self._shelf.write(_KIND, draft.number, draft.document())
        return draft
