"""A process put together, with those who ask for its work: managers and dialers."""

from __future__ import annotations

import os
import time
from functools import cached_property
from typing import TYPE_CHECKING

from serving.access.masking import Maskings
from serving.access.policy import Policy
from serving.audit.trail import Trail
from serving.catalogue.checking import Checking
from serving.catalogue.drafts import Drafts
from serving.catalogue.holding import Holding
from serving.catalogue.publication import Publication
from serving.catalogue.shelf import Shelf
from serving.catalogue.versions import Versions
from serving.dialers.callable_leads import CallableLeads
from serving.dialers.called_customer import CalledCustomers
from serving.dialers.calls import Calls
from serving.dialers.dialer_leases import DialerLeases
from serving.dialers.incoming import Incoming
from serving.dialers.letter_boxes import LetterBoxes
from serving.dialers.report import Unleased
from serving.dialers.retrying import Retrying
from serving.dialers.vicidial.run import Feeding
from serving.dialers.vicidial.urls import CallUrls
from serving.dialers.webhooks.run import Webhooks
from serving.managers.pushing import Pushing
from serving.queue.custody import StoredCustody
from serving.settings import Settings
from serving.signin.configuration import SignInConfiguration, load_sign_in
from serving.signin.sessions import Sessions
from serving.wiring.privacy import Privacy

if TYPE_CHECKING:
    from serving.signin.provider import Provider


def compose(settings: Settings, url: str) -> Composition:
    """The process for a home and the hot store at a URL; nothing is connected to yet.

    Raises NotFound where there is no home, InvalidWorkspace for files of it that cannot be read.
    """
    made = Composition(settings, url)
    _ = made.configuration, made.endpoints
    return made


class Composition(Privacy):
    """The parts of one process."""

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self.client, self.keyspace, self.digests, self.sign_in.times, time.time)

    @cached_property
    def sign_in(self) -> SignInConfiguration:
        return load_sign_in(self.home.folder)

    @cached_property
    def provider(self) -> Provider | None:
        configured = self.sign_in.provider
        if configured is None:
            return None
        # Here, as what speaks OpenID Connect takes long to load, and most homes have no provider.
        from serving.signin.provider import Provider

        return Provider(configured, None if configured.secret is None else configured.secret.reveal(os.environ))

    @cached_property
    def trail(self) -> Trail:
        return Trail(self.home.folder)

    @cached_property
    def policy(self) -> Policy:
        tags = self.configuration.workspace.tags.values()
        private = [tag.name for tag in tags if tag.distinct]
        sensitive = [tag.name for tag in tags if tag.sensitive]
        custody = StoredCustody(self.client, self.keyspace, self.contacts, self.register)
        return Policy(custody, Maskings(private, sensitive, self.digests.of))

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf(self.home)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self.shelf)

    @cached_property
    def catalogue_versions(self) -> Versions:
        return Versions(self.shelf)

    @cached_property
    def checking(self) -> Checking:
        return Checking(self.home, self.configuration)

    @cached_property
    def publication(self) -> Publication:
        second = self.configuration.workspace.second_person
        past = not self.settings.record
        return Publication(self.shelf, self.drafts, self.catalogue_versions, self.checking, second, past)

    @cached_property
    def holding(self) -> Holding:
        return Holding(self.configuration, self.contacts, self.scorer)

    @cached_property
    def pushing(self) -> Pushing:
        return Pushing(self.contacts, self.scorer, self.decider, self.queue.names, self.queue.rests, self.queue.pushed)

    @cached_property
    def called_customers(self) -> CalledCustomers:
        return CalledCustomers(self.configuration.workspace.recognition, self.contacts)

    @cached_property
    def calls(self) -> Calls:
        unleased = Unleased(self.configuration, self.stream, self.contacts, self.queue.rests, self.attempt_records)
        return Calls(
            self.client, self.keyspace, self.stream, self.contacts, self.queue.leases, self.completions, unleased
        )  # fmt: skip

    @cached_property
    def incoming(self) -> Incoming:
        return Incoming(self.client, self.keyspace, self.configuration, self.called_customers, self.calls)

    @cached_property
    def call_urls(self) -> CallUrls:
        return CallUrls(
            self.client, self.keyspace, self.configuration.catalogue.queue.queueing, self.called_customers, self.calls
        )

    @cached_property
    def retrying(self) -> Retrying:
        return Retrying(self.client, self.keyspace, self.incoming, self.call_urls)

    @cached_property
    def feeding(self) -> Feeding:
        leases = DialerLeases(self.claims, self.queue.leases, self.queue.rests, self.clock)
        leads = CallableLeads(self.scorer, self.decider, self.queue.waiting)
        return Feeding(self.client, self.keyspace, self.clock, leases, leads, self.call_urls)

    @cached_property
    def letter_boxes(self) -> LetterBoxes:
        return LetterBoxes(self.home, self.webhooks, self.retrying)

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.client, self.keyspace, self.clock, self.erased_customers, self.outbox, self.endpoints)
