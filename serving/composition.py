"""A process put together: each part is made when it is first asked for, of exactly the parts that it names.

Only what hosts a process takes this: the service, workers, commands, benchmarks and tests. Whatever does something is
handed the few parts that it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial

import redis

from features.configuration import Configuration
from features.home import Home
from features.hot import HotFeatures
from serving.calls.callbook import CallBook
from serving.children import start
from serving.clock import Clock
from serving.decisions.decider import Decider
from serving.decisions.entries import Entries
from serving.decisions.experience import Experience
from serving.decisions.learner import Learner
from serving.decisions.ledger import Ledger
from serving.decisions.next_action import NextActions
from serving.decisions.outcomes import Outcomes
from serving.decisions.replay import Replay
from serving.desk.agents import Register
from serving.desk.desk import Desk
from serving.dialers.callee import Callees
from serving.dialers.calls import Calls
from serving.dialers.deadletters import forget_letters
from serving.dialers.incoming import Incoming
from serving.dialers.report import Unleased
from serving.dialers.retrying import Retrying
from serving.dialers.vicidial.book import forget_numbers
from serving.dialers.vicidial.run import Feeding
from serving.dialers.vicidial.urls import CallUrls
from serving.dialers.webhooks.configuration import Endpoint, load_endpoints
from serving.dialers.webhooks.run import Webhooks
from serving.events.aside import Aside
from serving.events.outbox import Outbox
from serving.events.stream import Stream
from serving.events.timeline import Timelines
from serving.intake.intake import Intake
from serving.intake.purpose import Purposes
from serving.live.application import Application
from serving.live.cleaning import Cleaning
from serving.live.erasure import Erasure
from serving.live.membership import Membership
from serving.live.rebuild import Rebuild
from serving.live.refolding import Refolding
from serving.live.soundness import Soundness
from serving.live.sweep import Sweep
from serving.live.worker import StreamWorker
from serving.managers.overview import Overview
from serving.managers.pushing import Pushing
from serving.people.contacts import Contacts
from serving.people.customers import Customers
from serving.people.people import People
from serving.queue.allotment import Allotter
from serving.queue.completion import Completions
from serving.queue.leasing import Claims
from serving.queue.queue import Queue
from serving.queue.ranking import call_hours
from serving.queue.shortage import Shortages
from serving.recording.recorder import Recorder
from serving.scoring.answering import Answering
from serving.scoring.degradation import Degradation
from serving.scoring.freshness import Freshness
from serving.scoring.models import Models
from serving.scoring.scorer import Scorer
from serving.scoring.scores import Scores
from serving.settings import Settings
from serving.store.engine import connect
from serving.store.keyspace import Keyspace
from serving.store.layout import StoreLayout
from serving.store.pressure import Pressure
from serving.store.scripts import Scripts


def compose(settings: Settings, url: str) -> Composition:
    """The process for a home and the hot store at a URL; nothing is connected to yet.

    Raises NotFound where there is no home, InvalidWorkspace for files of it that cannot be read.
    """
    made = Composition(settings, url)
    _ = made.configuration, made.endpoints
    return made


class Composition:
    """The parts of one process. Nothing in it is a copy: state is in the hot store and the home."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings = settings
        self.url = url

    # What everything stands on.

    @cached_property
    def home(self) -> Home:
        return Home.open(self.settings.home)

    @cached_property
    def configuration(self) -> Configuration:
        return self.home.configuration

    @cached_property
    def clock(self) -> Clock:
        return self.settings.clock

    @cached_property
    def client(self) -> redis.Redis:
        return connect(self.url)

    @cached_property
    def keyspace(self) -> Keyspace:
        return Keyspace(self.settings.prefix)

    @cached_property
    def scripts(self) -> Scripts:
        return Scripts(self.client, self.keyspace.prefix)

    @cached_property
    def layout(self) -> StoreLayout:
        return StoreLayout(self.client, self.keyspace, self.configuration.layout.digest)

    @cached_property
    def pressure(self) -> Pressure:
        return Pressure(self.client, self.settings.backlog_limit, self.settings.memory_share)

    @cached_property
    def hot(self) -> HotFeatures:
        return HotFeatures(self.configuration.layout, self.settings.prefix)

    # Events.

    @cached_property
    def stream(self) -> Stream:
        return Stream(self.client, self.keyspace, self.settings.partitions, self.pressure)

    @cached_property
    def aside(self) -> Aside:
        return Aside(self.client, self.keyspace, self.stream)

    @cached_property
    def timelines(self) -> Timelines:
        return Timelines(self.client, self.keyspace, self.home)

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        return load_endpoints(self.home)

    @cached_property
    def outbox(self) -> Outbox:
        wants = {name: endpoint.types for name, endpoint in self.endpoints.items()}
        return Outbox(self.client, self.keyspace, wants)

    # People.

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.client, self.keyspace, self.configuration.workspace.owner_tag)

    @cached_property
    def people(self) -> People:
        workspace = self.configuration.workspace
        return People(self.client, self.keyspace, workspace, self.contacts, self.hot, self.stream)

    @cached_property
    def customers(self) -> Customers:
        return Customers(self.configuration, self.contacts, self.people)

    @cached_property
    def recorder(self) -> Recorder:
        return Recorder(self.client, self.keyspace, self.home, self.stream, self.contacts, self.aside, self.clock)

    @cached_property
    def recording(self) -> Recorder | None:
        """The recorder, None where nothing is recorded."""
        return self.recorder if self.settings.record else None

    # Scores.

    @cached_property
    def models(self) -> Models:
        return Models(self.home)

    @cached_property
    def callbook(self) -> CallBook:
        return CallBook(self.client, self.keyspace)

    @cached_property
    def scorer(self) -> Scorer:
        return Scorer(self.client, self.configuration, self.hot, self.contacts, self.models, self.callbook)

    @cached_property
    def freshness(self) -> Freshness:
        return Freshness(self.client, self.keyspace, self.stream, self.settings.lag_bound)

    @cached_property
    def degradation(self) -> Degradation:
        return Degradation(self.models, self.freshness, self.settings.profile_bound)

    @cached_property
    def answering(self) -> Answering:
        return Answering(self.contacts, self.layout)

    @cached_property
    def scores(self) -> Scores:
        return Scores(self.answering, self.scorer, self.degradation)

    # Decisions.

    @cached_property
    def experience(self) -> Experience:
        return Experience(self.home)

    @cached_property
    def decider(self) -> Decider:
        return Decider(self.configuration, self.experience)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.client, self.keyspace, self.home)

    @cached_property
    def entries(self) -> Entries:
        return Entries(self.client, self.scripts, self.home, self.scorer, self.ledger, self.outbox)

    @cached_property
    def next_actions(self) -> NextActions:
        return NextActions(self.answering, self.scorer, self.decider, self.entries, self.degradation)

    @cached_property
    def outcomes(self) -> Outcomes:
        return Outcomes(self.home, self.configuration, self.recording, self.experience, self.ledger)

    @cached_property
    def replay(self) -> Replay:
        return Replay(self.home, self.models, self.experience, self.ledger)

    def learner(self) -> Learner:
        """Of the worker who is asked whether it is time."""
        every = self.configuration.catalogue.learning.every if self.settings.record else None
        begin = partial(start, "-m", "serving.learner", settings=self.settings, url=self.url)
        return Learner(self.client, self.keyspace, self.clock, every, begin)

    # The queue.

    @cached_property
    def register(self) -> Register:
        return Register(self.home.agents, self.configuration)

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.home.pauses, self.home.desk_log)

    @cached_property
    def queue(self) -> Queue:
        names, hours = tuple(self.configuration.workspace.objectives), call_hours(self.configuration)
        reserve = self.configuration.catalogue.queueing.reserve
        return Queue(self.client, self.keyspace, self.settings.partitions, names, hours, reserve)

    @cached_property
    def allotter(self) -> Allotter:
        shortages = Shortages(self.configuration, self.queue)
        return Allotter(
            self.client,
            self.keyspace,
            self.scripts,
            self.configuration,
            self.register,
            self.desk,
            self.queue,
            shortages,
        )

    @cached_property
    def claims(self) -> Claims:
        return Claims(
            self.client, self.keyspace, self.configuration, self.stream, self.scorer, self.decider, self.queue,
            self.callbook, self.entries, self.allotter,
        )  # fmt: skip

    @cached_property
    def completions(self) -> Completions:
        return Completions(self.client, self.keyspace, self.configuration, self.contacts, self.queue, self.callbook)

    # Intake, and what follows from events.

    @cached_property
    def intake(self) -> Intake:
        purposes = Purposes(self.client, self.keyspace, self.configuration, self.contacts, self.ledger)
        return Intake(self.configuration, self.clock, self.stream, self.contacts, self.people, purposes)

    @cached_property
    def application(self) -> Application:
        grace = self.configuration.catalogue.queueing.callback_grace
        refolding = Refolding(
            self.client, self.keyspace, self.home, self.hot, self.contacts, self.stream, self.aside,
            self.settings.record, grace,
        )  # fmt: skip
        return Application(
            self.client, self.keyspace, self.hot, self.contacts, self.scorer, self.decider, self.queue, self.outbox,
            self.aside, self.people, refolding, self.layout,
        )  # fmt: skip

    @cached_property
    def rebuild(self) -> Rebuild:
        return Rebuild(
            self.client, self.keyspace, self.scripts, self.home, self.configuration, self.stream, self.hot,
            self.contacts, self.recording, self.scorer, self.queue, self.callbook, self.application,
            Soundness(self.client, self.configuration, self.aside), self.layout,
        )  # fmt: skip

    @cached_property
    def erasure(self) -> Erasure:
        return Erasure(
            self.client, self.keyspace, self.stream, self.hot, self.contacts, self.people, self.queue, self.customers,
            self.settings.wait_bound,
        )  # fmt: skip

    @cached_property
    def cleaning(self) -> Cleaning:
        others = [partial(forget, self.client, self.keyspace) for forget in (forget_letters, forget_numbers)]
        return Cleaning(self.client, self.keyspace, self.home, self.aside, self.recorder, others)

    def stream_worker(self) -> StreamWorker:
        """One more worker."""
        membership = Membership(self.client, self.keyspace.prefix, self.settings.partitions)
        period = self.settings.sweep_every
        sweep = Sweep(self.client, self.keyspace, self.clock, self.stream, self.contacts, self.application, period)
        return StreamWorker(
            self.client, self.keyspace, self.home, self.clock, self.stream, self.queue, self.models, self.application,
            self.layout, membership, sweep, self.learner(), self.cleaning, self.recording, self.settings.record_every,
        )  # fmt: skip

    # Managers and dialers.

    @cached_property
    def overview(self) -> Overview:
        return Overview(self.configuration, self.desk, self.queue)

    @cached_property
    def pushing(self) -> Pushing:
        return Pushing(self.contacts, self.scorer, self.decider, self.queue)

    @cached_property
    def callees(self) -> Callees:
        return Callees(self.configuration, self.contacts)

    @cached_property
    def calls(self) -> Calls:
        unleased = Unleased(self.configuration, self.stream, self.contacts, self.queue, self.callbook)
        return Calls(
            self.client, self.keyspace, self.stream, self.contacts, self.queue, self.completions, unleased
        )  # fmt: skip

    @cached_property
    def incoming(self) -> Incoming:
        return Incoming(self.client, self.keyspace, self.configuration, self.callees, self.calls)

    @cached_property
    def call_urls(self) -> CallUrls:
        return CallUrls(self.client, self.keyspace, self.configuration, self.callees, self.calls)

    @cached_property
    def retrying(self) -> Retrying:
        return Retrying(self.client, self.keyspace, self.incoming, self.call_urls)

    @cached_property
    def feeding(self) -> Feeding:
        return Feeding(
            self.client, self.keyspace, self.clock, self.queue, self.claims, self.scorer, self.decider, self.calls,
            self.call_urls,
        )  # fmt: skip

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.client, self.keyspace, self.clock, self.contacts, self.outbox, self.endpoints)
