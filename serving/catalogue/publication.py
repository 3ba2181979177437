"""Publication: a draft, or an earlier version, takes the place of the file that is served."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from features.configuration import load
from leads.errors import Conflicting, Forbidden, InvalidInput, InvalidWorkspace
from serving.catalogue.checking import Checking
from serving.catalogue.draft import Author, Draft
from serving.catalogue.drafts import Drafts
from serving.catalogue.shelf import Shelf
from serving.catalogue.versions import Version, Versions
from serving.decisions.versions import keep

BY_HAND = "found in the file, as it was put there by hand"

_LONGEST = 1000
"""Characters of a reason."""


class Publication:
    """second_person: whether somebody who did not write a draft must have approved it. past: whether the service shows
    a past, from which nothing is published.
    """

    def __init__(
        self, shelf: Shelf, drafts: Drafts, versions: Versions, checking: Checking, second_person: bool, past: bool
    ) -> None:
        self._shelf = shelf
        self._drafts = drafts
        self._versions = versions
        self._checking = checking
        self.second_person = second_person
        self._past = past

    def publish(self, number: int, seen: str, who: Author, why: str, now: datetime) -> Version:
        """A draft becomes what is served. seen: the name of its text as they saw it.

        Raises Conflicting where it was changed meanwhile, where another text was published since it was begun, and
        where it is not rehearsed; Forbidden before another person approved it, where the workspace asks for that;
        InvalidWorkspace for what cannot be served.
        """
        with self._shelf.locked():
            draft = self._drafts.read(number)
            draft.require_seen(seen)
            self._require_ready(draft)
            approved = None if draft.approved is None else draft.approved.by
            version = self._put(draft.text, who, why, now, approved_by=approved)
            self._drafts.drop(number)
            return version

    def take_back(self, number: int, who: Author, why: str, now: datetime) -> Version:
        """A version that was served before is served again. Raises NotFound, Conflicting, InvalidWorkspace."""
        with self._shelf.locked():
            earlier = self._versions.read(number)
            if earlier.text == self._shelf.text():
                raise Conflicting(f"version {number} is what is published")
            return self._put(earlier.text, who, why, now, back_to=number)

    def _require_ready(self, draft: Draft) -> None:
        if not draft.is_changed:
            raise Conflicting("it changes nothing")
        if draft.base != self._shelf.text():
            raise Conflicting("another version was published since this draft was begun: take it over first")
        if draft.rehearsed is None:
            raise Conflicting("it is published once it was tried on the ledger")
        if self.second_person and draft.approved is None:
            raise Forbidden("this workspace asks for a second person's approval before a catalogue is published")

    def _put(self, text: str, who: Author, why: str, now: datetime, **more: Author | int | None) -> Version:
        if self._past:
            raise Conflicting("this service shows a past, from which nothing is published")
        reason = why.strip()[:_LONGEST]
        if not reason:
            raise InvalidInput("why", why, "a reason, which is kept")
        self._checking.of(text).require()
        self._keep_what_is_there(now)
        version = self._versions.add(text, now, who, reason, **more)
        self._shelf.publish(version.number, version.name, text)
        return version

    def _keep_what_is_there(self, now: datetime) -> None:
        """What is replaced can be taken back to, and decisions that rest on it can be replayed."""
        there, latest = self._shelf.text(), self._versions.latest()
        if latest is None or latest.text != there:
            self._versions.add(there, now, None, BY_HAND)
        with suppress(InvalidWorkspace):  # By which nothing was decided.
            keep(self._shelf.home, load(self._shelf.home.workspace_folder))
