"""The wings of the service: what rooms above serving add to it. A host names `console.wings:build`."""

from __future__ import annotations

from fastapi import APIRouter

from console.agent.card import Cards
from console.agent.desk import AgentDesk
from console.agent.own_day import OwnDays
from console.catalogue.rehearsing import Rehearsals
from console.catalogue.room import Room
from console.covering import Covering
from console.customer.thoughts import Thoughts
from console.judged import Judging
from console.pages import Pages
from console.routes import agent, catalogue, customers, decisions, drafts, front, health, models, queues, team
from console.routes import alerts as alert_pages
from console.routes import reports as report_pages
from monitoring.reports.reports import Reports
from monitoring.routes import alerts, reports, watching
from monitoring.shadow.collector import ShadowCollector
from monitoring.watching.collector import LookCollector
from serving.composition import Composition
from serving.decisions.coverage import coverage
from serving.http.access import Doorkeeper
from serving.http.view import CustomerCards
from serving.queue import lease_purpose
from serving.wing import Wing

_MEMORY = "1GB"
"""What a report may take of the memory of a process that answers others meanwhile."""


def build(parts: Composition, doorkeeper: Doorkeeper) -> Wing:
    """The wings of one process of the service."""
    told = Reports(parts.home, parts.clock.now, _MEMORY)
    return Wing(
        api=(
            reports.router(doorkeeper, told),
            watching.router(doorkeeper, parts.home),
            alerts.router(doorkeeper, parts.clock, parts.home),
        ),
        pages=_pages(parts, doorkeeper, told),
        collectors=(LookCollector(parts.home, parts.clock.now), ShadowCollector(parts.home)),
    )


def _pages(parts: Composition, doorkeeper: Doorkeeper, told: Reports) -> tuple[APIRouter, ...]:
    configuration, clock, queue = parts.configuration, parts.clock, parts.queue
    pages = Pages(configuration.workspace, {action.name: action.label for action in configuration.catalogue.actions})
    views = CustomerCards(
        configuration, parts.customers, parts.timelines, parts.scorer, parts.decider, parts.degradation
    )  # fmt: skip
    judging = Judging(parts.scorer, parts.decider)
    cards = Cards(configuration, parts.customers, parts.contacts, views, judging)
    desk = AgentDesk(
        queue.leases, parts.completions, lambda lease: lease_purpose.find(parts.client, parts.keyspace, lease),
        parts.ledger.read,
    )  # fmt: skip
    thoughts = Thoughts(configuration, parts.scorer, parts.ledger)
    covering = Covering(lambda now, told: coverage(parts.contacts, parts.scorer, parts.decider, now, told))
    days = OwnDays(configuration, queue.promises, parts.register, queue.granted)
    return (
        front.router(doorkeeper),
        agent.router(
            doorkeeper, pages, clock, configuration, queue.names, parts.claims, desk, cards, days
        ),
        customers.router(
            doorkeeper, pages, clock, configuration, parts.customers, views, judging, thoughts, parts.timelines,
            parts.hot_timelines, parts.merging,
        ),
        queues.router(
            doorkeeper, pages, clock, queue.names, parts.overview, parts.campaigns, queue.waiting, parts.desk,
            parts.pushing,
        ),
        team.router(doorkeeper, pages, clock, queue.leases, parts.register, queue.recalls, parts.desk),
        decisions.router(
            doorkeeper, pages, clock, configuration.catalogue, parts.ledger, parts.replay, covering
        ),
        models.router(doorkeeper, pages, parts.models, parts.degradation),
        report_pages.router(doorkeeper, pages, clock, told),
        alert_pages.router(doorkeeper, pages, clock, parts.home, configuration),
        health.router(
            doorkeeper, pages, clock, parts.degradation, parts.freshness, parts.stream, parts.pressure, parts.aside,
            parts.letter_boxes, parts.desk,
        ),
        *_catalogue(parts, doorkeeper, pages),
    )  # fmt: skip


def _catalogue(parts: Composition, doorkeeper: Doorkeeper, pages: Pages) -> tuple[APIRouter, ...]:
    room = Room(parts.configuration, parts.shelf, parts.checking, parts.publication)
    rehearsals = Rehearsals(
        parts.home, parts.outcomes, parts.experience, parts.drafts, parts.checking, parts.clock.now
    )  # fmt: skip
    return (
        catalogue.router(
            doorkeeper, pages, parts.clock, room, parts.drafts, parts.catalogue_versions, parts.holding
        ),
        drafts.router(doorkeeper, pages, parts.clock, room, parts.drafts, rehearsals),
    )  # fmt: skip
