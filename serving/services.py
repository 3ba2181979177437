"""Everything a process of the service works with, put together once from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import redis

from features.configuration import Configuration
from features.home import Home
from features.hot import HotFeatures
from serving.calls.callbook import CallBook
from serving.clock import Clock
from serving.decisions.decider import Decider
from serving.decisions.experience import Experience
from serving.decisions.ledger import Ledger
from serving.desk.agents import Register
from serving.desk.desk import Desk
from serving.dialers.webhooks.configuration import Endpoint, load_endpoints
from serving.events.aside import Aside
from serving.events.outbox import Outbox
from serving.events.stream import Stream
from serving.http.keys import KeyFile
from serving.live.application import Application
from serving.live.refolding import Refolding
from serving.people.contacts import Contacts
from serving.people.people import People
from serving.queue.queue import Queue
from serving.queue.ranking import call_hours
from serving.recording.recorder import Recorder
from serving.scoring.models import Models
from serving.scoring.scorer import Scorer
from serving.settings import Settings
from serving.store.engine import connect
from serving.store.keyspace import Keyspace
from serving.store.pressure import Pressure
from serving.store.scripts import Scripts


@dataclass(frozen=True)
class Services:
    """The parts of one process. Nothing in it is a copy: state is in the hot store and the home."""

    settings: Settings
    home: Home
    configuration: Configuration
    client: redis.Redis
    clock: Clock
    keyspace: Keyspace
    scripts: Scripts
    keys: KeyFile
    register: Register
    desk: Desk
    stream: Stream
    aside: Aside
    pressure: Pressure
    hot: HotFeatures
    contacts: Contacts
    people: People
    recorder: Recorder
    models: Models
    experience: Experience
    scorer: Scorer
    decider: Decider
    queue: Queue
    callbook: CallBook
    ledger: Ledger
    outbox: Outbox
    endpoints: Mapping[str, Endpoint]
    application: Application


def build(settings: Settings, url: str) -> Services:
    """The parts for a home and the hot store at a URL; nothing is connected to yet."""
    home = Home.open(settings.home)
    configuration = home.configuration
    client = connect(url)
    keyspace = Keyspace(settings.prefix)
    hot = HotFeatures(configuration.layout, settings.prefix)
    contacts = Contacts(client, keyspace, configuration.workspace.owner_tag)
    models = Models(home)
    experience = Experience(home)
    names, queueing = tuple(configuration.workspace.objectives), configuration.catalogue.queueing
    queue = Queue(client, keyspace, settings.partitions, names, call_hours(configuration), queueing.reserve)
    callbook = CallBook(client, keyspace)
    scorer = Scorer(client, configuration, hot, contacts, models, callbook)
    decider = Decider(configuration, experience)
    pressure = Pressure(client, settings.backlog_limit, settings.memory_share)
    stream = Stream(client, keyspace, settings.partitions, pressure)
    aside = Aside(client, keyspace, stream)
    endpoints = load_endpoints(home)
    outbox = Outbox(client, keyspace, {name: endpoint.types for name, endpoint in endpoints.items()})
    people = People(client, keyspace, configuration.workspace, contacts, hot, stream)
    refolding = Refolding(
        client, keyspace, home, hot, contacts, stream, aside, settings.record, queueing.callback_grace
    )
    return Services(
        settings=settings,
        home=home,
        configuration=configuration,
        client=client,
        clock=settings.clock,
        keyspace=keyspace,
        scripts=Scripts(client, keyspace.prefix),
        keys=KeyFile(home.keys),
        register=Register(home.agents, configuration),
        desk=Desk(home.pauses, home.desk_log),
        stream=stream,
        aside=aside,
        pressure=pressure,
        hot=hot,
        contacts=contacts,
        people=people,
        recorder=Recorder(client, keyspace, home, stream, contacts, aside, settings.clock),
        models=models,
        experience=experience,
        scorer=scorer,
        decider=decider,
        endpoints=endpoints,
        queue=queue,
        callbook=callbook,
        ledger=Ledger(client, keyspace, home),
        outbox=outbox,
        application=Application(
            client, keyspace, hot, contacts, scorer, decider, queue, outbox, aside, people, refolding
        ),
    )
