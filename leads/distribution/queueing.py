"""How leads are handed out: what is kept for the agent whose it is, and when and how often a lead is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from leads.configuration.section import Section
from leads.contact.callback import CALLBACK, check_callback
from leads.contact.number_choice import parse_caps
from leads.contact.recycling import USUAL_RECYCLING, Recycling, parse_recycling


@dataclass(frozen=True)
class Queueing:
    """What a workspace says of its queue.

    reserve: how long a customer who is ready is kept for the agent who owns them, before anyone may take them.
    callback_grace: how long a callback that is due is kept for the agent who promised it. callback_horizon: how far
    ahead one may be promised. callback_after: how long after the call one is due that an event tells without a time,
    unless recycling says so. recycling: when leads are called again. service_time: how soon a new lead is to be
    followed up, by which reports judge. decided_ahead: for how long what was decided for a lead who is next is handed
    out with them, where nothing changed that it rests on; 0 decides at each claim.
    """

    reserve: timedelta = timedelta(hours=4)
    callback_grace: timedelta = timedelta(minutes=15)
    callback_horizon: timedelta = timedelta(days=90)
    callback_after: timedelta = timedelta(days=1)
    recycling: Recycling = USUAL_RECYCLING
    service_time: timedelta = timedelta(days=1)
    decided_ahead: timedelta = timedelta(minutes=5)

    def due_after(self, when: datetime) -> datetime:
        """When a callback is due that an event tells without a time, of a call that ended then."""
        step = next(iter(self.recycling.steps[CALLBACK]), None)
        return when + (step if isinstance(step, timedelta) else self.callback_after)

    def check_callback(self, disposition: str, at: datetime | None, now: datetime) -> None:
        """Refuse a time that does not go with the outcome of a call that ends now. Raises InvalidInput."""
        check_callback(disposition, at, now, self.callback_horizon, bool(self.recycling.steps[CALLBACK]))


USUAL = Queueing()


def parse_queueing(section: Section) -> Queueing:
    """From the section `queue` of the actions. Raises InvalidWorkspace for an unknown key or a negative time."""
    section.only(
        "reserve", "callback_grace", "callback_horizon", "callback_after", "attempts", "recycling", "service_time",
        "decided_ahead",
    )  # fmt: skip
    recycling = parse_recycling(section.section("recycling"), parse_caps(section.section("attempts")))
    return Queueing(
        reserve=_time(section, "reserve", "4h"),
        callback_grace=_time(section, "callback_grace", "15m"),
        callback_horizon=_time(section, "callback_horizon", "90d"),
        callback_after=_time(section, "callback_after", "1d"),
        recycling=recycling,
        service_time=_time(section, "service_time", "1d"),
        decided_ahead=_time(section, "decided_ahead", "5m"),
    )


def _time(section: Section, name: str, default: str) -> timedelta:
    found = section.duration(name, default)
    if found < timedelta(0):
        raise section.refuse(name, "a time of 0 or more, such as 4h")
    return found
