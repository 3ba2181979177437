"""A person: the record of all ids that turned out to be one, as if all had been told of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from features.consents import together
from features.identity import Identity
from leads.history import IDENTITIES
from serving.people.contact import CONSENT, Contact, Facts


def person(into: str, records: Sequence[Contact], standing: Mapping[str, Collection[str]]) -> Contact:
    """The record under the id that survives. records: what each id told by itself. standing: id → its identities that
    still lead here; the others are left out.
    """
    whole = reduce(Contact.joined, records)
    keys = {key for record in records for key in standing[record.customer_id]}
    facts = {name: fact for name, fact in whole.facts.items() if name not in IDENTITIES}
    facts |= {name: together(_told(name, records)) for name in facts if name.startswith(CONSENT)}
    facts |= {kind: fact for kind in IDENTITIES if (fact := _reached(kind, records, standing)) is not None}
    spans = {key: span for record in records for key, span in record.spans.items() if span.wrong and key in keys}
    return replace(Contact.of(into, whole.at, facts, keys, spans), customer_id=into)


def _told(name: str, records: Sequence[Contact]) -> list[tuple[int, bool | None]]:
    """What each of them told of a field."""
    return [record.facts[name] for record in records if name in record.facts]


def _reached(
    kind: str, records: Sequence[Contact], standing: Mapping[str, Collection[str]]
) -> tuple[int, str | None] | None:
    """What was told last of an identity's kind and still leads here; when it was taken away, where nothing does."""
    found: Facts = {record.customer_id: record.facts[kind] for record in records if kind in record.facts}
    left = [
        fact for name, fact in found.items() if fact[1] is not None and Identity(kind, fact[1]).key in standing[name]
    ]
    taken = [fact for fact in found.values() if fact[1] is None]
    return max(left or taken, default=None, key=lambda fact: (fact[0], repr(fact[1])))
