"""Claims: what agents take from the queue, checked as it is handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import redis
from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.contact.callback import promised
from leads.contact.policy import CALL, zone_of
from serving.calls.attempt_records import AttemptRecords
from serving.clock import microseconds
from serving.decisions.batch import DecisionBatch, Request
from serving.decisions.decider import Decider
from serving.decisions.entries import Entries
from serving.events.halves import FAULTS, by_halves
from serving.events.stream import Event, Stream
from serving.meaning import Means
from serving.queue import lease_purpose
from serving.queue.allotment import Allotter
from serving.queue.dialling import Dialling
from serving.queue.grants import Call, Grant, Kept, LeaseAnswer
from serving.queue.leases import Lease, Wanted
from serving.queue.places import Item
from serving.queue.queue import Queue
from serving.queue.shortage import Hindrance
from serving.scoring.scorer import Scored, Scorer
from serving.store.keyspace import Keyspace
from serving.store.words import SOURCE

REASONS = 3
"""Reasons that a claimed item carries."""

_ROUNDS = 3
"""How often customers who may no longer be called are replaced by others in one claim."""


class ClaimAnswer(TypedDict):
    leases: list[LeaseAnswer]
    limits: Annotated[list[Hindrance], Means("why there are fewer leads than were asked for")]


class Claims:
    """Hands out what agents claim."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, configuration: Configuration, stream: Stream, scorer: Scorer,
        decider: Decider, queue: Queue, attempt_records: AttemptRecords, entries: Entries, allotter: Allotter,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._configuration = configuration
        self._stream = stream
        self._scorer = scorer
        self._decider = decider
        self._queue = queue
        self._attempt_records = attempt_records
        self._entries = entries
        self._allotter = allotter

    def claim(self, queue: str, wanted: Wanted, now: datetime) -> ClaimAnswer:
        """The body of the answer: up to as many customers as are wanted, that only this agent holds.

        Each is decided on anew: consent, do-not-call and hours are this moment's, not the last rescoring's. Where there
        are fewer than wanted, what kept it short is named.
        """
        allotment = self._allotter.allot(queue, wanted, now)
        taken = [] if allotment.wanted is None else self._taken(queue, allotment.wanted, allotment.day, now)
        handed = self._handed_over(taken, wanted.lease_seconds, now)
        limits = self._allotter.told(queue, allotment, len(handed), now)
        return {"leases": [granted.body for granted in handed], "limits": limits}

    def _taken(self, queue: str, wanted: Wanted, day: str, now: datetime) -> list[Grant]:
        granted: list[Grant] = []
        for _ in range(_ROUNDS):
            rest = replace(wanted, limit=wanted.limit - len(granted))
            leases = self._queue.claim(queue, rest, now, day)
            granted += self._confirmed(queue, wanted, leases, now)
            if len(granted) == wanted.limit or not leases:
                break
        return granted

    def _confirmed(self, queue: str, wanted: Wanted, leases: Sequence[Lease], now: datetime) -> list[Grant]:
        if not leases:
            return []
        request = Request("claim", channel=CALL, explain=REASONS, queue=queue)
        try:
            scored, decided = self._decided(leases, request, now)
        except FAULTS:
            right = self._decidable(leases, request, now)
            if len(right) == len(leases):
                raise
            return self._confirmed(queue, wanted, right, now)
        dialling = Dialling(self._configuration, self._attempt_records.hours())
        attempts = self._attempt_records.attempts(scored.customer_ids)
        actions = self._configuration.catalogue.actions
        fit = {
            row: Call(reach, dial)
            for row, (order, reach, tried) in enumerate(zip(decided.order, scored.contacts, attempts, strict=True))
            if order and reach is not None and self._allotter.may_be_handed_out(wanted, actions[order[0]])
            and (dial := dialling.dial(reach, tried, now)) is not None
        }  # fmt: skip
        self._give_back([lease for row, lease in enumerate(leases) if row not in fit], now)
        if not fit:
            return []
        made = self._entries.enter(scored, decided, request, now)
        return [Grant(leases[row], made[row], call, self._kept(scored, row, now)) for row, call in fit.items()]

    def _decided(self, leases: Sequence[Lease], request: Request, now: datetime) -> tuple[Scored, DecisionBatch]:
        scored = self._scorer.score([lease.customer_id for lease in leases], now)
        return scored, self._decider.decide(scored, request, now)

    def _decidable(self, leases: Sequence[Lease], request: Request, now: datetime) -> list[Lease]:
        """Those whose customers can be scored and decided on; the others are given back."""
        right: list[Lease] = []

        def keep(part: Sequence[Lease]) -> None:
            self._decided(part, request, now)
            right.extend(part)

        by_halves(leases, keep, lambda lease, _: self._give_back([lease], now))
        return right

    def _kept(self, scored: Scored, row: int, now: datetime) -> Kept | None:
        """The promise that a call to the customer keeps, where it is due."""
        promise, reach = scored.promises[row], scored.contacts[row]
        if promise is None or promise.due > now:
            return None
        zone = zone_of(None if reach is None else reach.timezone, self._configuration.workspace.timezone)
        return Kept(promise, promised(promise.told.get("user") or promise.agent_id, promise.due.astimezone(zone), now))

    def _handed_over(self, taken: Sequence[Grant], seconds: float, now: datetime) -> list[Grant]:
        """The time of a lease runs from when all is decided; one that ended before that is not handed out."""
        leases = self._queue.hand_over([granted.lease for granted in taken], seconds, now)
        handed = [
            replace(granted, lease=lease) for granted, lease in zip(taken, leases, strict=True) if lease is not None
        ]
        self._tell(handed, now)
        return handed

    def _give_back(self, leases: Sequence[Lease], now: datetime) -> None:
        """Who may not be called leaves the queue until the worker ranks them anew."""
        if not leases:
            return
        self._queue.put([Item(lease.customer_id, (), {}) for lease in leases], now)
        for lease in leases:
            self._queue.release(lease.id, lease.token, now)

    def _tell(self, handed: Sequence[Grant], now: datetime) -> None:
        """The record says who took the customer, and the lease remembers what it was granted for."""
        if not handed:
            return
        with self._client.pipeline(transaction=True) as pipeline:
            for granted in handed:
                lease = granted.lease
                name, time = f"{lease.id}/granted", microseconds(now)
                event = Event(name, SOURCE, "lease.granted", lease.customer_id, time, granted.event)
                self._stream.add(pipeline, event)
                lease_purpose.remember(pipeline, self._keys, lease.id, granted.commitment)
            pipeline.execute()
