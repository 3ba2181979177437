"""Attempts to reach a lead: how often, at which numbers and at which hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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
