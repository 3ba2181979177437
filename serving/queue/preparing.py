"""Preparing: who is next is decided on before anyone asks, so that their claim only looks whether that stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

import msgspec

from features.configuration import Configuration
from leads.arbitration.arms import arms_change
from leads.arbitration.draws import draws_change
from leads.contact.policy import zone_of
from serving.clock import milliseconds
from serving.decisions.ledger import Ledger
from serving.events.fault_isolation import isolating_faults
from serving.people.contacts import Contacts
from serving.people.reach import Reach
from serving.queue import lease_purpose
from serving.queue.grants import call_body, purpose_of
from serving.queue.lead_decisions import DecidedLeads, LeadDecisions
from serving.queue.places import plain
from serving.queue.prepared_leads import NextLeads, PreparedLeads
from serving.scoring.dossiers import DossierFiles, Dossiers
from serving.store.keyspace import Keyspace
from serving.store.records import OfferRow, PreparedRow, SeenNumber, as_text

MOST = 64
"""Leads prepared at once: live events wait no longer than that takes."""

_RENEWED = 0.8
"""After this share of its time what was decided ahead is decided anew."""


class Preparing:
    """Decides ahead for those who are next: exactly what a claim would at that moment."""

    def __init__(
        self, configuration: Configuration, files: DossierFiles, decisions: LeadDecisions, ledger: Ledger,
        contacts: Contacts, prepared: PreparedLeads, keyspace: Keyspace,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._files = files
        self._decisions = decisions
        self._ledger = ledger
        self._contacts = contacts
        self._prepared = prepared
        self._keys = keyspace
        self._lasting = configuration.catalogue.queue.queueing.decided_ahead

    def step(self, now: datetime) -> bool:
        """Prepare the next few; whether there were any."""
        if not self._lasting:
            return False
        drawn = self._prepared.draw(MOST, now)
        if not drawn.queues:
            return drawn.looked_at > 0
        rows: dict[str, PreparedRow] = {}
        dossiers = self._files.read(list(drawn.queues), calls=True, stamped=True)

        def prepare(places: Sequence[int]) -> None:
            rows.update(self._rows(drawn, dossiers.taken(places), now))

        # Who is kept under another id by now, or cannot be decided on, is for the claim to find.
        sound = [row for row, name in enumerate(dossiers.customer_ids) if name in drawn.queues]
        isolating_faults(sound, prepare, lambda _, __: None)
        self._prepared.keep(drawn, rows, now + self._lasting * _RENEWED, now)
        return True

    def _rows(self, drawn: NextLeads, dossiers: Dossiers, now: datetime) -> dict[str, PreparedRow]:
        """By customer what was decided for those to whom a call is offered in any of their queues."""
        # Looked at first: what changes from here on is seen at the claim.
        versions, seen = self._decisions.versions, self._seen(dossiers)
        scored = self._decisions.scored(dossiers, now)
        offers: dict[int, dict[str, OfferRow]] = {}
        for queue in sorted({name for names in drawn.queues.values() for name in names}):
            chosen = [row for row, name in enumerate(dossiers.customer_ids) if queue in drawn.queues[name]]
            decided = self._decisions.decided(queue, scored.taken(chosen), dossiers.taken(chosen))
            for place, offer in self._offers(decided).items():
                offers.setdefault(chosen[place], {})[queue] = offer
        reached = {row: reach for row in offers if (reach := scored.contacts[row]) is not None}
        return {
            dossiers.customer_ids[row]: PreparedRow(
                versions, milliseconds(self._ends(reach, now)), dossiers.stamps[row].decode(), plain(reach.timezone),
                seen[row], offers[row],
            )
            for row, reach in reached.items()
        }  # fmt: skip

    def _offers(self, decided: DecidedLeads) -> dict[int, OfferRow]:
        """By row what is offered in a call to those who may be called, as it is kept."""
        made, catalogue = self._decisions.entries(decided), self._configuration.catalogue
        told = self._ledger.written([made[row] for row in decided.calls])
        found = {}
        for (row, call), kept in zip(decided.calls.items(), told, strict=True):
            action, decision = catalogue.actions[decided.action(row)], made[row]
            found[row] = OfferRow(
                decision.id, catalogue.queue.campaign_of(action.name) or "", action.objective or "",
                as_text(kept.row), kept.purpose.decode(), self._closed(kept.event), kept.time,
                self._closed(lease_purpose.written(purpose_of(decision, call))), self._closed(_encode(call_body(call))),
            )  # fmt: skip
        return found

    def _closed(self, text: str | bytes) -> msgspec.Raw:
        return as_text(self._keys.closed(text))

    def _seen(self, dossiers: Dossiers) -> list[list[SeenNumber]]:
        """Of each customer since when each of their numbers rests."""
        phones = [() if reach is None else reach.phones for reach in self._contacts.reached(dossiers.contacts)]
        numbers = self._contacts.numbers
        resting = numbers.resting([phone for own in phones for phone in own]) if dossiers.numbers_rest else {}
        digests = [[numbers.digest(phone) for phone in own] for own in phones]
        return [[SeenNumber(digest, resting.get(digest, 0)) for digest in own] for own in digests]

    def _ends(self, reach: Reach, now: datetime) -> datetime:
        """Until when it stands by the clock: draws, arms and what may be dialled on a day change after that."""
        catalogue, zone = self._configuration.catalogue, self._configuration.workspace.timezone
        local = now.astimezone(zone_of(reach.timezone, zone))
        midnight = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
        draws = draws_change(now, catalogue.experiments.learning.bucket)
        return min(now + self._lasting, draws, arms_change(now, zone), midnight)


_encode = msgspec.json.Encoder().encode
