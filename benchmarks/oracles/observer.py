"""An observer who knows the event log alone: who held whom when, whether anyone was held twice, and why.

The log has the order in which the store took its events, by the store's one clock: no clock of a service is trusted.
Events of one customer have an exact order; those of two customers, who may share a number, have one to the millisecond.
A lease ends in the same step as its `completed`, `released` or `expired` is logged, and its `granted` is logged after
it was taken. So of two leases of a customer, in the order of their fencing tokens, the first one's end must stand
before the second one's grant: no tolerance is needed. Where a `granted` was never logged, because the service died
between, the lease was never told to anyone, and only its end is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

GRANTED = "lease.granted"
ENDS = ("lease.completed", "lease.released", "lease.expired", "lease.taken_back")

_SEQUENCE_BITS = 20
"""An arrival is milliseconds of the store's clock and a number within the millisecond."""


@dataclass(frozen=True)
class Tenure:
    """A lease by the log. since, until: arrivals of its grant and its end; until: None where it has no end. promised:
    until when the holder was told to have it, in milliseconds of the service's clock.
    """

    lease_id: str
    token: int
    customer_id: str
    since: int
    until: int | None
    ended_by: str | None
    promised: int
    decision_id: str


@dataclass(frozen=True)
class Seen:
    """double: pairs of leases that held the same customer or number at once. endless: leases without an end. twice:
    leases with more than one end or grant. unexplained: leases whose decision is not in the ledger, or gives no reason.
    """

    leases: int
    double: list[tuple[str, str]]
    endless: list[str]
    twice: list[str]
    unexplained: list[str]

    @property
    def wrong(self) -> list[str]:
        """The promises that were broken."""
        counts = {
            "double holds": len(self.double),
            "leases that never ended": len(self.endless),
            "leases granted or ended twice": len(self.twice),
            "claims without an explanation": len(self.unexplained),
        }
        return [f"{count} {what}" for what, count in counts.items() if count]


def observe(log: pl.DataFrame, phones: Mapping[str, str], explained: Iterable[str]) -> Seen:
    """log: the rows `type, customer_id, data, arrived` of the product's own events. phones: by customer. explained: ids
    of decisions that are in the ledger with reasons.
    """
    tenures = tenures_of(log)
    known = set(explained)
    events = log.filter(pl.col("type").is_in([GRANTED, *ENDS]))
    named = [(row[0] == GRANTED, json.loads(row[1])["lease_id"]) for row in events.select("type", "data").iter_rows()]
    counted: dict[tuple[bool, str], int] = {}
    for item in named:
        counted[item] = counted.get(item, 0) + 1
    return Seen(
        leases=len(tenures),
        double=double_holds(tenures, phones),
        endless=[tenure.lease_id for tenure in tenures if tenure.until is None],
        twice=sorted({name for (_, name), count in counted.items() if name is not None and count > 1}),
        unexplained=[tenure.lease_id for tenure in tenures if tenure.decision_id not in known],
    )


def tenures_of(log: pl.DataFrame) -> list[Tenure]:
    """Every lease that was granted to somebody, in the order of tokens."""
    ends: dict[str, tuple[int, str]] = {}
    grants = []
    for kind, customer_id, text, arrived in log.select("type", "customer_id", "data", "arrived").iter_rows():
        told = json.loads(text)
        if kind == GRANTED:
            grants.append((told, customer_id, arrived))
        elif kind in ENDS and told["lease_id"] is not None:
            ends.setdefault(told["lease_id"], (arrived, kind))
    found = []
    for told, customer_id, arrived in grants:
        until, kind = ends.get(told["lease_id"], (None, None))
        promised = int(datetime.fromisoformat(told["expires_at"]).timestamp() * 1000)
        found.append(
            Tenure(told["lease_id"], told["token"], customer_id, arrived, until, kind, promised, told["decision_id"])
        )
    return sorted(found, key=lambda tenure: tenure.token)


def double_holds(tenures: Iterable[Tenure], phones: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of leases, in the order of tokens, of which the first had not ended when the second was granted.

    >>> first = Tenure("a", 1, "C1", 0, 50, "lease.released", 90, "d1")
    >>> double_holds([first, Tenure("b", 2, "C1", 40, 60, "lease.released", 90, "d2")], {})
    [('a', 'b')]
    """
    found = set()
    open_leases: dict[str, list[Tenure]] = {}
    for tenure in tenures:
        named = {f"customer {tenure.customer_id}": 0}
        if tenure.customer_id in phones:
            named[f"phone {phones[tenure.customer_id]}"] = _SEQUENCE_BITS
        for name, unsure in named.items():
            before = open_leases.get(name, [])
            left = [other for other in before if other.until is None or other.until >> unsure > tenure.since >> unsure]
            found |= {(other.lease_id, tenure.lease_id) for other in left}
            open_leases[name] = [*left, tenure]
    return sorted(found)


def early_ends(tenures: Iterable[Tenure], offset: float) -> float:
    """By how many seconds a lease expired before its holder was told, at most: what wrong clocks do.

    offset: how far the service's right clock is from the store's, in seconds.
    """
    early = [
        (tenure.promised - (tenure.until >> _SEQUENCE_BITS)) / 1000 - offset
        for tenure in tenures
        if tenure.until is not None and tenure.ended_by == "lease.expired"
    ]
    return round(max(early, default=0.0), 3)
