"""A line of the trail: an entry with its number, and the seal that ties it to the line before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from serving.audit.entry import MOST, Entry
from serving.audit.seal import Seal
from serving.clock import written

_SEAL = ',"seal":"'


@dataclass(frozen=True)
class Line:
    """number: in its chain, from 1. text: without the seal."""

    number: int
    text: str
    seal: str

    @property
    def document(self) -> dict[str, Any]:
        """What it tells."""
        found: dict[str, Any] = msgspec.json.decode(self.text)
        return found

    def written(self) -> bytes:
        return f'{self.text[:-1]}{_SEAL}{self.seal}"}}\n'.encode()


def line_of(entry: Entry, number: int, before: str, seal: Seal) -> Line:
    """The line of an entry after the one with this seal."""
    told = {
        "n": number,
        "at": written(datetime.fromtimestamp(entry.at, UTC)),
        "who": entry.who,
        "role": entry.role,
        "act": entry.act,
        "route": entry.route,
        "status": entry.status or None,
        "whom": [seal.whom(name) for name in entry.whom[:MOST]] or None,
        "count": entry.count or len(entry.whom) or None,
        "why": entry.why,
        "from": entry.address,
    }
    text = msgspec.json.encode({name: value for name, value in told.items() if value is not None}).decode()
    return Line(number, text, seal.of(before, text))


def read_line(raw: bytes) -> Line | None:
    """A line as it stands in a file; None for what is none."""
    try:
        text, _, rest = raw.decode().rstrip("\n").rpartition(_SEAL)
        told = msgspec.json.decode(f"{text}}}")
        return Line(int(told["n"]), f"{text}}}", rest.removesuffix('"}'))
    except (ValueError, KeyError, TypeError):
        return None
