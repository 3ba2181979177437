"""Everything a process of the service works with, put together once from its settings."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from features.configuration import Configuration
from features.home import Home
from features.hot import HotFeatures
from serving.agents import Register
from serving.application import Application
from serving.callbook import CallBook
from serving.clock import Clock
from serving.contacts import Contacts
from serving.desk import Desk
from serving.dialers.webhooks.configuration import load_endpoints
from serving.dialers.webhooks.outbox import Outbox
from serving.engine import connect
from serving.experience import Experience
from serving.keys import KeyFile
from serving.keyspace import Keyspace
from serving.ledger import Ledger
from serving.models import Models
from serving.people import People
from serving.pressure import Pressure
from serving.queue import Queue
from serving.ranking import call_hours
from serving.recorder import Recorder
from serving.scorer import Scorer
from serving.scripts import Scripts
from serving.settings import Settings
from serving.stream import Stream


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
    pressure: Pressure
    hot: HotFeatures
    contacts: Contacts
    people: People
    recorder: Recorder
    models: Models
    experience: Experience
    scorer: Scorer
    queue: Queue
    callbook: CallBook
    ledger: Ledger
    outbox: Outbox
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
    scorer = Scorer(client, configuration, hot, contacts, models, experience, queue, callbook)
    pressure = Pressure(client, settings.backlog_limit, settings.memory_share)
    stream = Stream(client, keyspace, settings.partitions, pressure)
    outbox = Outbox(client, keyspace, load_endpoints(home))
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
        pressure=pressure,
        hot=hot,
        contacts=contacts,
        people=People(client, keyspace, configuration.workspace, contacts, hot, stream),
        recorder=Recorder(client, keyspace, home, stream, contacts),
        models=models,
        experience=experience,
        scorer=scorer,
        queue=queue,
        callbook=callbook,
        ledger=Ledger(client, keyspace, home),
        outbox=outbox,
        application=Application(client, keyspace, hot, contacts, scorer, queue, outbox),
    )
