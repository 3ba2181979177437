"""Dialling: at which number and hour a lead is called, and when they are called again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Annotated

from typing_extensions import TypedDict

from features.configuration import Configuration
from features.phone import extension_of, line_of
from leads.contact.attempts import UNREACHED, Attempts
from leads.contact.best_hours import Hours, best, chances
from leads.contact.policy import CALL, DAYS, ChannelPolicy, zone_of
from leads.contact.recycling import Reachable
from leads.distribution.queueing import Queueing
from serving.calls.attempt_records import AttemptRecord, unpacked
from serving.meaning import Means
from serving.people.contact import Contact
from serving.people.reach import Reach

BEST_HOURS = 3
"""Hours that a claimed lead carries."""

_ANY_TIME = ChannelPolicy(None, None, tuple(range(len(DAYS))), ())


@dataclass(frozen=True)
class Dial:
    """How a lead is called now. phones: the numbers that may be dialled, the first of them first. hours: local ones in
    which they likely answer, the best first.
    """

    phones: tuple[str, ...]
    hours: tuple[int, ...]

    @property
    def phone(self) -> str | None:
        return self.phones[0] if self.phones else None

    @property
    def lines(self) -> list[str]:
        """What is dialled, each line once."""
        return list(dict.fromkeys(map(line_of, self.phones)))

    @property
    def extension(self) -> str | None:
        """To ask for at the first line."""
        return None if self.phone is None else extension_of(self.phone)


class ContactAnswer(TypedDict):
    phone: str | None
    wechat: str | None
    email: str | None
    timezone: str | None


class DialAnswer(TypedDict):
    phone: Annotated[str | None, Means("the number to dial now")]
    wechat: str | None
    email: str | None
    timezone: str | None
    phones: Annotated[list[str], Means("all that may be dialled now, the best first")]
    extension: Annotated[str | None, Means("to ask for at `phone`")]


def contact_body(contact: Contact) -> ContactAnswer:
    """How a customer is reached."""
    return {
        "phone": contact.phone, "wechat": contact.wechat, "email": contact.email, "timezone": contact.timezone,
    }  # fmt: skip


def dial_body(reach: Reach, dial: Dial) -> DialAnswer:
    """How a lead is reached, and called now."""
    lines = dial.lines
    return {
        "phone": lines[0] if lines else None,
        "wechat": reach.wechat,
        "email": reach.email,
        "timezone": reach.timezone,
        "phones": lines,
        "extension": dial.extension,
    }


@dataclass(frozen=True)
class Dialling:
    """A workspace's rules for calls, with what all calls so far say of the hours. behind: the number behind an
    alias.
    """

    configuration: Configuration
    overall: Hours
    behind: Callable[[str], str] = str

    def dial(self, reach: Reach, attempts: Attempts, now: datetime) -> Dial | None:
        """How to call them now; None where none of their numbers may be dialled today."""
        local = now.astimezone(self._zone(reach))
        phones = self._queueing.recycling.caps.usable(reach.phones, attempts, local.date().isoformat())
        if reach.phones and not phones:
            return None
        hours = self._policy.open_hours(local.weekday())
        return Dial(tuple(phones), tuple(best(hours, chances(self.overall, attempts.hours))[:BEST_HOURS]))

    def attempts(self, page: bytes | None) -> Attempts:
        """What a page of the call book says."""
        return unpacked(page or b"", self.behind)

    def page(self, reach: Reach, before: bytes, disposition: str, phone: str | None, now: datetime) -> AttemptRecord:
        """What came of calls, with this one."""
        local = now.astimezone(self._zone(reach))
        after = self.attempts(before).called(disposition, phone, local.date().isoformat(), local.hour)
        return AttemptRecord(before, after, local.hour, disposition not in UNREACHED)

    def next_try(
        self, reach: Reach, disposition: str, callback_at: datetime | None, attempts: Attempts, now: datetime
    ) -> datetime | None:  # fmt: skip
        """From when they are offered again; None for never. A callback has its own time, or else the declared one.

        Raises InvalidInput for one that has neither.
        """
        if callback_at is not None:
            return callback_at
        self._queueing.check_callback(disposition, None, now)
        reachable = Reachable(reach.phones, self._policy, chances(self.overall, attempts.hours))
        return self._queueing.recycling.next_try(disposition, attempts, reachable, now.astimezone(self._zone(reach)))

    @property
    def grace(self) -> timedelta:
        """How long a callback that is due is kept for the agent who promised it."""
        return self._queueing.callback_grace

    @property
    def _queueing(self) -> Queueing:
        return self.configuration.catalogue.queue.queueing

    @property
    def _policy(self) -> ChannelPolicy:
        return self.configuration.catalogue.contact.channels.get(CALL, _ANY_TIME)

    def _zone(self, reach: Reach) -> tzinfo:
        return zone_of(reach.timezone, self.configuration.workspace.timezone)
