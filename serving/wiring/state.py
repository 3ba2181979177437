"""What a process knows: the home, the hot store, events in their streams, and people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import redis

from features.configuration import Configuration
from features.digest import Digests
from features.home import Home
from features.hot import HotFeatures
from features.sealing import Seal, seal_of
from serving.calls.attempt_records import AttemptRecords
from serving.clock import Clock
from serving.dialers.webhooks.configuration import Endpoint, load_endpoints
from serving.events.aside import Aside
from serving.events.outbox import Outbox
from serving.events.stream import Stream
from serving.events.timeline import HotTimelines, Timelines
from serving.people.circle import Circles
from serving.people.contacts import Contacts
from serving.people.customers import Customers
from serving.people.erased_customers import ErasedCustomers
from serving.people.merging import Merging
from serving.people.named_policies import NamedPolicies
from serving.people.pasts import Pasts
from serving.people.people import People
from serving.people.settling import Settling
from serving.queue.queued_people import QueuedPeople
from serving.settings import Settings
from serving.store.engine import connect
from serving.store.keyspace import Keyspace
from serving.store.layout import StoreLayout
from serving.store.pressure import Pressure
from serving.store.scripts import Scripts
from serving.traces import spanned_store, tracer_to

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class State:
    """Parts that keep what happened. Nothing in them is a copy: state is in the hot store and the home."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings = settings
        self.url = url

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
        return spanned_store(self.tracer, connect(self.url, seal=self.seal))

    @cached_property
    def tracer(self) -> Tracer | None:
        """What begins spans, where somebody asked for traces."""
        return tracer_to(self.settings.traces)

    @cached_property
    def seal(self) -> Seal | None:
        return seal_of(self.home.folder)

    @cached_property
    def keyspace(self) -> Keyspace:
        return Keyspace(self.settings.prefix, self.seal)

    @cached_property
    def scripts(self) -> Scripts:
        return Scripts(self.client, self.keyspace)

    @cached_property
    def layout(self) -> StoreLayout:
        digest = self.configuration.layout.digest
        return StoreLayout(self.client, self.keyspace, digest, lambda: self.home.imports)

    @cached_property
    def pressure(self) -> Pressure:
        return Pressure(self.client, self.settings.backlog_limit, self.settings.memory_share)

    @cached_property
    def hot(self) -> HotFeatures:
        return HotFeatures(self.configuration.layout, self.settings.prefix)

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
    def policies(self) -> NamedPolicies:
        return NamedPolicies(self.configuration.workspace, self.contacts, self.hot_timelines, self.timelines)

    @cached_property
    def hot_timelines(self) -> HotTimelines:
        return HotTimelines(self.client, self.keyspace, self.scripts)

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        return load_endpoints(self.home)

    @cached_property
    def outbox(self) -> Outbox:
        wants = {name: endpoint.types for name, endpoint in self.endpoints.items()}
        return Outbox(self.client, self.keyspace, wants)

    @cached_property
    def digests(self) -> Digests:
        return Digests(self.home.folder)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.client, self.keyspace, self.digests, self.configuration.workspace.owner_tag)

    @cached_property
    def erased_customers(self) -> ErasedCustomers:
        holds = self.configuration.workspace.erased_holds
        return ErasedCustomers(self.client, self.keyspace, self.digests, self.clock, holds)

    @cached_property
    def circles(self) -> Circles:
        return Circles(self.client, self.keyspace, self.configuration.workspace, self.contacts)

    @cached_property
    def settling(self) -> Settling:
        workspace = self.configuration.workspace
        return Settling(self.keyspace, workspace, self.contacts, self.hot, self.stream, self.pasts)

    @cached_property
    def pasts(self) -> Pasts:
        queue = QueuedPeople(self.scripts, AttemptRecords(self.client, self.keyspace), self.settings.partitions)
        return Pasts(self.client, self.hot, queue)

    @cached_property
    def people(self) -> People:
        workspace = self.configuration.workspace
        return People(self.client, self.keyspace, workspace, self.contacts, self.circles, self.settling)

    @cached_property
    def merging(self) -> Merging:
        return Merging(self.client, self.keyspace, self.contacts, self.circles, self.settling, self.people)

    @cached_property
    def customers(self) -> Customers:
        return Customers(self.configuration.workspace, self.contacts, self.erased_customers, self.people)
