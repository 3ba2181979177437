"""The book: which leads a VICIdial knows, what it was told of them, and which of them are leased to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import redis
from msgspec.structs import replace

from features.digest import digest_of
from features.traces import Traces
from serving.dialers.vicidial.ranks import LOWEST
from serving.store.keyspace import Keyspace
from serving.store.personal import personal

_PLAIN = re.compile(r"[0-9A-Za-z_.-]{1,20}")
"""A vendor_lead_code has 20 characters at most."""


class Lead(msgspec.Struct, frozen=True):
    """A lead as VICIdial has it. lead_id: its own. phone: ours, as it was told; rank: the last that was told."""

    customer_id: str
    lead_id: str
    phone: str
    rank: int


class Held(msgspec.Struct, frozen=True):
    """A customer leased to VICIdial. ends: of the lease; seen: when last in the hopper, or handed over; times in
    milliseconds. lead_id: None until VICIdial has answered.
    """

    customer_id: str
    lease_id: str
    token: int
    ends: int
    since: int
    seen: int
    lead_id: str | None = None


class LeadRecords:
    """Kept in the hot store. Only the feeder writes leads; `held` is also written by whoever takes outcomes."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, dialer: str) -> None:
        self._client = client
        self._register, self._name = _register(keyspace), dialer
        self._leads = keyspace.book_leads(dialer)
        self._ids = keyspace.book_ids(dialer)
        self._ranked = keyspace.book_ranked(dialer)
        self._codes = keyspace.book_codes(dialer)
        self.held_key = keyspace.book_held(dialer)

    def lead(self, customer_id: str) -> Lead | None:
        return self.leads([customer_id])[0]

    def leads(self, customer_ids: Sequence[str]) -> list[Lead | None]:
        """What VICIdial knows of customers, None for those it does not know."""
        if not customer_ids:
            return []
        found: list[Any] = self._client.hmget(self._leads, list(customer_ids))  # type: ignore[assignment]
        return [None if text is None else _read_lead(text) for text in found]

    def ranked(self) -> list[Lead]:
        """Every lead whose rank is not the lowest."""
        names: Any = self._client.smembers(self._ranked)
        return [lead for lead in self.leads(sorted(name.decode() for name in names)) if lead is not None]

    def write(self, lead: Lead) -> None:
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.sadd(self._register, self._name)
            pipeline.hset(self._leads, mapping={lead.customer_id: personal(_encode(lead))})
            pipeline.hset(self._ids, lead.lead_id, lead.customer_id)
            (pipeline.srem if lead.rank == LOWEST else pipeline.sadd)(self._ranked, lead.customer_id)
            pipeline.execute()

    def name(self, customer_id: str) -> str:
        """The customer's vendor_lead_code, which leads back to them."""
        code = code_of(customer_id)
        if code != customer_id:
            self._client.hset(self._codes, code, customer_id)
        return code

    def customer(self, lead_id: str, code: str) -> str | None:
        """Whom VICIdial speaks of: by its own id first, then by our code. None where neither says it."""
        found: Any = self._client.hget(self._ids, lead_id) if lead_id else None
        found = found or (self._client.hget(self._codes, code) if code else None)
        return found.decode() if found is not None else code or None

    def hold(self, held: Sequence[Held]) -> None:
        """Note leases, or what has changed of them."""
        if held:
            self._client.hset(self.held_key, mapping={item.customer_id: personal(_encode(item)) for item in held})

    def change(self, held: Held) -> None:
        """Note what has changed of a lease, unless it was ended meanwhile."""
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.watch(self.held_key)  # type: ignore[no-untyped-call]
            kept = pipeline.hget(self.held_key, held.customer_id)
            if kept is None or _read_held(kept).lease_id != held.lease_id:  # type: ignore[arg-type]
                return
            pipeline.multi()
            pipeline.hset(self.held_key, mapping={held.customer_id: personal(_encode(held))})
            try:
                pipeline.execute()
            except redis.WatchError:
                # Somebody took an outcome; what was to be noted is noted in the next round.
                return

    def end(self, customer_id: str) -> None:
        """The lease is over."""
        self._client.hdel(self.held_key, customer_id)

    def held(self) -> dict[str, Held]:
        """By customer."""
        found: Any = self._client.hgetall(self.held_key)
        return {name.decode(): _read_held(text) for name, text in found.items()}

    def held_for(self, customer_id: str) -> Held | None:
        text: Any = self._client.hget(self.held_key, customer_id)
        return None if text is None else _read_held(text)


def forget_numbers(client: redis.Redis, keyspace: Keyspace, customer_ids: Sequence[str], _: Traces) -> None:
    """Forget the numbers that any VICIdial was told of these customers. Its own ids stay: ranks are lowered by them."""
    names: Any = client.smembers(_register(keyspace))
    for name in names:
        key = keyspace.book_leads(name.decode())
        kept: list[Any] = client.hmget(key, list(customer_ids))  # type: ignore[assignment]
        leads = [_read_lead(text) for text in kept if text is not None]
        if leads:
            client.hset(key, mapping={lead.customer_id: personal(_encode(replace(lead, phone=""))) for lead in leads})


def _register(keyspace: Keyspace) -> str:
    """The names of the dialers that a book is kept of."""
    return keyspace.books


def code_of(customer_id: str) -> str:
    """The vendor_lead_code of a customer: their id where it fits, else a digest of it.

    >>> code_of("C0001"), len(code_of("a customer with a long id"))
    ('C0001', 20)
    """
    return customer_id if _PLAIN.fullmatch(customer_id) else f"nl{digest_of(customer_id)[:18]}"


def _encode(item: Lead | Held) -> str:
    return msgspec.json.encode(item).decode()


_read_lead = msgspec.json.Decoder(Lead).decode
_read_held = msgspec.json.Decoder(Held).decode
