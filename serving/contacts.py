"""Contact records: a customer's profile as it was told, with identities, in the hot store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import polars as pl
import redis

from leads.history import IDENTITIES
from leads.workspace import Workspace
from serving.identity import Identity
from serving.keyspace import Keyspace


@dataclass(frozen=True)
class Contact:
    """What was told about a customer. `at`: when last, in microseconds. Identities are normalised."""

    customer_id: str
    at: int
    tags: Mapping[str, Any] = field(default_factory=dict)
    phone: str | None = None
    wechat: str | None = None
    email: str | None = None
    timezone: str | None = None
    consents: Mapping[str, bool] = field(default_factory=dict)

    @property
    def identities(self) -> list[Identity]:
        values = {"phone": self.phone, "wechat": self.wechat, "email": self.email}
        return [Identity(kind, value) for kind in IDENTITIES if (value := values[kind])]

    def with_identity(self, identity: Identity) -> Contact:
        values: dict[str, Any] = {identity.kind: identity.value}
        return replace(self, **values)

    def joined(self, other: Contact) -> Contact:
        """One record of two of the same person, under this id: where both speak, the one told last counts."""
        older, newer = sorted((self, other), key=lambda contact: (contact.at, contact is self))
        return Contact(
            customer_id=self.customer_id,
            at=newer.at,
            tags={**older.tags, **newer.tags},
            phone=newer.phone or older.phone,
            wechat=newer.wechat or older.wechat,
            email=newer.email or older.email,
            timezone=newer.timezone or older.timezone,
            consents={**older.consents, **newer.consents},
        )

    def row(self) -> dict[str, Any]:
        """A row of the customers frame."""
        consents = {f"consent_{channel}": given for channel, given in self.consents.items()}
        contact = {"phone": self.phone, "wechat": self.wechat, "email": self.email, "timezone": self.timezone}
        return {"customer_id": self.customer_id, "at": self.at} | dict(self.tags) | contact | consents


def contact_frame(workspace: Workspace, contacts: Iterable[Contact]) -> pl.DataFrame:
    """The contacts in the schema of the customers frame; what was not told is null."""
    rows = [contact.row() for contact in contacts]
    schema = workspace.customer_schema
    columns = []
    for name, dtype in schema.items():
        values = [row.get(name) for row in rows]
        if dtype.is_temporal():
            columns.append(pl.Series(name, values, dtype=pl.Int64).cast(dtype))
        else:
            columns.append(pl.Series(name, values, dtype=dtype, strict=False))
    return pl.DataFrame(columns)


def contacts_of(workspace: Workspace, customers: pl.DataFrame) -> list[Contact]:
    """Contacts from rows of the customers frame, identities as they stand there."""
    tags, channels = list(workspace.tags), workspace.channels
    frame = customers.with_columns(pl.col(name).to_physical() for name in ("at", *_times(workspace)))
    found = []
    for row in frame.iter_rows(named=True):
        consents = {c: row[f"consent_{c}"] for c in channels if row[f"consent_{c}"] is not None}
        told = {name: row[name] for name in tags if row[name] is not None}
        known = {name: row[name] or None for name in ("phone", "wechat", "email", "timezone")}
        found.append(Contact(row["customer_id"], row["at"], told, consents=consents, **known))
    return found


class Contacts:
    """Reads and writes the records and the index of identities."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._keys = keyspace
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Contact).decode

    def read(self, customer_ids: Sequence[str]) -> list[Contact | None]:
        """The records, None for who is not known."""
        if not customer_ids:
            return []
        found: list[Any] = self._client.hmget(self._keys.contacts, list(customer_ids))  # type: ignore[assignment]
        return [None if value is None else self._decode(value) for value in found]

    def write(self, pipeline: Any, contacts: Sequence[Contact]) -> None:
        """Set the records and point their identities at them."""
        if not contacts:
            return
        pipeline.hset(self._keys.contacts, mapping={c.customer_id: self._encode(c) for c in contacts})
        index = {identity.key: c.customer_id for c in contacts for identity in c.identities}
        if index:
            pipeline.hset(self._keys.identities, mapping=index)

    def owners(self, keys: Sequence[str]) -> list[str | None]:
        """Whom identities belong to."""
        if not keys:
            return []
        found: list[Any] = self._client.hmget(self._keys.identities, list(keys))  # type: ignore[assignment]
        return [None if value is None else value.decode() for value in found]

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

    def erased(self, digests: Sequence[str]) -> list[bool]:
        """Whether a customer or identity of this digest was erased."""
        if not digests:
            return []
        return [bool(found) for found in self._client.smismember(self._keys.erased, list(digests))]  # type: ignore[union-attr]

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


def _times(workspace: Workspace) -> list[str]:
    return [tag.name for tag in workspace.tags.values() if tag.type == "time"]
