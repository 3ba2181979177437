"""The hopper, in which VICIdial keeps the leads that it dials next: what waits in it, and how a lead gets in and out.

A lead waits in it only while we hold a lease for it, so no agent of ours can be given the same customer or phone
number. The campaign's dial statuses must name the `active` status alone: then VICIdial dials nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers

from serving.dialers.vicidial.api import NonAgentApi, Waiting
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.lead_records import Lead, LeadRecords
from serving.dialers.vicidial.ranks import LOWEST, hopper_priority_of, rank_of
from serving.dialers.vicidial.replies import Refused, Reply
from serving.queue.grants import LeaseAnswer

_THERE = ("ADDED TO HOPPER", "NOT ADDED TO HOPPER, LEAD IS ALREADY IN THE HOPPER")


class Hopper:
    """The hopper of one VICIdial. What it was told of a lead is noted in the book."""

    def __init__(self, dialer: Vicidial, api: NonAgentApi, book: LeadRecords) -> None:
        self._dialer = dialer
        self._api = api
        self._book = book

    def waiting(self) -> dict[str, Waiting]:
        """By customer, the leads of our list that wait."""
        named = {row: self._book.customer(row.lead_id, row.code) for row in self._api.hopper()}
        return {name: row for row, name in named.items() if row.list == self._dialer.list and name is not None}

    def put(self, lease: LeaseAnswer) -> Lead:
        """Put the customer of a lease, as a claim answers it, into the hopper.

        Raises Refused where VICIdial does not take the lead, Unavailable where it is unknown whether it did.
        """
        customer_id, phone = lease["customer_id"], lease["contact"]["phone"]
        if not phone:
            raise Refused("INVALID PHONE NUMBER: the customer has none")
        known = self._book.lead(customer_id)
        rank = rank_of(lease["priority"], self._dialer.middle)
        values = {"status": self._dialer.active, "rank": rank, "add_to_hopper": "Y"}
        values["hopper_priority"] = hopper_priority_of(lease["priority"], self._dialer.middle)
        values |= _custom(self._dialer, lease)
        if known is not None and known.phone == phone:
            reply, lead_id = self._api.update(known.lead_id, values), known.lead_id
        else:
            reply, lead_id = self._introduce(customer_id, values | _number(phone))
        lead = Lead(customer_id, lead_id, phone, rank)
        self._book.write(lead)
        if not any(reply.says(message) for message in _THERE):
            raise Refused(reply.notices("NOT ADDED TO HOPPER") or "DUPLICATE or unknown: the lead is not in the hopper")
        return lead

    def withdraw(self, lead: Lead) -> bool:
        """Out of the hopper, last in order and not to be dialled; whether it waited there, and so was not dialled."""
        reply = self._api.update(
            lead.lead_id, {"remove_from_hopper": "Y", "status": self._dialer.inactive, "rank": LOWEST}
        )
        self._book.write(Lead(lead.customer_id, lead.lead_id, lead.phone, LOWEST))
        return reply.says("REMOVED FROM HOPPER")

    def take_out(self, customer_id: str, row: Waiting) -> bool:
        """The same of a row, also where the answer that would have named its lead never came."""
        return self.withdraw(self._book.lead(customer_id) or Lead(customer_id, row.lead_id, "", LOWEST))

    def _introduce(self, customer_id: str, values: Mapping[str, object]) -> tuple[Reply, str]:
        """Find the lead by our code, or add it; the answer and VICIdial's id of it."""
        code = self._book.name(customer_id)
        found = self._api.find_and_update(code, {**values, "update_phone_number": "Y"})
        if found is not None:
            return found, _field(found, "LEAD HAS BEEN UPDATED", 1)
        # A new lead has the status NEW, whatever is asked.
        added = self._api.add(code, {name: value for name, value in values.items() if name != "status"})
        lead_id = _field(added, "LEAD HAS BEEN ADDED", 3)
        if self._dialer.active != "NEW":
            self._api.update(lead_id, {"status": self._dialer.active})
        return added, lead_id


def _field(reply: Reply, message: str, place: int) -> str:
    """One field of the line that reports success."""
    line = reply.success
    if line is None or line.message != message or len(line.fields) <= place or not line.fields[place].isdigit():
        raise Refused("INVALID DATA: the answer names no lead")
    return line.fields[place]


def _number(phone: str) -> dict[str, object]:
    """A number in E.164 as VICIdial splits it."""
    number = phonenumbers.parse(phone)
    return {"phone_code": number.country_code, "phone_number": phonenumbers.national_significant_number(number)}


def _custom(dialer: Vicidial, lease: LeaseAnswer) -> dict[str, object]:
    """The declared custom fields of a lead."""
    if not dialer.custom:
        return {}
    texts = [reason["text"] for reason in lease["reasons"]]
    known: dict[str, object] = {
        "lease_id": lease["lease_id"], "decision_id": lease["decision_id"], "action": lease["action"]["action"],
        "product": lease["action"]["product"] or "", "priority": f"{lease['priority']:.2f}",
        "reason_zh": "; ".join(text["zh"] for text in texts), "reason_en": "; ".join(text["en"] for text in texts),
        "extension": lease["contact"]["extension"] or "",
    }  # fmt: skip
    return {"custom_fields": "Y"} | {label: known[what] for label, what in dialer.custom.items()}
