"""What a process does: queue and leases, intake, what follows from events, and rebuilding it."""

from __future__ import annotations

from functools import cached_property, partial

from serving.desk.agents import Register
from serving.desk.desk import Desk
from serving.dialers.dead_letters import forget_letters
from serving.dialers.vicidial.lead_records import forget_numbers
from serving.intake.enrichment import Enrichment
from serving.intake.intake import Intake
from serving.live.application import Application
from serving.live.cleaning import Cleaning
from serving.live.erasure import Erasure
from serving.live.membership import Membership
from serving.live.placement import Placement
from serving.live.rebuild import Rebuild
from serving.live.refolding import Refolding
from serving.live.soundness import Soundness
from serving.live.sweep import Sweep
from serving.live.worker import StreamWorker
from serving.queue.allotment import Allotter
from serving.queue.best_share import BestShares
from serving.queue.claims import Claims
from serving.queue.completions import Completions
from serving.queue.confirmation import Confirmation
from serving.queue.handover import Handover
from serving.queue.shortage import Shortages
from serving.wiring.judgement import Judgement


class Work(Judgement):
    """Parts that hand out leads, take in events and keep the hot state."""

    @cached_property
    def register(self) -> Register:
        return Register(self.home.agents, self.configuration)

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.home.pauses, self.home.desk_log)

    @cached_property
    def allotter(self) -> Allotter:
        queue = self.queue
        shortages = Shortages(self.configuration, queue.waiting, queue.zones, queue.leases, queue.rests)
        best_shares = BestShares(self.client, self.keyspace, self.scripts)
        return Allotter(
            self.scripts, self.configuration, self.register, self.desk, best_shares, queue.granted, shortages
        )

    @cached_property
    def claims(self) -> Claims:
        leases = self.queue.leases
        confirmation = Confirmation(
            self.configuration, self.dossiers, self.scorer, self.decider, self.entries, self.queue.waiting, leases,
        )  # fmt: skip
        return Claims(self.allotter, leases, confirmation, Handover(leases, self.ledger))

    @cached_property
    def completions(self) -> Completions:
        return Completions(
            self.client, self.keyspace, self.configuration, self.contacts, self.queue.leases, self.attempt_records
        )

    @cached_property
    def intake(self) -> Intake:
        enrichment = Enrichment(self.client, self.keyspace, self.configuration, self.contacts, self.ledger)
        return Intake(self.configuration, self.clock, self.stream, self.erased_customers, self.people, enrichment)

    @cached_property
    def placement(self) -> Placement:
        return Placement(self.client, self.keyspace, self.scorer, self.decider, self.queue.waiting, self.layout)

    @cached_property
    def application(self) -> Application:
        grace = self.configuration.catalogue.queueing.callback_grace
        refolding = Refolding(
            self.client, self.keyspace, self.home, self.hot, self.contacts, self.stream, self.aside,
            self.settings.record, grace,
        )  # fmt: skip
        return Application(
            self.client, self.keyspace, self.hot, self.contacts, self.erased_customers, self.scorer, self.queue.rests,
            self.queue.people, self.outbox, self.aside, self.people, refolding, self.placement,
        )  # fmt: skip

    @cached_property
    def rebuild(self) -> Rebuild:
        return Rebuild(
            self.client, self.keyspace, self.scripts, self.home, self.configuration, self.stream, self.hot,
            self.contacts, self.erased_customers, self.recording, self.scorer, self.queue.leases,
            self.queue.rests, self.queue.people, self.attempt_records, self.placement,
            Soundness(self.client, self.home, self.configuration, self.aside), self.layout,
        )  # fmt: skip

    @cached_property
    def erasure(self) -> Erasure:
        return Erasure(
            self.client, self.keyspace, self.stream, self.contacts, self.erased_customers, self.people,
            self.queue.people, self.customers, self.settings.wait_bound,
        )  # fmt: skip

    @cached_property
    def cleaning(self) -> Cleaning:
        others = [partial(forget, self.client, self.keyspace) for forget in (forget_letters, forget_numbers)]
        return Cleaning(self.client, self.keyspace, self.home, self.aside, self.recorder, others)

    def stream_worker(self) -> StreamWorker:
        """One more worker."""
        membership = Membership(self.client, self.keyspace, self.settings.partitions)
        period = self.settings.sweep_every
        sweep = Sweep(self.client, self.keyspace, self.clock, self.stream, self.contacts, self.placement, period)
        return StreamWorker(
            self.client, self.keyspace, self.home, self.clock, self.stream, self.queue.time, self.models,
            self.application, self.layout, membership, sweep, self.learner(), self.cleaning,
            self.recording, self.settings.record_every,
        )  # fmt: skip
