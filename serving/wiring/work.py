"""What a process does: queue and leases, intake, what follows from events, and rebuilding it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property, partial

from features.own_events import MERGED, UNMERGED
from serving.children import start
from serving.desk.agents import Register
from serving.dialers.dead_letters import forget_letters
from serving.dialers.vicidial.lead_records import forget_numbers
from serving.live.application import Application
from serving.live.call_refill import CallRefill
from serving.live.cleaning import Cleaning
from serving.live.effects import Change, Effects, Forgetting
from serving.live.emptying import Emptying
from serving.live.erasure import Erasure
from serving.live.folding import Folding
from serving.live.holders import Holders
from serving.live.hot_traces import HotTraces
from serving.live.identity_refill import IdentityRefill
from serving.live.joining import Joining
from serving.live.keeping import Keeping
from serving.live.live_states import LiveStates
from serving.live.membership import Membership
from serving.live.naming import Naming
from serving.live.number_refusals import NumberRefusals
from serving.live.others_record import OthersRecord
from serving.live.parting import Parting
from serving.live.pending_erasures import PendingErasures
from serving.live.place_refill import PlaceRefill
from serving.live.placement import Placement
from serving.live.positions import Positions
from serving.live.rebuild import Rebuild
from serving.live.recurring import Recurring
from serving.live.refill import Refill
from serving.live.refolding import Refolding
from serving.live.remembrance import Remembrance
from serving.live.revivals import Revivals
from serving.live.soundness import Soundness
from serving.live.sweep import Sweep
from serving.live.tallies import Tallies
from serving.live.told_record import ToldRecord
from serving.live.worker import StreamWorker
from serving.queue.allotment import Allotter
from serving.queue.best_share import BestShares
from serving.queue.claims import Claims
from serving.queue.completions import Completions
from serving.queue.confirmation import Confirmation
from serving.queue.handover import Handover
from serving.queue.holds import Holds
from serving.queue.lead_decisions import LeadDecisions
from serving.queue.preparing import Preparing
from serving.queue.shortage import Shortages
from serving.store.passing import forget_passing
from serving.wiring.judgement import Judgement


class Work(Judgement):
    """Parts that hand out leads, take in events and keep the hot state."""

    @cached_property
    def register(self) -> Register:
        return Register(self.home.agents, self.configuration)

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
        leases, decisions = self.queue.leases, self.lead_decisions
        confirmation = Confirmation(self.configuration.catalogue, self.dossiers, decisions, self.queue.waiting, leases)
        return Claims(self.allotter, leases, decisions, confirmation, Handover(leases, self.ledger))

    @cached_property
    def lead_decisions(self) -> LeadDecisions:
        return LeadDecisions(self.configuration, self.scorer, self.decider, self.entries)

    @cached_property
    def preparing(self) -> Preparing:
        return Preparing(
            self.configuration,
            self.dossiers,
            self.lead_decisions,
            self.ledger,
            self.contacts,
            self.queue.prepared,
            self.keyspace,
        )

    @cached_property
    def completions(self) -> Completions:
        return Completions(
            self.client, self.keyspace, self.configuration, self.contacts, self.queue.leases, self.attempt_records,
            self.policies,
        )  # fmt: skip

    @cached_property
    def placement(self) -> Placement:
        return Placement(
            self.client, self.keyspace, self.scorer, self.decider, self.queue.waiting, self.layout, self.tallies
        )

    @cached_property
    def tallies(self) -> Tallies:
        return Tallies(self.client, self.keyspace, self.configuration)

    @cached_property
    def holds(self) -> Holds:
        return Holds(self.client, self.keyspace, self.queue.leases)

    @cached_property
    def states(self) -> LiveStates:
        return LiveStates(self.client, self.hot, self.contacts)

    @cached_property
    def revivals(self) -> Revivals:
        return Revivals(self.scripts, self.scorer, self.queue.rests)

    @cached_property
    def effects(self) -> Effects:
        changes: Mapping[str | None, Change] = {
            MERGED: Joining(
                self.states, self.hot_timelines, self.scorer, self.queue.rests, self.queue.people, self.revivals,
                self.placement,
            ),
            UNMERGED: Parting(
                self.states, self.hot_timelines, self.stream, self._refolding(), self.queue.people, self.revivals,
                self.placement,
            ),
            None: Folding(
                self.states, self.scorer, self.queue.rests, self.revivals, self.number_refusals, self.placement
            ),
        }  # fmt: skip
        forgetting = Forgetting(self.keyspace, self.queue.people)
        return Effects(
            self.configuration.workspace, self.contacts, self.erased_customers, self.hot_timelines, self.outbox,
            forgetting, changes,
        )  # fmt: skip

    def _refolding(self) -> Refolding:
        record = ToldRecord(self.home, self.stream, self.aside, self.layout, self.settings.record)
        grace = self.configuration.catalogue.queue.queueing.callback_grace
        return Refolding(
            self.configuration.layout, record, self.contacts, self.hot_timelines, self.attempt_records,
            self.erased_customers, grace,
        )  # fmt: skip

    @cached_property
    def number_refusals(self) -> NumberRefusals:
        return NumberRefusals(self.states, self.contacts, self.stream, self.revivals, self.placement)

    @cached_property
    def application(self) -> Application:
        positions = Positions(self.client, self.keyspace)
        return Application(
            self.configuration.workspace, positions, self.aside, self.people, self.effects, self.number_refusals
        )

    @cached_property
    def rebuild(self) -> Rebuild:
        client, keys, home = self.client, self.keyspace, self.home
        soundness = Soundness(client, home, self.configuration, self.aside)
        refill = Refill(
            Remembrance(client, keys, home, self.erased_customers, soundness),
            IdentityRefill(client, keys, home, self.contacts),
            Holders(client, keys, self.queue.leases, self.queue.people),
            CallRefill(client, keys, home, self.configuration, self.attempt_records, soundness),
            PlaceRefill(self.states, self.contacts, self.queue.rests, self.revivals, self.placement),
        )
        emptying = Emptying(client, keys, home, self.stream, self.recording, self.cleaning, self.pending_erasures)
        return Rebuild(client, keys, home, self.layout, emptying, soundness, refill)

    @cached_property
    def erasure(self) -> Erasure:
        workspace = self.configuration.workspace
        texts = [tag for tag in workspace.tags.values() if tag.type == "text" and tag.name != workspace.owner_tag]
        naming = Naming(self.contacts, self.hot_timelines, {tag.name: tag.distinct for tag in texts})
        traces = HotTraces(self.keyspace, self.hot_timelines, self.queue.people)
        return Erasure(
            self.customers, self.people, naming, traces, self.erased_customers, self.pending_erasures, self.stream,
            self.settings.wait_bound,
        )  # fmt: skip

    @cached_property
    def pending_erasures(self) -> PendingErasures:
        return PendingErasures(self.client, self.keyspace)

    @cached_property
    def cleaning(self) -> Cleaning:
        store = [
            partial(forget, self.client, self.keyspace) for forget in (forget_passing, forget_letters, forget_numbers)
        ]
        record = OthersRecord(self.home, self.digests, self.contacts, self.hot_timelines)
        return Cleaning(
            self.client, self.keyspace, self.home, self.stream, self.recorder, record, self.pending_erasures,
            [self.aside.forget, self.desk.forget, *store],
        )  # fmt: skip

    def recurring(self) -> Mapping[str, Recurring]:
        """Of the worker who is asked whether it is time: to learn, and to look after the service, where somebody does.
        A past is left as it was.
        """
        settings, configuration = self.settings, self.configuration
        learns = configuration.catalogue.experiments.learning.every if settings.record else None
        found = {"learned": self._recurring("learned", learns, "serving.learner")}
        if configuration.workspace.retention.is_declared and settings.record:
            found["retained"] = self._recurring("retained", timedelta(days=1), "serving.retainer")
        if settings.watcher is not None:
            looks = configuration.watch.every if settings.record else None
            found["watched"] = self._recurring("watched", looks, settings.watcher, at_once=False)
        return found

    def _recurring(self, name: str, every: timedelta | None, module: str, at_once: bool = True) -> Recurring:
        begin = partial(start, "-m", module, settings=self.settings, url=self.url)
        return Recurring(self.client, self.keyspace, self.clock, name, every, begin, at_once)

    def stream_worker(self) -> StreamWorker:
        """One more worker."""
        membership = Membership(self.client, self.keyspace, self.settings.partitions)
        period = self.settings.sweep_every
        digest = self.configuration.catalogue.digest
        sweep = Sweep(
            self.client, self.keyspace, self.clock, self.stream, self.contacts, self.placement, period, digest
        )  # fmt: skip
        keeping = Keeping(
            self.home, self.clock, self.stream, self.queue.time, self.holds, self.cleaning, self.recurring(),
            self.following(), self.recording, self.settings.record_every,
        )  # fmt: skip
        return StreamWorker(
            self.clock, self.stream, self.application, self.layout, membership, sweep, self.models, keeping,
            self.preparing,
        )  # fmt: skip
