"""Attempts to reach a lead: how often, at which numbers and hours, and which number is dialled next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from leads.configuration.section import Section

UNREACHED = ("no_answer", "busy", "voicemail", "wrong_number")
"""Dispositions of calls in which nobody spoke with the customer."""


@dataclass(frozen=True)
class Tally:
    """How often something was tried: `today` on the latest local `day` it was, and `total` ever."""

    day: str = ""
    today: int = 0
    total: int = 0

    def on(self, day: str) -> int:
        """How often on a day; of days before the latest nothing is known any more."""
        return self.today if day == self.day else 0

    def tried(self, day: str) -> Tally:
        return Tally(day, self.on(day) + 1, self.total + 1)

    def joined(self, other: Tally) -> Tally:
        """Of what was one thing under two names."""
        day = max(self.day, other.day)
        return Tally(day, self.on(day) + other.on(day), self.total + other.total)


NEVER = Tally()
"""Not tried yet."""


@dataclass(frozen=True)
class Number:
    """What came of dialling a number. wrong: somebody else answers it."""

    tally: Tally = NEVER
    reached: int = 0
    wrong: bool = False

    def joined(self, other: Number) -> Number:
        """Of a number that two leads had who are one."""
        return Number(self.tally.joined(other.tally), self.reached + other.reached, self.wrong and other.wrong)


@dataclass(frozen=True)
class Attempts:
    """What came of calling a lead.

    misses: calls since somebody last spoke with them. numbers: by phone. hours: by local hour, how often they were
    called and how often somebody spoke with them.
    """

    tally: Tally = NEVER
    misses: int = 0
    numbers: Mapping[str, Number] = field(default_factory=dict)
    hours: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    def called(self, disposition: str, phone: str | None, day: str, hour: int) -> Attempts:
        """After a call on a local day and in a local hour, at a number where that is known."""
        reached = disposition not in UNREACHED
        numbers = dict(self.numbers)
        if phone is not None:
            number = numbers.get(phone, Number())
            wrong = (number.wrong or disposition == "wrong_number") and not reached
            numbers[phone] = Number(number.tally.tried(day), number.reached + reached, wrong)
        calls, spoken = self.hours.get(hour, (0, 0))
        return replace(
            self,
            tally=self.tally.tried(day),
            misses=0 if reached else self.misses + 1,
            numbers=numbers,
            hours={**self.hours, hour: (calls + 1, spoken + reached)},
        )

    def joined(self, other: Attempts) -> Attempts:
        """Of two leads who turned out to be one, added up."""
        numbers = {phone: self.numbers[phone] for phone in self.numbers.keys() - other.numbers.keys()}
        both = self.numbers.keys() & other.numbers.keys()
        hours = self.hours.keys() | other.hours.keys()
        none = (0, 0)
        return Attempts(
            tally=self.tally.joined(other.tally),
            misses=self.misses + other.misses,
            numbers={**numbers, **other.numbers, **{p: self.numbers[p].joined(other.numbers[p]) for p in both}},
            hours={
                hour: (mine[0] + theirs[0], mine[1] + theirs[1])
                for hour in hours
                for mine, theirs in [(self.hours.get(hour, none), other.hours.get(hour, none))]
            },
        )


@dataclass(frozen=True)
class Cap:
    """Up to how many attempts in a local day, and in all."""

    day: int
    total: int

    def allows(self, tally: Tally, day: str) -> bool:
        return tally.on(day) < self.day and tally.total < self.total


LEAD, NUMBER = Cap(3, 12), Cap(2, 8)
"""The usual caps."""


@dataclass(frozen=True)
class Caps:
    """Of attempts for each lead, and for each of a lead's numbers."""

    lead: Cap = LEAD
    number: Cap = NUMBER

    def usable(self, phones: Sequence[str], attempts: Attempts, day: str) -> list[str]:
        """The numbers that may be dialled on a day, the one to dial first: where they were reached before, then those
        dialled least, in the order given.
        """
        if not self.lead.allows(attempts.tally, day):
            return []
        known = {phone: attempts.numbers.get(phone, Number()) for phone in phones}
        open_now = [p for p, number in known.items() if not number.wrong and self.number.allows(number.tally, day)]
        return sorted(open_now, key=lambda phone: (-known[phone].reached, known[phone].tally.total))

    def spent(self, phones: Sequence[str], attempts: Attempts) -> bool:
        """Whether no day will come on which one of the numbers may be dialled."""
        return not self.usable(phones, attempts, day="")


USUAL = Caps()


def parse_caps(section: Section) -> Caps:
    """From the section `attempts`. Raises InvalidWorkspace for an unknown key or a cap that is not a whole number."""
    section.only("lead", "number")
    return Caps(_cap(section.section("lead"), LEAD), _cap(section.section("number"), NUMBER))


def _cap(section: Section, usual: Cap) -> Cap:
    section.only("day", "total")
    return Cap(_whole(section, "day", usual.day), _whole(section, "total", usual.total))


def _whole(section: Section, name: str, default: int) -> int:
    value = section.number(name, default, least=1)
    if value != int(value):
        raise section.refuse(name, "a whole number")
    return int(value)
