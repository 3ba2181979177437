"""A call as another dialer reports it, and the events of one that was made without a lease of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.contact.callback import CALLBACK
from leads.contact.policy import CALL
from leads.distribution.queueing import Queueing
from leads.errors import TooBusy
from serving.calls.attempt_records import AttemptRecords
from serving.calls.promise import promise_in
from serving.clock import microseconds
from serving.events.stream import Event, Stream
from serving.people.contacts import Contacts
from serving.people.reach import Reach
from serving.queue.completions import Outcome, call_events, callback, dialled, followed, refused_number
from serving.queue.dialling import Dialling
from serving.queue.rests import Rests

_TRIES = 20
"""How often a call is noted again when another outcome of the same customer came in between."""


class ReportAnswer(TypedDict):
    """completed: it ended a lease. recorded: nobody had leased the customer. ignored: the call goes on."""

    state: Literal["completed", "recorded", "duplicate", "ignored"]
    call_id: str | None
    customer_id: str | None


class Report(msgspec.Struct, frozen=True):
    """What came of a call. call_id: the dialer's own, which makes it the same call. status: in the dialer's words.
    agent: whoever spoke, None where nobody did. phone: the number that was dialled, in its normal form; None where the
    dialer does not say.
    """

    dialer: str
    call_id: str
    customer_id: str
    disposition: str
    status: str | None = None
    talk_seconds: float | None = None
    callback_at: datetime | None = None
    agent: str | None = None
    note: str | None = None
    phone: str | None = None

    def check(self, queueing: Queueing, now: datetime) -> None:
        """Refuse a callback that nobody can keep. Raises InvalidInput."""
        queueing.check_callback(self.disposition, self.callback_at, now)

    @property
    def outcome(self) -> Outcome:
        """As a lease is completed with."""
        return Outcome(self.disposition, self.talk_seconds, self.callback_at, self.details, self.phone)

    @property
    def details(self) -> Mapping[str, Any]:
        told = {
            "dialer": self.dialer, "call_id": self.call_id, "status": self.status, "user": self.agent,
            "talk_seconds": self.talk_seconds, "note": self.note,
        }  # fmt: skip
        return {name: value for name, value in told.items() if value is not None} | callback(self.callback_at)


class Unleased:
    """Records calls that nobody had claimed."""

    def __init__(
        self, configuration: Configuration, stream: Stream, contacts: Contacts, rests: Rests,
        attempt_records: AttemptRecords,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._stream = stream
        self._contacts = contacts
        self._rests = rests
        self._attempt_records = attempt_records

    def record(self, report: Report, now: datetime) -> None:
        """A call that nobody had claimed: the same events, attempts and rest as after a lease, each once for the call.

        Its `lease.completed` names no lease; like any other it is what a rebuild takes attempts and rest from.
        """
        reach = self._contacts.reach([report.customer_id])[0] or Reach(report.customer_id)
        phone = dialled(self._configuration.workspace, reach, report.outcome) or reach.phone
        dialling = Dialling(self._configuration, self._attempt_records.hours(), self._attempt_records.behind)
        for _ in range(_TRIES):
            before = self._attempt_records.packed([report.customer_id])[0]
            page = dialling.page(reach, before, report.disposition, phone, now)
            next_try = dialling.next_try(reach, report.disposition, report.callback_at, page.after, now)
            if report.disposition == CALLBACK and report.callback_at is None:
                report = msgspec.structs.replace(report, callback_at=next_try)
            events = self._events(report, followed(phone, page, next_try), now)
            promise = promise_in(events[0].data, dialling.grace)
            number = refused_number(report.disposition, phone, self._contacts.numbers)
            if self._rests.rest(report.customer_id, next_try, now, page, promise, report.disposition, number):
                self._stream.accept(events, now)
                return
        raise TooBusy("other outcomes of the same customer keep coming in", retry_after=1)

    def _events(self, report: Report, follows: Mapping[str, Any], now: datetime) -> list[Event]:
        told: dict[str, Any] = {
            "lease_id": None,
            "queue": None,
            "agent_id": report.dialer,
            "disposition": report.disposition,
        }
        completed = Event(
            id=f"{report.call_id}/completed",
            source=f"nextlead/dialers/{report.dialer}",
            type="lease.completed",
            customer_id=report.customer_id,
            time=microseconds(now),
            data=told | dict(report.details) | dict(follows),
        )
        dial: dict[str, Any] = {"channel": CALL}
        call = dial | {"disposition": report.disposition, "talk_seconds": report.talk_seconds}
        call |= {"agent_id": report.agent or report.dialer}
        return [completed, *call_events(self._configuration.workspace, completed, report.call_id, dial, call)]
