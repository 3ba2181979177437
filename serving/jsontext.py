"""JSON that others send: read without guessing, and what is wrong with it told without repeating it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leads.errors import InvalidInput

_DIGITS = 4000
"""Digits of a whole number that can be read."""


@dataclass(frozen=True)
class Repeated:
    """What stands in place of an object in which a name stands twice, and of every object around it: which of the two
    counts would be a guess.
    """

    name: str

    @property
    def reason(self) -> str:
        return f"each name once in an object; {self.name[:40]!r} stands twice"


class NotJson(ValueError):
    """Text that is no JSON; the message says why, and holds nothing of it."""


def read_json(body: bytes | str) -> Any:
    """The document; a whole number of thousands of digits is infinity. Raises NotJson."""
    try:
        return json.loads(body, parse_int=_whole, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno} " if error.lineno > 1 else ""
        raise NotJson(f"{error.msg} at {line}column {error.colno}") from error
    except UnicodeDecodeError as error:
        raise NotJson("bytes that are not UTF-8") from error
    except RecursionError as error:
        raise NotJson("nested too deeply") from error


def read_body(body: bytes) -> Any:
    """The document of a request. Raises InvalidInput for what is no JSON, or in which a name stands twice."""
    try:
        document = read_json(body)
    except NotJson as error:
        raise InvalidInput("body", None, f"JSON; {error}") from error
    if isinstance(document, Repeated):
        raise InvalidInput("body", None, document.reason)
    return document


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= _DIGITS else math.inf


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any] | Repeated:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        return Repeated(next(name for name in names if names.count(name) > 1))
    return next((value for value in found.values() if isinstance(value, Repeated)), found)
