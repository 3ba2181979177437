"""Answers of the non-agent API: lines such as `SUCCESS: update_lead LEAD HAS BEEN UPDATED - 6666|193716`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leads.errors import NextleadError, Unavailable

SUCCESS, NOTICE, ERROR = "SUCCESS", "NOTICE", "ERROR"

_LINE = re.compile(rf"({SUCCESS}|{NOTICE}|{ERROR}):\s*(.*)")
_LOGIN = "Invalid Username/Password"
"""How an answer to a wrong password begins. What follows repeats the password."""

_OF_LEAD = ("INVALID PHONE", "INVALID DATA", "DUPLICATE", "NO MATCHES FOUND", "LEAD NOT FOUND")
"""Errors that say something of one lead; any other would meet every lead."""


class Refused(NextleadError):
    """The non-agent API answered with an error. `of_lead`: it concerns one lead alone."""

    status = 502
    title = "VICIdial refused"

    def __init__(self, message: str) -> None:
        super().__init__(f"VICIdial answers: {message}")
        self.message = message
        self.of_lead = any(text in message for text in _OF_LEAD)


@dataclass(frozen=True)
class Line:
    """kind: SUCCESS, NOTICE or ERROR. message: without the function's name. fields: what stands between the pipes."""

    kind: str
    message: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Reply:
    """The lines of one answer."""

    lines: tuple[Line, ...]

    @property
    def success(self) -> Line | None:
        return self._first(SUCCESS)

    @property
    def error(self) -> Line | None:
        return self._first(ERROR)

    def says(self, message: str) -> bool:
        """Whether one of the lines is exactly this message."""
        return any(line.message == message for line in self.lines)

    def notices(self, beginning: str) -> str | None:
        """The first message that begins so, None where none does."""
        return next((line.message for line in self.lines if line.message.startswith(beginning)), None)

    def _first(self, kind: str) -> Line | None:
        return next((line for line in self.lines if line.kind == kind), None)


def parse_reply(text: str, function: str) -> Reply:
    """The answer to a function that acts. Raises Unavailable for what is none: then it is unknown what was done.

    >>> parse_reply("NOTICE: update_lead NOT REMOVED FROM HOPPER - 7275551111|193715|DNC|6666", "update_lead").lines
    (Line(kind='NOTICE', message='NOT REMOVED FROM HOPPER', fields=('7275551111', '193715', 'DNC', '6666')),)
    """
    found = tuple(line for raw in text.splitlines() if (line := parse_line(raw, function)) is not None)
    if not found:
        raise Unavailable(f"VICIdial's answer to {function} is none that its documentation knows")
    return Reply(found)


def parse_line(raw: str, function: str) -> Line | None:
    """One line, None where it is data or anything else."""
    raw = raw.strip()
    if raw.startswith(_LOGIN):
        return Line(ERROR, _LOGIN, ())
    match = _LINE.fullmatch(raw)
    if match is None:
        return None
    message, separator, rest = match[2].partition(" - ")
    if not separator:
        message, _, rest = match[2].partition(": |")
    fields = tuple(part.strip() for part in rest.split("|")) if rest else ()
    return Line(match[1], message.strip().removeprefix(f"{function} ").strip(), fields)


def parse_table(text: str, function: str) -> list[dict[str, str]]:
    """The rows of an answer with a header, by column. Raises Refused for an error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = parse_line(lines[0], function) if lines else None
    if told is not None and told.kind == ERROR:
        raise Refused(told.message)
    if told is not None or not lines or "|" not in lines[0]:
        raise Unavailable(f"VICIdial's answer to {function} is none that its documentation knows")
    names = lines[0].split("|")
    return [dict(zip(names, line.split("|"), strict=False)) for line in lines[1:]]
