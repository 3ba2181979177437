"""Contact records and the index of identities in the hot store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import redis

from features.digest import Digests
from serving.people.contact import Contact
from serving.people.reach import Reach
from serving.people.resting_numbers import Numbers
from serving.store.keyspace import Keyspace
from serving.store.personal import personal

_SHARING = 500
"""Of those who share an identity so many are told of at most."""


def _reach_with(owner_tag: str | None) -> type[Reach]:
    """Of a record's tags only the one that is needed is read."""
    if owner_tag is None:
        return Reach
    owned = msgspec.defstruct("Owned", [("owner", str | None, None)], rename={"owner": owner_tag}, frozen=True)
    reach: Any = msgspec.defstruct("OwnedReach", [("tags", owned | None, None)], bases=(Reach,), frozen=True)
    known: type[Reach] = reach
    return known


class Contacts:
    """Reads and writes the records and the index of identities."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, digests: Digests, owner_tag: str | None = None) -> None:
        self._client = client
        self._keys = keyspace
        self.numbers = Numbers(client, keyspace, digests)
        self._encode = msgspec.json.Encoder(order="deterministic").encode
        self._decode = msgspec.json.Decoder(Contact).decode
        self._decode_reach = msgspec.json.Decoder(_reach_with(owner_tag)).decode

    def read(self, customer_ids: Sequence[str]) -> list[Contact | None]:
        """The records, None for who is not known."""
        if not customer_ids:
            return []
        found: list[Any] = self._client.hmget(self._keys.contacts, list(customer_ids))  # type: ignore[assignment]
        return [None if value is None else self._decode(value) for value in found]

    def known(self, customer_ids: Sequence[str]) -> list[bool]:
        """Who has a record."""
        if not customer_ids:
            return []
        found: list[Any] = self._client.hmget(self._keys.contacts, list(customer_ids))  # type: ignore[assignment]
        return [value is not None for value in found]

    def own(self, customer_ids: Sequence[str]) -> tuple[dict[str, Contact], dict[str, Contact]]:
        """What was told of each id alone, of those of whom anything was; and the records of persons under these ids."""
        ids = list(customer_ids)
        if not ids:
            return {}, {}
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.hmget(self._keys.records, ids)
            pipeline.hmget(self._keys.contacts, ids)
            alone, people = (
                {name: self._decode(value) for name, value in zip(ids, values, strict=True) if value is not None}
                for values in pipeline.execute()
            )
        return people | alone, people

    def members(self, customer_ids: Sequence[str]) -> list[list[str]]:
        """Per surviving id all ids of the person, itself first."""
        if not customer_ids:
            return []
        found: list[Any] = self._client.hmget(self._keys.members, list(customer_ids))  # type: ignore[assignment]
        return [
            [name, *(other for other in json.loads(text or "[]") if other != name)]
            for name, text in zip(customer_ids, found, strict=True)
        ]

    def reach(self, customer_ids: Sequence[str]) -> list[Reach | None]:
        """How they are reached, None for who is not known."""
        if not customer_ids:
            return []
        found: list[Any] = self._client.hmget(self._keys.contacts, list(customer_ids))  # type: ignore[assignment]
        return self.reached(found)

    def reached(self, records: Sequence[bytes | None]) -> list[Reach | None]:
        """How customers are reached whose records are in hand."""
        return [None if record is None else self._decode_reach(record) for record in records]

    def write(self, pipeline: Any, contacts: Sequence[Contact]) -> None:
        """Set the records."""
        if not contacts:
            return
        pipeline.hset(self._keys.contacts, mapping={c.customer_id: personal(self._encode(c)) for c in contacts})

    def write_own(self, pipeline: Any, records: Sequence[Contact]) -> None:
        """Set what was told of ids alone."""
        if records:
            pipeline.hset(self._keys.records, mapping={c.customer_id: personal(self._encode(c)) for c in records})

    def meet(self, pipeline: Any, contacts: Sequence[Contact]) -> None:
        """Set the records of customers who had none; who got one in the meantime keeps it."""
        for contact in contacts:
            pipeline.hsetnx(self._keys.contacts, contact.customer_id, personal(self._encode(contact)))

    def leave(self, pipeline: Any, customer_id: str) -> None:
        """No record is kept under an id that leads to another one."""
        pipeline.hdel(self._keys.contacts, customer_id)

    def owners(self, keys: Sequence[str]) -> list[str | None]:
        """The id that each identity leads to, as it was told: it may have been merged into another one."""
        if not keys:
            return []
        found: list[Any] = self._client.hmget(self._keys.identities, list(map(personal, keys)))  # type: ignore[assignment]
        return [None if value is None else value.decode() for value in found]

    def sharing(self, keys: Sequence[str]) -> list[str]:
        """Everyone who has or had one of these identities, those included who share it and are kept apart; of very many
        some.
        """
        if not keys:
            return []
        with self._client.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.srandmember(self._keys.sharers(key), _SHARING)
            apart = sorted(name.decode() for names in pipeline.execute() for name in names)
        owners = [owner for owner in self.owners(keys) if owner is not None]
        return list(dict.fromkeys(self.surviving([*owners, *apart])))

    def alone(self, keys: Sequence[str], customer_ids: Sequence[str]) -> list[str]:
        """Of these identities those that nobody but these ids has or had."""
        with self._client.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.scard(self._keys.sharers(key))
                pipeline.smismember(self._keys.sharers(key), list(customer_ids))
            found = pipeline.execute()
        return [key for key, count, mine in zip(keys, found[::2], found[1::2], strict=True) if count <= sum(mine)]

    def surviving(self, customer_ids: Sequence[str]) -> list[str]:
        """The id under which each customer is kept now: another one after a merge."""
        current = list(customer_ids)
        pending = list(range(len(current)))
        while pending:
            found: list[Any] = self._client.hmget(self._keys.merged, [current[i] for i in pending])  # type: ignore[assignment]
            moved = [(i, into) for i, into in zip(pending, found, strict=True) if into is not None]
            for i, into in moved:
                current[i] = into.decode()
            pending = [i for i, _ in moved]
        return current

    def count(self) -> int:
        return int(self._client.hlen(self._keys.contacts))  # type: ignore[arg-type]

    def ids(self, chunk: int) -> Iterable[list[str]]:
        """Every customer id, about `chunk` at a time."""
        cursor = 0
        while True:
            cursor, found = self._client.hscan(self._keys.contacts, cursor, count=chunk)  # type: ignore[misc]
            if found:
                yield [key.decode() for key in found]
            if cursor == 0:
                return
