"""The erased, as files bring them again: an import leaves out all that it holds of them, and keeps nothing of that."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from features.digest import Digests
from features.home import Home
from features.identity import Identity
from features.lake import read_own
from features.own_events import ERASED
from features.refused import Refused
from leads.history import IDENTITIES, History


@dataclass(frozen=True)
class Forgotten:
    """Who was erased from a home. digests: of their ids, and of identities for as long as these are held."""

    digests: frozenset[str] = frozenset()
    own: Digests | None = None

    def __contains__(self, text: str) -> bool:
        return self.own is not None and self.own.of(text) in self.digests

    def __bool__(self) -> bool:
        return bool(self.digests)


def forgotten(folder: Path, now: datetime | None = None) -> Forgotten:
    """The ids and identities that were erased from a home; none where the folder is no home yet. now: identities that
    are held no longer then are another's; None holds them all.
    """
    if not (folder / "home.json").is_file():
        return Forgotten()
    home = Home.open(folder)
    own, holds, found = Digests(home.folder), home.configuration.workspace.erased_holds, set[str]()
    for at, data in read_own(home, ERASED).select("time", "data").iter_rows():
        told = json.loads(data)
        found.update(map(own.lifted, told.get("digests", ())))
        if now is None or now < at + holds:
            found.update(told.get("identities", ()))
    return Forgotten(frozenset(found), own)


def without_them(history: History, erased: Forgotten) -> History:
    """Without the erased: no row of an id that was erased, or that comes with an identity of theirs."""
    if not erased:
        return history
    known = history.customers
    gone = _those(set(known["customer_id"]) | set(history.events["customer_id"]), erased)
    for kind in IDENTITIES:
        values = known[kind].drop_nulls().unique()
        theirs = [value for value in values if any(key in erased for key in Identity(kind, value).keys)]
        gone |= set(known.filter(pl.col(kind).is_in(theirs))["customer_id"])
    apart = ~pl.col("customer_id").is_in(list(gone))
    return History(known.filter(apart), history.events.filter(apart), history.observed_until)


def refused_without(refused: Refused, erased: Forgotten) -> Refused:
    """What else was refused, without what it tells of the erased."""
    if not erased:
        return refused
    gone = _those(refused.rows["customer_id"].drop_nulls().unique(), erased)
    return Refused(refused.rows.filter(~pl.col("customer_id").is_in(list(gone)).fill_null(False)))


def _those(customer_ids: Iterable[str], erased: Forgotten) -> set[str]:
    return {customer_id for customer_id in customer_ids if customer_id in erased}
