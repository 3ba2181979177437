"""VICIdial's call URLs: what a Dispo Call URL and a No Agent Call URL say of a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import redis

from leads.contact.callback import CALLBACK
from leads.distribution.queueing import Queueing
from leads.errors import InvalidInput, NextleadError
from serving.dialers.called_customer import CalledCustomers
from serving.dialers.calls import Calls, Taken
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.report import Report, ReportAnswer
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.lead_records import LeadRecords
from serving.store.keyspace import Keyspace

DISPO, NO_AGENT = "dispo", "no-agent"
"""The two kinds: an agent gave the call its status, or there was none."""

UNKNOWN_TIME = "0000-00-00 00:00:00"

FIELDS: Mapping[str, tuple[str, ...]] = {
    DISPO: ("lead_id", "vendor_lead_code", "phone_number", "call_id", "uniqueid", "user", "dispo", "talk_time",
            "callback_datetime", "call_notes"),
    NO_AGENT: ("lead_id", "vendor_lead_code", "phone_number", "call_id", "uniqueid", "status"),
}  # fmt: skip
"""The variables that are read."""


def url_of(name: str, kind: str, address: str, secret: str) -> str:
    """The text to paste into the campaign's settings in VICIdial."""
    variables = "&".join(f"{field}=--A--{field}--B--" for field in FIELDS[kind])
    return f"VAR{address.rstrip('/')}/v1/dialers/vicidial/{name}/{kind}?secret={secret}&{variables}"


class CallUrls:
    """Takes what VICIdial's call URLs say."""

    def __init__(
        self,
        client: redis.Redis,
        keyspace: Keyspace,
        queueing: Queueing,
        called_customers: CalledCustomers,
        calls: Calls,
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._queueing = queueing
        self._called_customers = called_customers
        self._calls = calls

    def hear(self, dialer: Vicidial, kind: str, told: Mapping[str, str], now: datetime) -> ReportAnswer:
        """Take what a URL says; the body of the answer.

        What cannot be taken is kept on the dialer's dead-letter list, and the error says why.
        """
        kept = {name: told[name] for name in FIELDS[kind] if told.get(name)}
        try:
            return self.hear_again(dialer, kept, now)
        except NextleadError as error:
            letters = DeadLetters(self._client, self._keys, dialer.agent_id)
            letters.put(kind, error.detail, None, kept, now)
            raise

    def hear_again(self, dialer: Vicidial, told: Mapping[str, str], now: datetime) -> ReportAnswer:
        """The same of what was kept. Raises NextleadError."""
        report = self._report(dialer, told, now)
        if report is None:
            return {"state": "ignored", "call_id": None, "customer_id": None}
        state = self.take(dialer, report, now)
        return {"state": state, "call_id": report.call_id, "customer_id": report.customer_id}

    def take(self, dialer: Vicidial, report: Report, now: datetime) -> Taken:
        """Take a report, which ends the lease that VICIdial holds of the customer, if any."""
        book = LeadRecords(self._client, self._keys, dialer.name)
        held = book.held_for(report.customer_id)
        lease = None if held is None else (held.lease_id, held.token)
        return self._calls.take(report, lease, lambda pipeline: pipeline.hdel(book.held_key, report.customer_id), now)

    def go_on(self, dialer: Vicidial, older_than: timedelta, now: datetime) -> int:
        """Finish what was begun of a dialer's reports and left so long ago; how many."""
        return self._calls.go_on(dialer.agent_id, older_than, now)

    def _report(self, dialer: Vicidial, told: Mapping[str, str], now: datetime) -> Report | None:
        """None for a call that goes on. Raises InvalidInput."""
        flag = told.get("dispo") or told.get("status") or ""
        disposition = dialer.flags.disposition(flag)
        if disposition is None:
            return None
        call_id = told.get("call_id") or told.get("uniqueid")
        if not call_id:
            raise InvalidInput("call_id", None, "the call's id: pass call_id or uniqueid in the URL")
        # VICIdial passes the variable with every call, whatever came of it.
        callback_at = _moment(dialer, told.get("callback_datetime")) if disposition == CALLBACK else None
        customer_id = self._customer(dialer, told)
        report = Report(
            dialer=dialer.agent_id,
            call_id=call_id,
            customer_id=customer_id,
            disposition=disposition,
            status=flag,
            talk_seconds=_seconds(told.get("talk_time")),
            callback_at=callback_at,
            agent=told.get("user"),
            note=told.get("call_notes"),
            phone=self._called_customers.number(customer_id, told.get("phone_number"), dialer.timezone),
        )
        report.check(self._queueing, now)
        return report

    def _customer(self, dialer: Vicidial, told: Mapping[str, str]) -> str:
        """Whom the call was with: by the lead, else by the phone number."""
        book = LeadRecords(self._client, self._keys, dialer.name)
        named = book.customer(told.get("lead_id", ""), told.get("vendor_lead_code", ""))
        found = self._called_customers.find(named, told.get("phone_number"), dialer.timezone)
        if found is None:
            raise InvalidInput(
                "lead_id", told.get("lead_id"), "a lead that came from here, or a vendor_lead_code known here"
            )
        return found


def _seconds(text: str | None) -> float | None:
    if not text:
        return None
    if not text.isdigit() or int(text) > 86_400:
        raise InvalidInput("talk_time", text[:40], "whole seconds, at most a day")
    return float(text)


def _moment(dialer: Vicidial, text: str | None) -> datetime | None:
    """A time of VICIdial's own clock."""
    if not text or text == UNKNOWN_TIME:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo(dialer.timezone))
    except ValueError as error:
        raise InvalidInput("callback_datetime", text[:40], "a time such as 2026-01-31 14:30:00") from error
