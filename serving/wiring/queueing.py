"""The queue's stores, each made of exactly what it names; only hosts put them together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import redis

from serving.calls.attempt_records import AttemptRecords
from serving.calls.promises import Promises
from serving.queue.granted_counts import GrantedCounts
from serving.queue.leases import Leases
from serving.queue.prepared_leads import PreparedLeads
from serving.queue.pushed_leads import PushedLeads
from serving.queue.queue_names import QueueNames
from serving.queue.queue_time import QueueTime
from serving.queue.queued_people import QueuedPeople
from serving.queue.recalls import Recalls
from serving.queue.rests import Rests
from serving.queue.waiting_leads import ItemWriting, WaitingLeads
from serving.queue.zones import Hours, Zones
from serving.store.keyspace import Keyspace
from serving.store.scripts import Scripts


class Queueing:
    """The stores of one service's queues. reserve: how long a customer who is ready is kept for the agent who owns
    them.
    """

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, partitions: int, objectives: Sequence[str], hours: Hours,
        reserve: timedelta = timedelta(hours=4),
    ) -> None:  # fmt: skip
        scripts = Scripts(client, keyspace)
        self.names = QueueNames(objectives)
        self.zones = Zones(client, keyspace, hours)
        self.promises = Promises(client, keyspace)
        self.waiting = WaitingLeads(
            client,
            keyspace,
            scripts,
            ItemWriting(partitions, reserve, keyspace.alias),
            self.names,
            self.zones,
            self.promises,
        )
        self.leases = Leases(client, keyspace, scripts, self.names, self.zones)
        self.prepared = PreparedLeads(scripts, self.zones)
        self.rests = Rests(client, keyspace, scripts)
        self.pushed = PushedLeads(scripts, self.names)
        self.recalls = Recalls(client, keyspace)
        self.granted = GrantedCounts(client, keyspace)
        self.people = QueuedPeople(scripts, AttemptRecords(client, keyspace), partitions)
        self.time = QueueTime(scripts)
