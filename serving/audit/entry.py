"""An entry: something that somebody did or was refused, as the trail takes it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """at: seconds since 1970, in real time. who: id of the principal. role: theirs. act: what they did. route: how,
    such as `GET /customers/{customer_id}` or `nextlead keys create`. status: of the answer; 0 where there is none.
    whom: ids of the customers whom it concerns, of which digests are kept, MOST of them at most. count: how many they
    are, or how much else. why: a reason of a closed set, None where none is asked for. address: from where, None for
    this machine.
    """

    at: float
    who: str
    role: str
    act: str
    route: str
    status: int = 0
    whom: Sequence[str] = ()
    count: int = 0
    why: str | None = None
    address: str | None = None


MOST = 1000
"""Customers of an entry whose digests are kept."""
