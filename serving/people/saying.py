"""A saying: a word on a consent with its proof, which the record keeps as an event of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.own_events import CONSENTED
from serving.clock import from_microseconds, written
from serving.events.stream import Event
from serving.people.contact import CONSENT, Contact

SOURCE = "nextlead/consents"


@dataclass(frozen=True)
class Saying:
    """What somebody said of a purpose, and how that can be shown.

    given: None takes the word away. at: when they said so, in microseconds; None when it is told. by: who heard it.
    source: where, such as a form or a recording. text: to what they said it. The proof is empty where nobody told one.
    """

    purpose: str
    given: bool | None
    at: int | None = None
    by: str | None = None
    source: str | None = None
    text: str | None = None

    @property
    def is_proven(self) -> bool:
        return any(part is not None for part in (self.by, self.source, self.text))

    def document(self, at: int) -> dict[str, Any]:
        """As the record keeps it that was told then."""
        parts = {"by": self.by, "source": self.source, "text": self.text}
        when = written(from_microseconds(at if self.at is None else self.at))
        return {"purpose": self.purpose, "given": self.given, "at": when} | {k: v for k, v in parts.items() if v}

    def heard(self, record: Contact, at: int) -> Contact:
        """A record after it was told at a time."""
        return record.told(at if self.at is None else self.at, {CONSENT + self.purpose: self.given})

    def is_news(self, record: Contact) -> bool:
        """Whether it is not what a record says already."""
        _, standing = record.facts.get(CONSENT + self.purpose, (0, None))
        return standing is not self.given


def consented(customer_id: str, sayings: Sequence[Saying], told_by: str | None, at: int) -> Event:
    """The own event that keeps them. told_by: who told us, a key's id or a person's."""
    data = {"said": [saying.document(at) for saying in sayings], "told_by": told_by}
    return Event(uuid.uuid4().hex, SOURCE, CONSENTED, customer_id, at, data)


def consented_by_event(event: Event, data: Mapping[str, Any], told_by: str | None) -> Event:
    """The same of a word that an event told, once however often that is sent. data: all that it carries."""
    parts = {name: data[name] for name in ("by", "text") if isinstance(data.get(name), str) and data[name]}
    said = {
        "purpose": event.data.get("channel"), "given": event.data.get("consent"),
        "at": written(from_microseconds(event.time)), "source": event.source, **parts,
    }  # fmt: skip
    kept = {"said": [said], "told_by": told_by, "of": [event.source, event.id]}
    name = uuid.uuid5(uuid.NAMESPACE_OID, f"{event.source}\x00{event.id}").hex
    return Event(name, SOURCE, CONSENTED, event.customer_id, event.time, kept)
