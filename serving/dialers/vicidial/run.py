"""Feeding a VICIdial until stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

import redis

from leads.errors import NextleadError
from serving.clock import Clock
from serving.dialers.callable_leads import CallableLeads
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.dialer_leases import DialerLeases
from serving.dialers.leader_lock import LeaderLock
from serving.dialers.vicidial.api import NonAgentApi
from serving.dialers.vicidial.clearing import Clearing
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.feeder import Feeder
from serving.dialers.vicidial.filling import Filling
from serving.dialers.vicidial.held_leads import HeldLeads
from serving.dialers.vicidial.hopper import Hopper
from serving.dialers.vicidial.lead_records import LeadRecords
from serving.dialers.vicidial.lost_outcomes import LostOutcomes
from serving.dialers.vicidial.pace import Pace
from serving.dialers.vicidial.rank_telling import RankTelling
from serving.dialers.vicidial.urls import CallUrls
from serving.events.fault_isolation import FAULTS, reason_of
from serving.store.keyspace import Keyspace

_OWNED = timedelta(minutes=2)
"""After its last round a feeder is given up, and another one starts."""

_LONGEST = 60.0
"""Seconds between two tries at most while something is wrong."""


class Feeding:
    """Feeds VICIdials, each from a process of its own."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, clock: Clock, leases: DialerLeases, leads: CallableLeads,
        urls: CallUrls,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._clock = clock
        self._leases = leases
        self._leads = leads
        self._urls = urls

    def feed(
        self, dialer: Vicidial, environment: Mapping[str, str], stopped: threading.Event, tell: Callable[[str], None]
    ) -> int:
        """Round after round until stopped, then give back what waits in the hopper; how many rounds went well.

        Whatever goes wrong is told, and tried again after a while: what is leased stays noted. While another process
        feeds this dialer it waits. Raises Unavailable when another one took over.
        """
        key = self._keys.feeder(dialer.name)
        leader = LeaderLock(self._client, key, f"feeds {dialer.name}", _OWNED)
        if not leader.wait(stopped, tell):
            return 0
        well = failed = 0
        with NonAgentApi(dialer, dialer.password.reveal(environment), Pace(dialer.per_second)) as api:
            feeder = self.feeder(dialer, api, stopped, tell)
            while not stopped.is_set():
                try:
                    leader.keep()
                    feeder.round()
                    well, failed = well + 1, 0
                except FAULTS as error:
                    failed += 1
                    tell(error.detail if isinstance(error, NextleadError) else reason_of(error))
                every = dialer.every.total_seconds()
                stopped.wait(min(max(every, _LONGEST), every * 2 ** min(failed, 10)))
            feeder.give_back()
        leader.leave()
        return well

    def feeder(
        self, dialer: Vicidial, api: NonAgentApi, stopped: threading.Event, tell: Callable[[str], None]
    ) -> Feeder:
        """The feeder of one dialer."""
        book = LeadRecords(self._client, self._keys, dialer.name)
        hopper = Hopper(dialer, api, book)
        held_leads = HeldLeads(
            dialer, book, hopper, self._leases, DeadLetters(self._client, self._keys, dialer.agent_id)
        )
        return Feeder(
            self._clock, hopper,
            Clearing(dialer, book, hopper, held_leads, self._leads),
            held_leads,
            LostOutcomes(dialer, api, book, hopper, held_leads, self._urls),
            Filling(dialer, book, hopper, held_leads, self._leases, stopped, tell),
            RankTelling(dialer, api, book, self._leads, stopped, self._clock.now()),
        )  # fmt: skip
