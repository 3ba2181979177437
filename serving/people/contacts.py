"""Contact records: a customer's profile as it was told, with identities, in the hot store."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import polars as pl
import redis

from features import spans as spanning
from features.consents import column, said_of, told, weight
from features.identity import Identity, distinct_values
from features.people import Known
from features.phone import line_of
from features.spans import Span, Spans, Telling
from leads.configuration.workspace import Workspace
from leads.history import IDENTITIES
from serving.people.resting_numbers import Numbers
from serving.store.keyspace import Keyspace


class Reach(msgspec.Struct, frozen=True):
    """How a customer is reached: of their record what ranking and claims need, quick to read."""

    customer_id: str
    phone: str | None = None
    wechat: str | None = None
    email: str | None = None
    timezone: str | None = None
    known_as: tuple[str, ...] = ()
    spans: dict[str, Span] = {}

    @property
    def retold(self) -> tuple[str, ...]:
        """Their numbers that were told again after somebody else was found there."""
        return tuple(phone for phone in self.phones if (span := self.spans.get(_PHONE + phone)) and span.wrong)

    @property
    def phones(self) -> tuple[str, ...]:
        """Every number that leads to them, the one that was told last first."""
        others = (key.removeprefix(_PHONE) for key in self.known_as if key.startswith(_PHONE))
        return (*([self.phone] if self.phone else []), *others)

    def has(self, kind: str) -> bool:
        """Whether an address of this kind leads to them: phone, wechat or email."""
        return bool(getattr(self, kind)) or any(key.startswith(f"{kind}:") for key in self.known_as)

    @property
    def lines(self) -> tuple[str, ...]:
        """What is dialled to reach them, each number once: colleagues with extensions of their own share a line."""
        return tuple(dict.fromkeys(map(line_of, self.phones)))

    def without(self, phones: Collection[str]) -> Reach:
        """As they are reached but for these numbers."""
        others = tuple(key for key in self.known_as if key.removeprefix(_PHONE) not in phones)
        kept = None if self.phone in phones else self.phone
        return msgspec.structs.replace(self, phone=kept, known_as=others)

    @property
    def owner(self) -> str | None:
        """The agent to whom the relationship belongs."""
        return getattr(getattr(self, "tags", None), "owner", None)


_PHONE, CONSENT = "phone:", "consent:"

Facts = Mapping[str, tuple[int, Any]]
"""What is known of a customer: per field (`tag:…`, `consent:…`, an identity's kind, `timezone`) when it was told, in
microseconds, and the value, None where it was taken away."""


@dataclass(frozen=True)
class Contact:
    """What was told about a customer.

    at: when last, in microseconds. Identities are normalised. known_as: keys of further identities that lead here,
    from people who turned out to be this one. said: when a field was told, where that was before `at` or it was taken
    away. spans: of identities, where there is more to know.
    """

    customer_id: str
    at: int
    tags: Mapping[str, Any] = field(default_factory=dict)
    phone: str | None = None
    wechat: str | None = None
    email: str | None = None
    timezone: str | None = None
    consents: Mapping[str, bool] = field(default_factory=dict)
    known_as: tuple[str, ...] = ()
    said: Mapping[str, int] = field(default_factory=dict)
    spans: Spans = field(default_factory=dict)

    @classmethod
    def of(
        cls, customer_id: str, at: int, facts: Facts, known_as: Iterable[str] = (), spans: Spans | None = None
    ) -> Contact:
        """The record of these facts, of which none is later than `at`."""
        values = {name: value for name, (_, value) in facts.items() if value is not None}
        plain: dict[str, Any] = {name: values.get(name) for name in (*IDENTITIES, "timezone")}
        said = {name: when for name, (when, value) in facts.items() if when != at or value is None}
        own = {Identity(kind, plain[kind]).key for kind in IDENTITIES if plain[kind]}
        return cls(
            customer_id, at, tags=_under("tag:", values), consents=_under(CONSENT, values),
            known_as=tuple(sorted(set(known_as) - own)), said=dict(sorted(said.items())),
            spans=dict(sorted((spans or {}).items())), **plain,
        )  # fmt: skip

    @property
    def facts(self) -> Facts:
        """The fields with their times; what was taken away is there too."""
        values: dict[str, Any] = {f"tag:{name}": value for name, value in self.tags.items()}
        values |= {f"{CONSENT}{channel}": given for channel, given in self.consents.items()}
        values |= {name: getattr(self, name) for name in (*IDENTITIES, "timezone")}
        told = {name: value for name, value in values.items() if value is not None}
        return {name: (when, None) for name, when in self.said.items()} | {
            name: (self.said.get(name, self.at), value) for name, value in told.items()
        }

    @property
    def identities(self) -> list[Identity]:
        """Where they are reached now."""
        values = {"phone": self.phone, "wechat": self.wechat, "email": self.email}
        return [Identity(kind, value) for kind in IDENTITIES if (value := values[kind])]

    @property
    def keys(self) -> list[str]:
        """Every identity that leads to them."""
        return [*(identity.key for identity in self.identities), *self.known_as]

    def told(self, at: int, news: Mapping[str, Any]) -> Contact:
        """After some fields were told (None: taken away). An identity that is replaced no longer leads here."""
        facts = _latest(self.facts, {name: (at, value) for name, value in news.items()})
        gone = tuple(f"{kind}:" for kind in IDENTITIES if kind in news and news[kind] is None)
        kept = [key for key in self.known_as if not (gone and key.startswith(gone))]
        identities = {kind: news[kind] for kind in IDENTITIES if kind in news}
        spans = spanning.after(self.spans, self.facts, facts, identities, at)
        return Contact.of(self.customer_id, max(self.at, at), facts, kept, spans)

    def reported(self, key: str, at: int) -> Contact:
        """After somebody else was found at an identity."""
        return replace(self, spans=spanning.reported(self.spans, key, at))

    def known(self, distinct: Mapping[str, Any], verdicts: Mapping[str, bool]) -> Known:
        """What tells them from others."""
        keys = spanning.held(self._told, self.known_as, self.spans)
        ended, wrong = spanning.ended(self.spans), spanning.wrong(self.spans)
        return Known(self.customer_id, keys, ended, wrong, distinct, verdicts)

    @property
    def tellings(self) -> dict[str, Telling]:
        """Every identity that they told, by its key."""
        return spanning.tellings(self._told, self.known_as, self.spans)

    @property
    def _told(self) -> Facts:
        return {kind: fact for kind, fact in self.facts.items() if kind in IDENTITIES}

    def joined(self, other: Contact) -> Contact:
        """One record of two of the same person, under this id, as if all had been told of one.

        The order in which records are joined does not matter.
        """
        facts = _latest(self.facts, other.facts)
        return Contact.of(self.customer_id, max(self.at, other.at), facts, {*self.keys, *other.keys})

    def row(self) -> dict[str, Any]:
        """A row of the customers frame, with the times of consents."""
        words = {n.removeprefix(CONSENT): word for n, word in self.facts.items() if n.startswith(CONSENT)}
        consents = {column(channel): given for channel, (_, given) in words.items()}
        consents |= {told(channel): when for channel, (when, _) in words.items()}
        contact = {"phone": self.phone, "wechat": self.wechat, "email": self.email, "timezone": self.timezone}
        return {"customer_id": self.customer_id, "at": self.at} | dict(self.tags) | contact | consents


def _under(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
    return dict(sorted(found.items()))


def _latest(left: Facts, right: Facts) -> Facts:
    """Field by field what was told last; of two values of the same time always the same one, of consents the no."""
    facts = dict(left)
    for name, fact in right.items():
        if name not in facts or _age(name, fact) > _age(name, facts[name]):
            facts[name] = fact
    return facts


def _age(name: str, fact: tuple[int, Any]) -> tuple[int, int, str]:
    when, value = fact
    return when, weight(value) if name.startswith(CONSENT) else value is not None, repr(value)


def contact_frame(workspace: Workspace, contacts: Iterable[Contact]) -> pl.DataFrame:
    """The contacts in the schema of the customers frame, with the times of consents; what was not told is null."""
    rows = [contact.row() for contact in contacts]
    schema = workspace.customer_schema | {told(channel): pl.Float64() for channel in workspace.channels}
    columns = []
    for name, dtype in schema.items():
        values = [row.get(name) for row in rows]
        if dtype.is_temporal():
            columns.append(pl.Series(name, values, dtype=pl.Int64).cast(dtype))
        else:
            columns.append(pl.Series(name, values, dtype=dtype, strict=False))
    return pl.DataFrame(columns)


def record_frame(workspace: Workspace, contacts: Sequence[Contact]) -> pl.DataFrame:
    """The contacts as the lake keeps them: the customers frame, and what only a contact knows, times included."""
    more = {
        "known_as": pl.Series([list(contact.known_as) for contact in contacts], dtype=pl.List(pl.String())),
        "said": pl.Series([json.dumps(dict(contact.said)) for contact in contacts], dtype=pl.String()),
        "spans": pl.Series([spanning.written(contact.spans) for contact in contacts], dtype=pl.String()),
    }
    return contact_frame(workspace, contacts).select(*workspace.customer_schema).with_columns(**more)


def contacts_of(workspace: Workspace, customers: pl.DataFrame) -> list[Contact]:
    """Contacts from the lake's customer records with their last words on consents, identities as they stand there."""
    tags, channels = list(workspace.tags), workspace.channels
    frame = customers.with_columns(pl.col(name).to_physical() for name in ("at", *_times(workspace)))
    found = []
    for row in frame.iter_rows(named=True):
        consents = {c: row[column(c)] for c in channels if row[column(c)] is not None}
        values = {name: row[name] for name in tags if row[name] is not None}
        known = {name: row[name] or None for name in ("phone", "wechat", "email", "timezone")}
        said = _said_of(channels, row) | spanning.said_with(row)
        known_as, spans = tuple(row.get("known_as") or ()), spanning.read(row.get("spans"))
        found.append(
            Contact(
                row["customer_id"],
                row["at"],
                values,
                consents=consents,
                known_as=known_as,
                said=said,
                spans=spans,
                **known,
            )
        )
    return found


def _said_of(channels: Sequence[str], row: Mapping[str, Any]) -> dict[str, int]:
    """When the fields of a record were told, where that was before it or they were taken away."""
    said = {name: at for name, at in json.loads(row["said"] or "{}").items() if not name.startswith(CONSENT)}
    words = said_of(channels, row)
    with_it = {f"{CONSENT}{channel}" for channel in channels if row[column(channel)] is not None}
    return said | {name: at for name, at in words.items() if at != row["at"] or name not in with_it}


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

    def __init__(self, client: redis.Redis, keyspace: Keyspace, owner_tag: str | None = None) -> None:
        self._client = client
        self._keys = keyspace
        self.numbers = Numbers(client, keyspace)
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
        return [None if value is None else self._decode_reach(value) for value in found]

    def write(self, pipeline: Any, contacts: Sequence[Contact]) -> None:
        """Set the records."""
        if not contacts:
            return
        pipeline.hset(self._keys.contacts, mapping={c.customer_id: self._encode(c) for c in contacts})

    def write_own(self, pipeline: Any, records: Sequence[Contact]) -> None:
        """Set what was told of ids alone."""
        if records:
            pipeline.hset(self._keys.records, mapping={c.customer_id: self._encode(c) for c in records})

    def meet(self, pipeline: Any, contacts: Sequence[Contact]) -> None:
        """Set the records of customers who had none; who got one in the meantime keeps it."""
        for contact in contacts:
            pipeline.hsetnx(self._keys.contacts, contact.customer_id, self._encode(contact))

    def owners(self, keys: Sequence[str]) -> list[str | None]:
        """The id that each identity leads to, as it was told: it may have been merged into another one."""
        if not keys:
            return []
        found: list[Any] = self._client.hmget(self._keys.identities, list(keys))  # type: ignore[assignment]
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


def distinct_of(workspace: Workspace, contact: Contact) -> dict[str, str]:
    """The values of distinct tags that were told, without the differences that writing makes."""
    names = [tag.name for tag in workspace.tags.values() if tag.distinct]
    return distinct_values({name: contact.tags.get(name) for name in names}, workspace.recognition)


def _times(workspace: Workspace) -> list[str]:
    return [tag.name for tag in workspace.tags.values() if tag.type == "time"]
