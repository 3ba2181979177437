"""Settling a change: records, index and disputes as they are with it, and what it tells the stream."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from features.hot import HotFeatures
from features.own_events import CHANGED, MERGED, UNMERGED
from features.people import SHARED, Unity, unite
from leads.configuration.workspace import Workspace
from serving.clock import from_microseconds
from serving.events.stream import Event, Stream
from serving.people.circle import Circle
from serving.people.contact import Contact
from serving.people.contact_frames import contact_frame
from serving.people.contacts import Contacts
from serving.people.pasts import Moves, Pasts
from serving.people.person import person
from serving.store.keyspace import Keyspace
from serving.store.personal import personal

SOURCE = "nextlead/customers"


@dataclass(frozen=True)
class Cause:
    """Why people become one or come apart. data: what the record keeps beside that. subject: whom a person's word is
    about, None where no person spoke.
    """

    why: str = "identity"
    data: Mapping[str, Any] = field(default_factory=dict)
    subject: str | None = None

    @classmethod
    def person(cls, by: str, reason: str) -> Cause:
        return cls("person", {"by": by, "reason": reason})

    def of(self, subject: str, **pairs: Sequence[tuple[str, str]]) -> Cause:
        """About whom it is, and which ids it says to be the same or not."""
        return replace(self, subject=subject, data={**self.data, **pairs})


class Settling:
    """Writes what follows from a circle."""

    def __init__(
        self, keyspace: Keyspace, workspace: Workspace, contacts: Contacts, hot: HotFeatures, stream: Stream,
        pasts: Pasts,
    ) -> None:  # fmt: skip
        self._keys = keyspace
        self._workspace = workspace
        self._contacts = contacts
        self._hot = hot
        self._stream = stream
        self._pasts = pasts

    def settle(
        self,
        pipeline: Any,
        circle: Circle,
        changed: Mapping[str, Contact],
        cause: Cause,
        at: int,
        gone: Collection[str] = (),
    ) -> Mapping[str, str]:
        """Queue up the writes; per id of the circle the one that survives. gone: ids of which nothing is left."""
        unity = unite(circle.known.values(), circle.barred)
        moves = Moves.of(circle, unity, gone)
        self._pasts.watch(pipeline, moves)
        pipeline.multi()
        self._pasts.move(pipeline, moves, from_microseconds(at))
        self._records(pipeline, circle, unity, changed.keys() | set(gone))
        self._index(pipeline, circle, unity)
        self._verdicts(pipeline, circle, cause, gone)
        self._links(pipeline, circle, unity, cause, at, gone)
        for name, record in changed.items():
            self._stream.add(pipeline, own_event(CHANGED, name, {"contact": asdict(record)}, at))
        return unity.into

    def tell(self, pipeline: Any, event: Event) -> None:
        """Queue up one more own event."""
        self._stream.add(pipeline, event)

    def _records(self, pipeline: Any, circle: Circle, unity: Unity, changed: Collection[str]) -> None:
        own, people, left = [], [], set(circle.into)
        for into, members in unity.people.items():
            records = [circle.records[name] for name in members]
            whole = person(into, records, unity.standing)
            if whole != circle.people.get(into) or any(name in changed for name in members):
                people.append(whole)
            apart = [record for record in records if len(records) > 1 or record != whole]
            own += apart
            left -= {record.customer_id for record in apart}
        if left:
            pipeline.hdel(self._keys.records, *left)
        if dead := set(circle.into) - unity.people.keys():
            pipeline.hdel(self._keys.contacts, *dead)
        self._contacts.write_own(pipeline, own)
        self._contacts.write(pipeline, people)
        self._hot.write_profiles(pipeline, contact_frame(self._workspace, people))
        self._members(pipeline, circle, unity)

    def _members(self, pipeline: Any, circle: Circle, unity: Unity) -> None:
        several = {into: json.dumps(sorted(members)) for into, members in unity.people.items() if len(members) > 1}
        if alone := set(circle.into) - several.keys():
            pipeline.hdel(self._keys.members, *alone)
        if several:
            pipeline.hset(self._keys.members, mapping=several)

    def _index(self, pipeline: Any, circle: Circle, unity: Unity) -> None:
        having: dict[str, set[str]] = {}
        for name, known in circle.known.items():
            for key in known.keys:
                having.setdefault(key, set()).add(name)
        for key, before in circle.holders.items():
            now, owner = having.get(key, set()), unity.leads.get(key)
            if owner != before.owner:
                self._lead(pipeline, key, owner)
            if key in circle.barred:
                self._crowd(pipeline, key, before.ids or set(), now, set(circle.into) - now)
            else:
                self._share(pipeline, key, before.ids if before.listed else set(), set() if now == {owner} else now)
            self._dispute(pipeline, key, circle, unity)

    def _lead(self, pipeline: Any, key: str, owner: str | None) -> None:
        if owner is None:
            pipeline.hdel(self._keys.identities, personal(key))
        else:
            pipeline.hset(self._keys.identities, personal(key), owner)

    def _share(self, pipeline: Any, key: str, before: set[str] | None, now: set[str]) -> None:
        if now != before:
            pipeline.delete(self._keys.sharers(key))
            if now:
                pipeline.sadd(self._keys.sharers(key), *now)

    def _crowd(self, pipeline: Any, key: str, before: set[str], now: set[str], without: set[str]) -> None:
        """Who shares an identity that too many share; the others of them stay noted."""
        if ids := (before | now) - without:
            pipeline.sadd(self._keys.sharers(key), *ids)
        if without:
            pipeline.srem(self._keys.sharers(key), *without)

    def _dispute(self, pipeline: Any, key: str, circle: Circle, unity: Unity) -> None:
        dispute = unity.disputes.get(key)
        if key in circle.barred:
            pipeline.hset(self._keys.conflicts, personal(key), json.dumps({"why": SHARED}))
        elif dispute is not None:
            pipeline.hset(self._keys.conflicts, personal(key), json.dumps(asdict(dispute)))
        elif circle.holders[key].disputed:
            pipeline.hdel(self._keys.conflicts, personal(key))

    def _verdicts(self, pipeline: Any, circle: Circle, cause: Cause, gone: Collection[str]) -> None:
        if not (gone or cause.subject):
            return
        for name, decided in circle.verdicts.items():
            kept = {other: same for other, same in decided.items() if other not in gone}
            if kept and name not in gone:
                pipeline.hset(self._keys.verdicts, name, json.dumps(kept))
            elif decided:
                pipeline.hdel(self._keys.verdicts, name)

    def _links(self, pipeline: Any, circle: Circle, unity: Unity, cause: Cause, at: int, gone: Collection[str]) -> None:
        """Merges that are new and those that are over, each told in the stream of the id that it moves."""
        links = _linked(circle, unity)
        fresh = {name: into for name, into in links.items() if circle.links.get(name) != into}
        stale = circle.links.keys() - links.keys()
        parted = {name: circle.into[name] for name in stale if name not in gone}
        parted |= {name: circle.into[name] for name in fresh if _moved(name, circle, unity)}
        if cause.subject is not None and "apart" in cause.data:
            parted.setdefault(cause.subject, circle.into[cause.subject])
        told = {"why": cause.why, **cause.data}
        if stale:
            pipeline.hdel(self._keys.merged, *stale)
        if parted:
            pipeline.incr(self._keys.split)
        for name, into in sorted(parted.items()):
            self._stream.add(pipeline, own_event(UNMERGED, name, {"from": into, **told}, at))
        for name, into in sorted(fresh.items()):
            pipeline.hset(self._keys.merged, name, into)
            self._stream.add(pipeline, own_event(MERGED, name, {"into": into, **told}, at))


def _linked(circle: Circle, unity: Unity) -> dict[str, str]:
    """Id → the one it is merged into; a link stays while it leads to the right person."""
    links = {}
    for name, into in unity.into.items():
        before = circle.links.get(name)
        if name != into:
            links[name] = before if before is not None and unity.into.get(before) == into else into
    return links


def _moved(name: str, circle: Circle, unity: Unity) -> bool:
    """Whether an id that was merged leaves the person that it was."""
    before = circle.into[name]
    return name != before and unity.into.get(before) != unity.into[name]


def own_event(kind: str, customer_id: str, data: Mapping[str, Any], at: int) -> Event:
    """One of the product's own events about a customer."""
    return Event(uuid.uuid4().hex, SOURCE, kind, customer_id, at, data)
