"""The HTTP service over a process that is put together: every route with the use cases that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from serving.audit.record import Record
from serving.composition import Composition
from serving.dialers.configuration import load_dialers
from serving.http.access import Doorkeeper
from serving.http.api import create_app
from serving.http.callers import Callers
from serving.http.directory import Directory
from serving.http.key_use import KeyUse
from serving.http.keys import KeyFile
from serving.http.metrics import Metrics
from serving.http.repeated_requests import Idempotency
from serving.http.routes import (
    agents,
    audit,
    customers,
    desk,
    dialers,
    events,
    privacy,
    provider_pages,
    queue,
    scores,
    session,
    sign_in_pages,
)
from serving.http.routes.health import Probe
from serving.http.routes.sign_in_pages import SignInPage
from serving.http.routing import answer_by
from serving.http.scrapers import Scrapers
from serving.http.sign_in import SignIn
from serving.http.traced import Traced
from serving.http.view import CustomerCards
from serving.http.waiting import Waiting
from serving.http.warmup import warm_up
from serving.signin.pending import Pending
from serving.signin.sign_in_links import SignInLinks
from serving.wing import Build, none


def web(parts: Composition, counted: Path | None = None, wings: Build = none) -> FastAPI:
    """The app of one process of the service. counted: the folder in which its processes count together. wings: what
    rooms above this one add.
    """
    clock, configuration = parts.clock, parts.configuration
    doorkeeper = doorkeeper_of(parts)
    waiting = Waiting(parts.stream, parts.settings.wait_bound)
    wing = wings(parts, doorkeeper)
    metrics = Metrics(
        parts.client, parts.keyspace, clock, parts.stream, parts.aside, parts.pressure, parts.models, parts.freshness,
        parts.overview, parts.tallies, parts.holds, counted, wing.collectors,
    )  # fmt: skip
    cards = CustomerCards(
        configuration, parts.customers, parts.timelines, parts.scorer, parts.decider, parts.degradation
    )  # fmt: skip
    keyed = (
        *wing.api,
        session.router(doorkeeper),
        audit.router(doorkeeper, Record(parts.home.folder), parts.trail),
        scores.router(doorkeeper, clock, parts.models, parts.scores, parts.next_actions, parts.ledger),
        events.router(doorkeeper, clock, parts.intake, parts.aside, waiting, metrics),
        customers.router(
            doorkeeper, clock, parts.customers, parts.people, parts.merging, parts.deletion, cards, parts.timelines,
            parts.models, parts.stream, waiting,
        ),
        privacy.router(
            doorkeeper, clock, parts.customers, parts.scorer, parts.consent_record, parts.person_export,
            parts.legal_holds,
        ),
        queue.router(
            doorkeeper, clock, configuration, parts.models, parts.queue.names, parts.queue.waiting,
            parts.queue.leases, parts.overview, parts.claims, parts.completions,
            Idempotency(parts.client, parts.keyspace), parts.register, metrics.claim_part,
        ),
        agents.router(doorkeeper, clock, parts.register, parts.desk),
        desk.router(
            doorkeeper, clock, configuration, parts.queue.names, parts.queue.leases, parts.desk, parts.campaigns,
            parts.queue.recalls, parts.pushing,
        ),
    )  # fmt: skip
    heard = dialers.router(load_dialers(parts.home), clock, parts.call_urls, parts.incoming)
    probe = Probe(parts.client, parts.keyspace, parts.models, parts.home.hot)
    scrapers = Scrapers(doorkeeper, parts.settings.metrics)
    app = create_app(keyed, heard, probe, metrics, scrapers, parts.settings.body_limit, parts.home.hot)
    for ways_in in _ways_in(parts, doorkeeper):
        answer_by(app, ways_in, in_document=False)
    for pages in wing.pages:
        answer_by(app, pages, in_document=False)
    if parts.tracer is not None:
        app.add_middleware(Traced, tracer=parts.tracer)
    app.router.routes.extend(wing.mounts)
    app.router.middleware_stack = Directory(app.router.middleware_stack, iter_route_contexts(app.routes))
    return app


def _ways_in(parts: Composition, doorkeeper: Doorkeeper) -> Iterator[APIRouter]:
    """The pages on which people sign in."""
    provider = parts.provider
    page = SignInPage(provider is not None)
    yield sign_in_pages.router(doorkeeper, page, lambda: None if provider is None else provider.goodbye())
    if provider is not None:
        pending = Pending(parts.client, parts.keyspace, parts.digests)
        yield provider_pages.router(doorkeeper, provider, pending, page)


def doorkeeper_of(parts: Composition) -> Doorkeeper:
    """Who looks at keys and sessions in this process."""
    callers = Callers(KeyFile(parts.home.keys), KeyUse(parts.home.keys), parts.sessions, parts.register)
    links = SignInLinks(parts.home, parts.digests)
    sign_in = SignIn(callers, parts.sessions, links, parts.trail, lambda: datetime.now(UTC))
    return Doorkeeper(callers, parts.policy, sign_in, parts.trail)


def warm(parts: Composition) -> None:
    """Do once what is slow the first time."""
    warm_up(
        parts.contacts,
        parts.scores,
        parts.scorer,
        parts.decider,
        parts.queue.names,
        parts.queue.waiting,
        parts.clock.now(),
    )
