"""A circle: the ids whose person may be another one after a change, with all that decides who is who among them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import redis

from features.people import Known, too_many
from leads.configuration.workspace import Workspace
from serving.people.contact import Contact, distinct_of
from serving.people.contacts import Contacts
from serving.store.keyspace import Keyspace
from serving.store.personal import personal


@dataclass
class Holders:
    """Of an identity: the id that it leads to, who has or had it, and whether it is in dispute; as kept until now.

    ids is None where they are so many that a single change makes no difference.
    """

    owner: str | None
    ids: set[str] | None
    disputed: bool
    listed: bool


@dataclass
class Circle:
    """What is known before a change and with it.

    before: records of their own that ids had; records: what they have with the change, without those who are gone.
    links: id → the one it was merged into; into: id → the one that survived. people: records of persons.
    """

    before: dict[str, Contact] = field(default_factory=dict)
    records: dict[str, Contact] = field(default_factory=dict)
    people: dict[str, Contact] = field(default_factory=dict)
    verdicts: dict[str, dict[str, bool]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    into: dict[str, str] = field(default_factory=dict)
    holders: dict[str, Holders] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    known: dict[str, Known] = field(default_factory=dict)


class Circles:
    """Reads circles. What it reads is that of nobody else's change: they come one after another."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, workspace: Workspace, contacts: Contacts) -> None:
        self._client = client
        self._keys = keyspace
        self._contacts = contacts
        self._most = workspace.shared_by_at_most
        self._workspace = workspace

    def read(
        self, changed: Mapping[str, Contact | None], verdicts: Mapping[str, Mapping[str, bool]] | None = None
    ) -> Circle:
        """The circle of a change of records, None for who is erased, and of verdicts: per id, on others."""
        circle = Circle()
        waiting = {*changed, *(verdicts or {})}
        while waiting:
            fresh = sorted(waiting)
            self._take_in(circle, fresh, changed, verdicts or {})
            found = self._company(circle, fresh) | self._sharing(circle, fresh, changed)
            waiting = found - circle.into.keys()
        return circle

    def _take_in(
        self,
        circle: Circle,
        fresh: Collection[str],
        changed: Mapping[str, Contact | None],
        verdicts: Mapping[str, Mapping[str, bool]],
    ) -> None:
        ids = list(fresh)
        circle.into |= zip(ids, self._contacts.surviving(ids), strict=True)
        own, people = self._contacts.own(ids)
        circle.before |= own
        circle.people |= people
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.hmget(self._keys.merged, ids)
            pipeline.hmget(self._keys.verdicts, ids)
            links, decided = pipeline.execute()
        circle.links |= {name: link.decode() for name, link in zip(ids, links, strict=True) if link is not None}
        for name, text in zip(ids, decided, strict=True):
            circle.verdicts[name] = (json.loads(text) if text else {}) | dict(verdicts.get(name, {}))
            record = changed[name] if name in changed else own.get(name)
            if record is not None:
                circle.records[name] = record
                circle.known[name] = self.known(record, circle.verdicts[name])

    def known(self, record: Contact, verdicts: Mapping[str, bool]) -> Known:
        return record.known(distinct_of(self._workspace, record), verdicts)

    def _company(self, circle: Circle, fresh: Iterable[str]) -> set[str]:
        """Who is one person with them now, or was said to be or not to be."""
        survivors = sorted({circle.into[name] for name in fresh})
        found = {member for members in self._contacts.members(survivors) for member in members}
        return found.union(*(circle.verdicts[name] for name in fresh))

    def _sharing(self, circle: Circle, fresh: Collection[str], changed: Mapping[str, Contact | None]) -> set[str]:
        """Who shares an identity with them that joins, or did before this change."""
        keys: set[str] = set()
        for name in fresh:
            for record in (circle.before.get(name), circle.records.get(name)):
                keys |= self.known(record, {}).keys.keys() if record is not None else set()
        new = sorted(keys - circle.holders.keys())
        circle.holders |= zip(new, self._holders(new), strict=True)
        found: set[str] = set()
        for key in new:
            before, now = circle.holders[key].ids, self._after(circle, key, changed)
            if now is None or too_many(now, self._most):
                circle.barred.add(key)
                if before is None or too_many(before, self._most):
                    continue
            found |= (before or set()) | (now or set())
        return found

    def _after(self, circle: Circle, key: str, changed: Mapping[str, Contact | None]) -> set[str] | None:
        """Who has or had an identity with the change."""
        ids = circle.holders[key].ids
        if ids is None:
            return None
        having = {name for name, record in changed.items() if record is not None and key in self.known(record, {}).keys}
        return (ids - changed.keys()) | having

    def _holders(self, keys: Collection[str]) -> list[Holders]:
        if not keys:
            return []
        with self._client.pipeline(transaction=False) as pipeline:
            fields = list(map(personal, keys))
            pipeline.hmget(self._keys.identities, fields)
            pipeline.hmget(self._keys.conflicts, fields)
            for key in keys:
                pipeline.scard(self._keys.sharers(key))
            owners, disputes, *counts = pipeline.execute()
            few = [key for key, count in zip(keys, counts, strict=True) if 0 < count <= 4 * self._most + 20]
            for key in few:
                pipeline.smembers(self._keys.sharers(key))
            sets = dict(zip(few, pipeline.execute(), strict=True)) if few else {}
        return [
            _holders(owner, sets.get(key), count, dispute is not None)
            for key, owner, dispute, count in zip(keys, owners, disputes, counts, strict=True)
        ]


def _holders(owner: Any, found: Any, count: int, disputed: bool) -> Holders:
    name = None if owner is None else owner.decode()
    ids = {member.decode() for member in found or ()}
    if not count:
        return Holders(name, {name} if name else set(), disputed, listed=False)
    return Holders(name, ids if found is not None else None, disputed, listed=True)
