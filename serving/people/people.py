"""People in the hot store: who owns which identity, who turned out to be whom, and who must stay apart."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import redis

from features.hot import HotFeatures
from features.identity import Identity, distinct_values
from features.lake import MERGED
from features.people import STRANGER, Known, rank, unite
from leads.errors import TooBusy
from leads.workspace import Workspace
from serving.events.rows import CHANGED
from serving.events.stream import Event, Stream
from serving.people.contacts import Contact, Contacts, contact_frame
from serving.store.keyspace import Keyspace

SOURCE = "nextlead/customers"

T = TypeVar("T")

_ATTEMPTS = 200
"""How often a change is tried again when another one came in between."""


@dataclass(frozen=True)
class Told:
    """What became of it: the id under which the customer is kept, and the ids that were merged into it."""

    customer_id: str
    merged: tuple[str, ...]
    created: bool


@dataclass(frozen=True)
class Conflict:
    """An identity that people share who must stay apart; it leads to one of them."""

    identity: str
    customers: tuple[str, ...]


class People:
    """The one writer of contact records and identities. Changes of several processes come one after another."""

    def __init__(
        self,
        client: redis.Redis,
        keyspace: Keyspace,
        workspace: Workspace,
        contacts: Contacts,
        hot: HotFeatures,
        stream: Stream,
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._workspace = workspace
        self._contacts = contacts
        self._hot = hot
        self._stream = stream
        self._lock = threading.Lock()

    def tell(self, customer_id: str, news: Mapping[str, Any], at: int) -> Told:
        """Take in what is told of a customer (fields as in Facts, None takes one away) at `at` microseconds.

        Whoever shares an identity becomes one with them, unless a distinct tag says that they are not the same.
        """
        return self.change(lambda pipeline: self._tell(pipeline, customer_id, news, at))

    def meet(self, identities: Iterable[Identity], at: int) -> dict[str, str]:
        """The customer of each identity by its key; one nobody has yet goes to a new customer."""
        unique = {identity.key: identity for identity in identities}
        known = self._owners(list(unique))
        if len(known) == len(unique):
            return known
        return self.change(lambda pipeline: self._meet(pipeline, unique, at))

    def change(self, act: Callable[[Any], T]) -> T:
        """Run `act`, which reads, calls `multi` and queues writes: all or nothing, on what nobody else has changed.

        Raises TooBusy when others kept coming in between.
        """
        with self._lock:
            for _ in range(_ATTEMPTS):
                with self._client.pipeline(transaction=True) as pipeline:
                    pipeline.watch(self._keys.people)  # type: ignore[no-untyped-call]
                    done = act(pipeline)
                    pipeline.incr(self._keys.people)
                    try:
                        pipeline.execute()
                    except redis.WatchError:
                        continue
                    return done
        raise TooBusy("too many changes of customers at once", retry_after=1)

    def conflicts(self) -> list[Conflict]:
        """Identities shared by people who must stay apart, for review."""
        keys = sorted(key.decode() for key in self._client.hkeys(self._keys.conflicts))  # type: ignore[union-attr]
        found = [Conflict(key, tuple(sorted(self._disputants(key), key=rank))) for key in keys]
        return [conflict for conflict in found if len(conflict.customers) > 1]

    def _owners(self, keys: Sequence[str]) -> dict[str, str]:
        """Identity → the surviving id of its owner, of those that have one."""
        held = {key: owner for key, owner in zip(keys, self._contacts.owners(keys), strict=True) if owner is not None}
        return dict(zip(held, self._contacts.surviving(list(held.values())), strict=True))

    def _meet(self, pipeline: Any, unique: Mapping[str, Identity], at: int) -> dict[str, str]:
        found = self._owners(list(unique))
        pipeline.multi()
        for key in unique.keys() - found.keys():
            identity = unique[key]
            found[key] = f"{STRANGER}{uuid.uuid4().hex[:16]}"
            self._write(pipeline, Contact(found[key], at).told(at, {identity.kind: identity.value}), at)
            self._contacts.point(pipeline, [key], found[key])
        return found

    def _tell(self, pipeline: Any, customer_id: str, news: Mapping[str, Any], at: int) -> Told:
        own = self._contacts.surviving([customer_id])[0]
        teller = (self._contacts.read([own])[0] or Contact(own, at)).told(at, news)
        others = sorted(set(self._owners(teller.keys).values()) - {own})
        records = dict(zip((own, *others), self._contacts.read([own, *others]), strict=True))
        union = unite(self._known(teller), [self._known(records[other] or Contact(other, at)) for other in others])
        group = {union.into, *union.merged}
        standing = [record for other in group if (record := records[other]) is not None]
        contact = Contact.of(union.into, teller.at, teller.facts, teller.known_as)
        for record in standing:
            contact = contact if record.customer_id == own else contact.joined(record)
        held = self._owners(list(dict.fromkeys([*contact.keys, *(key for record in standing for key in record.keys)])))
        places = self._places(contact, group, held)
        disputes = self._disputes(contact, group, held)
        pipeline.multi()
        self._index(pipeline, places)
        if disputes:
            pipeline.hset(self._keys.conflicts, mapping=disputes)
        for other in union.merged:
            pipeline.hset(self._keys.merged, other, union.into)
            pipeline.hdel(self._keys.contacts, other)
            self._stream.add(pipeline, own_event(MERGED, other, {"into": union.into}, at))
        self._write(pipeline, contact, at)
        asked = [customer_id] if customer_id != union.into else []
        return Told(union.into, tuple(dict.fromkeys([*union.merged, *asked])), not standing)

    def _known(self, contact: Contact) -> Known:
        return Known(contact.customer_id, distinct_of(self._workspace, contact))

    def _places(self, contact: Contact, group: set[str], held: Mapping[str, str]) -> dict[str, str | None]:
        """Where identities lead from now on: those of the united to the survivor, replaced ones to who shares them."""
        mine = [key for key in {**held, **dict.fromkeys(contact.keys)} if held.get(key, contact.customer_id) in group]
        return {key: contact.customer_id if key in contact.keys else self._heir(key, group) for key in mine}

    def _heir(self, key: str, group: set[str]) -> str | None:
        return min(self._disputants(key) - group, key=rank, default=None)

    def _disputes(self, contact: Contact, group: set[str], held: Mapping[str, str]) -> dict[str, str]:
        """Identities of the contact that lead to somebody apart, with everyone who shares them, as JSON."""
        held = self._owners(contact.keys)
        return {
            key: json.dumps(
                sorted({*self._disputants(key), owner, contact.customer_id} - (group - {contact.customer_id}))
            )
            for key, owner in held.items()
            if key in contact.keys and owner not in group
        }

    def _disputants(self, key: str) -> set[str]:
        """Who had this identity in dispute and has it still."""
        text = self._client.hget(self._keys.conflicts, key)
        if text is None:
            return set()
        records = self._contacts.read(sorted(set(self._contacts.surviving(json.loads(text)))))  # type: ignore[arg-type]
        return {record.customer_id for record in records if record is not None and key in record.keys}

    def _index(self, pipeline: Any, places: Mapping[str, str | None]) -> None:
        for key, customer_id in places.items():
            if customer_id is None:
                pipeline.hdel(self._keys.identities, key)
            else:
                self._contacts.point(pipeline, [key], customer_id)

    def _write(self, pipeline: Any, contact: Contact, at: int) -> None:
        """The record, its profile for the features, and the event that makes the worker rank them anew."""
        self._contacts.write(pipeline, [contact])
        self._hot.write_profiles(pipeline, contact_frame(self._workspace, [contact]))
        data = {"contact": asdict(contact)}
        self._stream.add(pipeline, own_event(CHANGED, contact.customer_id, data, at))


def distinct_of(workspace: Workspace, contact: Contact) -> dict[str, str]:
    """The values of distinct tags that were told, without the differences that writing makes."""
    names = [tag.name for tag in workspace.tags.values() if tag.distinct]
    return distinct_values({name: contact.tags.get(name) for name in names}, workspace.recognition)


def own_event(kind: str, customer_id: str, data: Mapping[str, Any], at: int) -> Event:
    """One of the product's own events about a customer."""
    return Event(uuid.uuid4().hex, SOURCE, kind, customer_id, at, data)
