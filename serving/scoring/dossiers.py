"""Dossiers: all that the store keeps of customers which scores and decisions rest on, read in one step."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from serving.clock import from_milliseconds
from serving.store.scripts import Scripts

_Kept = Sequence[bytes | None]


@dataclass(frozen=True)
class Moment:
    """A time that the service's processes agree on (ms), and when it was here, by a clock that only goes on (s)."""

    said: int
    here: float

    def now(self) -> datetime:
        """What that time is now."""
        return from_milliseconds(self.said + (time.monotonic() - self.here) * 1000)


@dataclass(frozen=True)
class Dossiers:
    """Of n customers what is kept, as it is kept; row i of everything is the same customer, None where there is
    nothing.

    customer_ids: those that survive merges. views: profile, counters and policies (`features.hot.VIEWS`).
    numbers_rest: whether any number rests. attempts, hours: what came of calls, where that was asked for.
    read_at: when that was, where a worker keeps the service's time. stamps: digests of all that is kept of each.
    behind: the number behind what attempts call it.
    """

    customer_ids: Sequence[str]
    contacts: _Kept
    views: Sequence[_Kept]
    promises: _Kept
    retries: _Kept
    numbers_rest: bool
    attempts: _Kept = ()
    hours: Mapping[bytes, bytes] = field(default_factory=dict)
    read_at: Moment | None = None
    stamps: Sequence[bytes] = ()
    behind: Callable[[str], str] = str

    def __len__(self) -> int:
        return len(self.customer_ids)

    @property
    def known(self) -> list[bool]:
        """Who has a record."""
        return [record is not None for record in self.contacts]

    def taken(self, rows: Sequence[int]) -> Dossiers:
        """Those of some of the customers."""
        if len(rows) == len(self):
            return self

        def some(kept: Sequence[Any]) -> list[Any]:
            return [kept[row] for row in rows] if kept else []

        return Dossiers(
            some(self.customer_ids), some(self.contacts), [some(view) for view in self.views], some(self.promises),
            some(self.retries), self.numbers_rest, some(self.attempts), self.hours, self.read_at,
            some(self.stamps), self.behind,
        )  # fmt: skip


class DossierFiles:
    """Reads dossiers."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def read(self, customer_ids: Sequence[str], *, calls: bool = False, stamped: bool = False) -> Dossiers:
        """Those of customers by any id that leads to them. calls: what came of calling them too. stamped: that, with
        stamps.
        """
        if not customer_ids:
            return Dossiers((), (), ((), (), ()), (), (), False)
        answer: Any = self._scripts.run("dossiers", 2 if stamped else int(calls), *customer_ids)
        moment, numbers, hours, names, columns, stamps = answer
        contacts, profile, interactions, standing, promises, retries, attempts = columns
        return Dossiers(
            [name.decode() for name in names], contacts, (profile, interactions, standing), promises, retries,
            bool(numbers), attempts, dict(zip(hours[::2], hours[1::2], strict=True)),
            Moment(int(moment), time.monotonic()) if moment else None, stamps, self._scripts.keyspace.behind,
        )  # fmt: skip
