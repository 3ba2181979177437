"""Which of a lead's numbers may be dialled, and which one first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leads.configuration.section import Section
from leads.contact.attempts import Attempts, Number, Tally


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
