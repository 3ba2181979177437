"""What a process does for the persons of whom it keeps something."""

from __future__ import annotations

from functools import cached_property

from serving.live.deletion import Deletion
from serving.live.person_export import PersonExport
from serving.live.refold_states import StateRefolding
from serving.live.retention import RetentionRun
from serving.live.told_record import ToldRecord
from serving.people.consent_record import ConsentRecord
from serving.people.legal_holds import LegalHolds
from serving.wiring.work import Work


class Privacy(Work):
    """Parts that tell persons what is kept of them, and let them be forgotten."""

    @cached_property
    def consent_record(self) -> ConsentRecord:
        return ConsentRecord(self.home, self.hot_timelines)

    @cached_property
    def legal_holds(self) -> LegalHolds:
        return LegalHolds(self.home.folder, self.digests)

    @cached_property
    def person_export(self) -> PersonExport:
        return PersonExport(
            self.client, self.keyspace, self.home, self.customers, self.contacts, self.consent_record, self.scorer,
            self.aside, self.recording,
        )  # fmt: skip

    @cached_property
    def retention(self) -> RetentionRun:
        record = ToldRecord(self.home, self.stream, self.aside, self.layout, self.recording is not None)
        refolding = StateRefolding(self.client, self.states, self.contacts, record, self.placement)
        return RetentionRun(
            self.home, self.recorder, refolding, self.hot_timelines, self.contacts, self.people, self.legal_holds
        )  # fmt: skip

    @cached_property
    def deletion(self) -> Deletion:
        trail = self.configuration.workspace.retention.trail
        return Deletion(
            self.customers, self.legal_holds, self.person_export, self.erasure, self.erased_customers, trail
        )
