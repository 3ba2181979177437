"""Between which numbers a tag or field lies, where its workspace says so."""

from __future__ import annotations

from dataclasses import dataclass

from leads.configuration.section import Section
from leads.errors import InvalidInput


@dataclass(frozen=True)
class Range:
    """least, most: both allowed themselves; None where there is no such end.

    >>> Range(0, 120).allowed, Range(0).allowed
    ('a number from 0 to 120', 'a number of at least 0')
    """

    least: float | None = None
    most: float | None = None

    def check(self, name: str, value: float) -> None:
        """Raises InvalidInput for a number outside."""
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            raise InvalidInput(name, value, self.allowed)

    @property
    def allowed(self) -> str:
        """What is inside, for people."""
        if self.least is None:
            return f"a number of at most {self.most:g}" if self.most is not None else "a number"
        return (
            f"a number from {self.least:g} to {self.most:g}"
            if self.most is not None
            else (f"a number of at least {self.least:g}")
        )


def parse_range(section: Section, kind: str) -> Range:
    """From the keys `least` and `most` of a tag or field. Raises InvalidWorkspace where it is no number."""
    ends = {key: section.number(key) if section.has(key) else None for key in ("least", "most")}
    for key, end in ends.items():
        if end is not None and kind != "number":
            raise section.refuse(key, "declared of a number alone")
    found = Range(**ends)
    if found.least is not None and found.most is not None and found.least > found.most:
        raise section.refuse("most", f"at least {found.least:g}")
    return found
