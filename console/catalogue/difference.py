"""What one text changes of another, line by line, with a little of what stands around."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff

_AROUND = 2


@dataclass(frozen=True)
class Line:
    """what: `new`, `old`, `same`, or `gap` for where lines are left out, which says where."""

    what: str
    text: str


def difference(before: str, after: str) -> list[Line]:
    """Nothing where they are the same."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), n=_AROUND, lineterm=""))[2:]
    return [_line(line) for line in lines]


def changed_lines(lines: list[Line]) -> int:
    """How many lines come or go."""
    return sum(line.what in ("new", "old") for line in lines)


def _line(text: str) -> Line:
    kinds = {"+": "new", "-": "old", "@": "gap"}
    what = kinds.get(text[:1], "same")
    return Line(what, text.split("@@")[1].strip() if what == "gap" else text[1:])
