"""What the pages of the catalogue show: the published one, drafts with how far they are, and versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from console.catalogue.columns import options
from console.catalogue.difference import changed_lines, difference
from console.catalogue.schema import allowed
from console.catalogue.sections import PARTS, Field, Group, Part, entries, groups, part_at, part_of
from console.guest import Guest
from features.configuration import Configuration
from leads.errors import NotFound
from leads.words.bilingual import Text
from serving.access.act import Act
from serving.catalogue.checking import Checked, Checking, Fault
from serving.catalogue.draft import Author, Draft
from serving.catalogue.publication import Publication
from serving.catalogue.shelf import Shelf
from serving.catalogue.written import Written


def author(guest: Guest) -> Author:
    """Who they are in a draft and in history."""
    return Author(guest.principal.id, guest.name)


@dataclass(frozen=True)
class Refusal:
    """A fault as a page tells of it. part, entry: where it stands, None where in no section."""

    fault: Fault
    allowed: Text
    part: Part | None
    entry: str | None


class Room:
    """configuration: that of this process, which may not be the published one for some seconds."""

    def __init__(
        self, configuration: Configuration, shelf: Shelf, checking: Checking, publication: Publication
    ) -> None:
        self.configuration = configuration
        self.shelf = shelf
        self.checking = checking
        self.publication = publication

    def is_served(self) -> bool:
        """Whether this process goes by what is published."""
        found = self.checking.of(self.shelf.text()).configuration
        return found is not None and found.catalogue.digest == self.configuration.catalogue.digest

    def refusal_of(self, checked: Checked) -> Refusal | None:
        """What is refused of a text."""
        if checked.fault is None:
            return None
        at = part_at(checked.fault.key)
        part, entry = (None, None) if at is None else at
        return Refusal(checked.fault, allowed(checked.fault.allowed), part, entry)

    def draft(self, draft: Draft, guest: Guest, now: datetime) -> dict[str, Any]:
        """All about a draft, and what this guest may do with it."""
        checked = self.checking.of(draft.text)
        lines = difference(draft.base, draft.text)
        who = author(guest)
        asks = self.publication.second_person
        return {
            "draft": draft,
            "fault": self.refusal_of(checked),
            "folds": checked.folds,
            "good": checked.is_good,
            "lines": lines,
            "changed": changed_lines(lines),
            "outdated": draft.base != self.shelf.text(),
            "asks": asks,
            "going": draft.under_way(now),
            "tried": draft.rehearsed,
            "persons": guest.may(Act.READ_CUSTOMER),
            "edits": guest.may(Act.CHANGE_CATALOGUE),
            "approves": guest.may(Act.APPROVE_CATALOGUE) and not draft.wrote(who),
            "publishes": guest.may(Act.PUBLISH_CATALOGUE),
            "parts": PARTS,
        }

    def section(self, text: str, name: str, entry: str | None) -> dict[str, Any]:
        """A section of a text as fields. Raises NotFound for one that there is not."""
        part = part_of(name)
        if part is None:
            raise NotFound("section", name)
        checked = self.checking.of(text)
        written = readable(text)
        if written is None:
            return {"part": part, "entry": entry, "parts": PARTS, "entries": [], "groups": None, "options": {}}
        if entry is not None and (not part.each or written.value((*part.paths[0], entry)) is None):
            raise NotFound("entry", entry)
        listed = entries(written, part) if part.each else []
        shown = [] if part.each and entry is None else groups(written, part, entry, checked.fault)
        own = options(self.configuration if checked.configuration is None else checked.configuration)
        return {"part": part, "entry": entry, "parts": PARTS, "entries": listed, "groups": shown, "options": own}


def readable(text: str) -> Written | None:
    """A text that is YAML at all."""
    try:
        return Written(text)
    except yaml.YAMLError:
        return None


def fields_of(told: Mapping[str, Any]) -> list[Field]:
    """All fields of a section."""
    found: list[Group] = told["groups"] or []
    return [field for group in found for field in group.fields]
