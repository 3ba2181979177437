"""Erasure: a customer is forgotten at once where they are live, and the recorder is told to clean the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from features.own_events import ERASED
from serving.clock import microseconds
from serving.events.stream import Stream
from serving.live.hot_traces import HotTraces
from serving.live.naming import Named, Naming
from serving.live.pending_erasures import PendingErasures
from serving.people.contact import Contact
from serving.people.customers import Customers
from serving.people.erased_customers import ErasedCustomers
from serving.people.people import People
from serving.people.settling import own_event


class Erasure:
    """Forgets customers, and sees that they stay forgotten. wait_bound: how long a caller waits for the lake."""

    def __init__(
        self, customers: Customers, people: People, naming: Naming, traces: HotTraces, erased: ErasedCustomers,
        pending: PendingErasures, stream: Stream, wait_bound: timedelta,
    ) -> None:  # fmt: skip
        self._customers = customers
        self._people = people
        self._naming = naming
        self._traces = traces
        self._erased = erased
        self._pending = pending
        self._stream = stream
        self._wait_bound = wait_bound

    def erase(self, customer_id: str, now: datetime) -> bool:
        """Forget a customer, and see that they stay forgotten. True once the lake has forgotten them too.

        The hot state forgets at once. The recorder cleans the lake; this waits for it as long as a caller may wait.
        """
        contact = self._customers.known(customer_id)
        ids = self._customers.all_ids(contact.customer_id)
        self._people.change(lambda pipeline: self._forget(pipeline, contact, ids, now))
        return self._pending.wait(self._digests(ids), self._wait_bound)

    def _forget(self, pipeline: Any, contact: Contact, ids: Sequence[str], now: datetime) -> None:
        named = self._naming.of(contact, ids)
        self._people.forget(pipeline, ids, microseconds(now))
        self._erased.add(self._digests(ids), self._digests(named.identities), microseconds(now), pipeline)
        self._pending.add(pipeline, ids, named.names)
        self._tell(pipeline, ids, named, now)
        self._traces.forget(pipeline, contact.customer_id, ids, now)

    def _tell(self, pipeline: Any, ids: Sequence[str], named: Named, now: datetime) -> None:
        """An event of each id, which tells nothing but digests."""
        names, identities = self._digests(ids), self._digests(named.identities)
        for other in ids:
            told = {"digests": names, "identities": identities, "numbers": named.resting,
                    "name": self._erased.digest(other)}  # fmt: skip
            self._stream.add(pipeline, own_event(ERASED, other, told, microseconds(now)))

    def _digests(self, texts: Sequence[str]) -> list[str]:
        return [self._erased.digest(text) for text in texts]
