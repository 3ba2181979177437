"""Erasure: a customer is forgotten at once where they are live, and the recorder is told to clean the lake."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import redis

from features.own_events import ERASED
from serving.clock import microseconds
from serving.decisions.ledger import drop
from serving.events.stream import Stream
from serving.events.timeline import HotTimelines
from serving.people.contact import Contact
from serving.people.contacts import Contacts
from serving.people.customers import Customers
from serving.people.erased_customers import ErasedCustomers
from serving.people.people import People
from serving.people.settling import own_event
from serving.queue.queued_people import QueuedPeople
from serving.store.forgetting import forget
from serving.store.keyspace import Keyspace


class Erasure:
    """Forgets customers, and sees that they stay forgotten. naming_tags: tags of text, and whether no two people share
    a value.
    """

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, stream: Stream, contacts: Contacts,
        erased: ErasedCustomers, people: People, queued_people: QueuedPeople, timelines: HotTimelines,
        customers: Customers, wait_bound: timedelta, naming_tags: Mapping[str, bool],
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._stream = stream
        self._contacts = contacts
        self._erased = erased
        self._people = people
        self._queued_people = queued_people
        self._timelines = timelines
        self._customers = customers
        self._wait_bound = wait_bound
        self._naming_tags = naming_tags

    def erase(self, customer_id: str, now: datetime) -> bool:
        """Forget a customer, and see that they stay forgotten. True once the lake has forgotten them too.

        The hot state forgets at once. The recorder cleans the lake; this waits for it as long as a caller may wait.
        """
        contact = self._customers.known(customer_id)
        ids = self._customers.all_ids(contact.customer_id)
        self._people.change(lambda pipeline: self._forget(pipeline, contact, ids, now))
        return self._lake_forgot(ids)

    def _forget(self, pipeline: Any, contact: Contact, ids: Sequence[str], now: datetime) -> None:
        keys = self._keys
        decisions = self._timelines.decisions(contact.customer_id)
        own, _ = self._contacts.own(ids)
        known = sorted({*contact.keys, *(key for record in own.values() for key in record.keys)})
        names, identities = (
            [self._erased.digest(text) for text in texts] for texts in (ids, self._contacts.alone(known, ids))
        )
        ever = sorted({key for record in own.values() for key in (*record.keys, *record.tellings)})
        phones = [key.removeprefix("phone:") for key in ever if key.startswith("phone:")]
        phones += [str(event.data["phone"]) for event in self._timelines.kept(ids) if event.data.get("phone")]
        numbers = self._contacts.numbers.resting(phones)
        self._people.forget(pipeline, ids, microseconds(now))
        self._erased.add(names, identities, microseconds(now), pipeline)
        pipeline.sadd(keys.erasing, *ids)
        unique, shared = [*self._contacts.alone(ever, ids), *self._in(contact, True)], self._in(contact, False)
        pipeline.hset(keys.erasing_names, mapping=dict.fromkeys(ids, json.dumps({"told": unique, "named": shared})))
        drop(pipeline, keys, decisions)
        for other in ids:
            self._queued_people.forget(other, now, pipeline)
            told = {"digests": names, "identities": identities, "numbers": numbers, "name": self._erased.digest(other)}
            self._stream.add(pipeline, own_event(ERASED, other, told, microseconds(now)))
        forget(pipeline, keys, ids)

    def _in(self, contact: Contact, distinct: bool) -> list[str]:
        """What a customer is called in tags where no two share a value, or some may."""
        names = [name for name, alone in self._naming_tags.items() if alone == distinct]
        return [str(contact.tags[name]) for name in names if contact.tags.get(name) is not None]

    def _lake_forgot(self, ids: Sequence[str]) -> bool:
        digests = [self._erased.digest(customer_id) for customer_id in ids]
        deadline = time.monotonic() + self._wait_bound.total_seconds()
        key = self._keys.lake_erased
        while time.monotonic() < deadline:
            if all(self._client.smismember(key, digests)):  # type: ignore[arg-type]
                self._client.srem(key, *digests)
                return True
            time.sleep(0.02)
        return False
