"""Two changes of one text put together, where they are not about the same lines."""

from __future__ import annotations

from difflib import SequenceMatcher

from leads.errors import Conflicting


def merged(base: str, mine: str, theirs: str) -> str:
    """What `mine` changes of `base` done to `theirs`. Raises Conflicting where both change the same lines otherwise."""
    lines = base.splitlines(keepends=True)
    changes = {**_changes(lines, theirs), **_of_mine(_changes(lines, mine), _changes(lines, theirs))}
    made: list[str] = []
    at = 0
    for (start, stop), put in sorted(changes.items()):
        made += [*lines[at:start], *put]
        at = stop
    return "".join([*made, *lines[at:]])


Changes = dict[tuple[int, int], tuple[str, ...]]
"""What stands in the place of lines, by the first and behind the last of them."""


def _changes(lines: list[str], text: str) -> Changes:
    other = text.splitlines(keepends=True)
    codes = SequenceMatcher(None, lines, other, autojunk=False).get_opcodes()
    return {(a, b): tuple(other[c:d]) for tag, a, b, c, d in codes if tag != "equal"}


def _of_mine(mine: Changes, theirs: Changes) -> Changes:
    for (start, stop), put in mine.items():
        for (begin, end), other in theirs.items():
            touch = (start < end and begin < stop) or start == begin
            if touch and ((start, stop), put) != ((begin, end), other):
                raise Conflicting(
                    f"lines {begin + 1} to {max(begin + 1, end)} were changed and published by somebody else: change "
                    "these places by hand in a new draft"
                )
    return mine
