"""The erased, as files bring them again: an import leaves out all that it holds of them, and keeps nothing of that."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import polars as pl

from features.digest import digest_of
from features.home import Home
from features.identity import Identity
from features.lake import data_of, read_own
from features.own_events import ERASED
from features.refused import Refused
from leads.history import IDENTITIES, History


def forgotten(folder: Path) -> frozenset[str]:
    """The digests of the ids and identities that were erased from a home; none where the folder is no home yet."""
    if not (folder / "home.json").is_file():
        return frozenset()
    told = (data_of(data) for data in read_own(Home.open(folder), ERASED)["data"])
    return frozenset(digest for erasure in told for digest in erasure.get("digests", ()))


def without_them(history: History, digests: Collection[str]) -> History:
    """Without the erased: no row of an id that was erased, or that comes with an identity of theirs."""
    if not digests:
        return history
    known = history.customers
    gone = _those(set(known["customer_id"]) | set(history.events["customer_id"]), digests)
    for kind in IDENTITIES:
        values = known[kind].drop_nulls().unique()
        theirs = [value for value in values if any(digest_of(key) in digests for key in Identity(kind, value).keys)]
        gone |= set(known.filter(pl.col(kind).is_in(theirs))["customer_id"])
    apart = ~pl.col("customer_id").is_in(list(gone))
    return History(known.filter(apart), history.events.filter(apart), history.observed_until)


def refused_without(refused: Refused, digests: Collection[str]) -> Refused:
    """What else was refused, without what it tells of the erased."""
    if not digests:
        return refused
    gone = _those(refused.rows["customer_id"].drop_nulls().unique(), digests)
    return Refused(refused.rows.filter(~pl.col("customer_id").is_in(list(gone)).fill_null(False)))


def _those(customer_ids: Iterable[str], digests: Collection[str]) -> set[str]:
    return {customer_id for customer_id in customer_ids if digest_of(customer_id) in digests}
