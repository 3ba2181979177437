"""Recycling: when a lead is called again, by what came of the last call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from leads.configuration.section import Section
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.contact.attempts import Attempts
from leads.contact.best_hours import best
from leads.contact.do_not_call import KEPT
from leads.contact.number_choice import USUAL as USUAL_CAPS
from leads.contact.number_choice import Caps
from leads.contact.policy import ChannelPolicy
from leads.words.durations import parse_duration

SAME_DAY, NEXT_DAY, NEVER = "same_day", "next_day", "never"

Step = timedelta | str
"""After a time; or later on the same day at the best hour that is left; or on another day, at the best hour of another
part of the day; or never."""

_DAY = timedelta(days=1)
_LEAST = timedelta(hours=1)
"""Between two calls on the same day."""

USUAL: Mapping[str, tuple[Step, ...]] = {
    "sale": (timedelta(days=30),),
    "renewed": (timedelta(days=30),),
    "callback": (),
    "interested": (timedelta(days=2),),
    "not_interested": (timedelta(days=30),),
    "no_answer": (SAME_DAY, NEXT_DAY, timedelta(days=3)),
    "busy": (timedelta(minutes=10),),
    "voicemail": (NEXT_DAY,),
    "wrong_number": (timedelta(0),),
    "do_not_call": (NEVER,),
}
"""By disposition: the first step after the first call in a row in which nobody was reached, the last step from then on.
After a wrong number, the customer is called at the next one. A callback has its own time; one without is
refused, unless a step says when it is due."""


@dataclass(frozen=True)
class Reachable:
    """How a customer can be called. chance: by local hour, that they answer."""

    phones: Sequence[str]
    policy: ChannelPolicy
    chance: Mapping[int, float]


@dataclass(frozen=True)
class Recycling:
    """When leads are called again, by disposition, and how often they are tried."""

    steps: Mapping[str, tuple[Step, ...]]
    caps: Caps = USUAL_CAPS

    def next_try(
        self, disposition: str, attempts: Attempts, reachable: Reachable, local: datetime
    ) -> datetime | None:  # fmt: skip
        """From when the lead is offered again; None for never.

        attempts: with this call. local: when the call ended, in the customer's time zone. On a day on which no more
        attempts are allowed it is another day.
        """
        steps = self.steps[disposition]
        step = steps[min(max(attempts.misses, 1), len(steps)) - 1]
        nobody = not reachable.phones and disposition == "wrong_number"
        if step == NEVER or nobody or (reachable.phones and self.caps.spent(reachable.phones, attempts)):
            return None
        found = self._after(step, reachable, local)
        day = found.date().isoformat()
        if reachable.phones and not self.caps.usable(reachable.phones, attempts, day):
            return _another_day(reachable, local)
        return found

    def _after(self, step: Step, reachable: Reachable, local: datetime) -> datetime:
        if isinstance(step, timedelta):
            return local + step
        hours = _open_hours(reachable.policy, local, local + _LEAST) if step == SAME_DAY else []
        return _at(local, best(hours, reachable.chance)[0]) if hours else _another_day(reachable, local)


USUAL_RECYCLING = Recycling(USUAL)


def part_of_day(hour: int) -> int:
    """Morning, afternoon, or evening."""
    return (hour >= 12) + (hour >= 17)


def _another_day(reachable: Reachable, local: datetime) -> datetime:
    """On the next day with hours, at the best one of another part of the day than now, where there is one."""
    for ahead in range(1, 9):
        day = datetime.combine(local.date() + ahead * _DAY, time(), tzinfo=local.tzinfo)
        hours = _open_hours(reachable.policy, day, day)
        if hours:
            others = [hour for hour in hours if part_of_day(hour) != part_of_day(local.hour)]
            return _at(day, best(others or hours, reachable.chance)[0])
    return local + _DAY


def _open_hours(policy: ChannelPolicy, day: datetime, earliest: datetime) -> list[int]:
    """The full hours of a day, not before a time, at which calls are allowed."""
    at = [_at(day, hour) for hour in range(24)]
    return [moment.hour for moment in at if moment >= earliest and policy.is_open(moment)]


def _at(day: datetime, hour: int) -> datetime:
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def parse_recycling(section: Section, caps: Caps) -> Recycling:
    """From the section `recycling`: a step or a list of steps by disposition; what is not named is as usual.

    Raises InvalidWorkspace for an unknown disposition or a step that is none.
    """
    section.only(*USUAL)
    kept = _steps(section, DO_NOT_CALL, USUAL[DO_NOT_CALL])
    if any(step != NEVER and (isinstance(step, str) or step < KEPT) for step in kept):
        raise section.refuse(DO_NOT_CALL, f"{NEVER}, or {KEPT.days}d or more: six months at least")
    return Recycling({name: _steps(section, name, usual) for name, usual in USUAL.items()}, caps)


def _steps(section: Section, name: str, usual: tuple[Step, ...]) -> tuple[Step, ...]:
    if not section.has(name):
        return usual
    value = section.values[name]
    written = value if isinstance(value, list) else [value]
    if not written:
        raise section.refuse(name, "at least one step")
    return tuple(_step(section, name, step) for step in written)


def _step(section: Section, name: str, step: object) -> Step:
    if isinstance(step, str) and step in (SAME_DAY, NEXT_DAY, NEVER):
        return step
    try:
        found = parse_duration(str(step))
    except ValueError as error:
        raise section.refuse(name, f"{SAME_DAY}, {NEXT_DAY}, {NEVER}, or a time such as 10m", step) from error
    if found < timedelta(0):
        raise section.refuse(name, "a time of 0 or more, such as 10m", step)
    return found
