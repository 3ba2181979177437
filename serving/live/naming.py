"""Naming: by which texts a customer was ever told, in identities, tags and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from serving.events.timeline import HotTimelines
from serving.live.pending_erasures import Names
from serving.people.contact import Contact
from serving.people.contacts import Contacts

_PHONE = "phone:"


class Named(NamedTuple):
    """identities: those that are nobody else's now. names: all texts. resting: digests of numbers at which nobody is
    called, by since when (us).
    """

    identities: Sequence[str]
    names: Names
    resting: Mapping[str, int]


class Naming:
    """Says how customers are named. tags: those of text, and whether no two people share a value."""

    def __init__(self, contacts: Contacts, timelines: HotTimelines, tags: Mapping[str, bool]) -> None:
        self._contacts = contacts
        self._timelines = timelines
        self._tags = tags

    def of(self, contact: Contact, ids: Sequence[str]) -> Named:
        """Of a customer with all ids that are theirs."""
        own, _ = self._contacts.own(ids)
        known = sorted({*contact.keys, *(key for record in own.values() for key in record.keys)})
        ever = sorted({key for record in own.values() for key in (*record.keys, *record.tellings)})
        names = Names([*self._contacts.alone(ever, ids), *self._in(contact, True)], self._in(contact, False))
        resting = self._contacts.numbers.resting(self._phones(ever, ids))
        return Named(self._contacts.alone(known, ids), names, resting)

    def _phones(self, ever: Sequence[str], ids: Sequence[str]) -> list[str]:
        """Numbers that they had, and those that were dialled for them."""
        phones = [key.removeprefix(_PHONE) for key in ever if key.startswith(_PHONE)]
        return phones + [str(event.data["phone"]) for event in self._timelines.kept(ids) if event.data.get("phone")]

    def _in(self, contact: Contact, distinct: bool) -> list[str]:
        """What a customer is called in tags where no two share a value, or some may."""
        names = [name for name, alone in self._tags.items() if alone == distinct]
        return [str(contact.tags[name]) for name in names if contact.tags.get(name) is not None]
