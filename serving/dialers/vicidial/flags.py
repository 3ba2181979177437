"""Flags: the statuses that VICIdial gives to calls, as dispositions of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from leads.configuration.section import Section
from leads.contact.recycling import USUAL as STEPS
from leads.errors import InvalidInput

IGNORED = "ignored"
"""A flag that tells of no outcome: the call goes on, or another URL tells of it."""

USUAL: Mapping[str, str] = {
    "SALE": "sale", "NI": "not_interested", "DEC": "not_interested", "NP": "not_interested",
    "CALLBK": "callback", "CBHOLD": "callback",
    "N": "no_answer", "NA": "no_answer", "DROP": "no_answer", "PDROP": "no_answer", "XDROP": "no_answer",
    "A": "voicemail", "AA": "voicemail", "AM": "voicemail", "AL": "voicemail",
    "B": "busy", "AB": "busy", "ADCT": "busy",
    "DC": "wrong_number", "ADC": "wrong_number", "AFAX": "wrong_number",
    "DNC": "do_not_call", "DNCL": "do_not_call", "DNCC": "do_not_call",
    "QUEUE": IGNORED, "INCALL": IGNORED, "PU": IGNORED, "XFER": IGNORED, "DISPO": IGNORED,
}  # fmt: skip
"""VICIdial's own statuses that have a plain meaning. A call that was dropped before an agent took it counts as not
answered: nobody spoke."""


@dataclass(frozen=True)
class Flags:
    """Dispositions by flag."""

    known: Mapping[str, str]

    def disposition(self, flag: str) -> str | None:
        """What a flag means; None for one that tells of no outcome. Raises InvalidInput for an unknown one."""
        meaning = self.meaning(flag)
        if meaning is None:
            raise InvalidInput("status", flag, f"one of {', '.join(sorted(self.known))}, or a further one under flags:")
        return None if meaning == IGNORED else meaning

    def meaning(self, flag: str) -> str | None:
        """The disposition, IGNORED, or None for an unknown flag; case does not matter."""
        return self.known.get(flag) or self._in_capitals.get(flag.strip().upper())

    @cached_property
    def _in_capitals(self) -> Mapping[str, str]:
        return {known.upper(): meaning for known, meaning in self.known.items()}


def parse_flags(section: Section, name: str) -> Flags:
    """The usual flags with those declared. Raises InvalidWorkspace for a disposition there is none of."""
    inner = section.section(name)
    allowed = (*STEPS, IGNORED)
    return Flags({**USUAL, **{str(flag): inner.choice(str(flag), allowed) for flag in inner.values}})
