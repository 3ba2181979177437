"""Numbers at which somebody asked not to be called: as events tell it live, and as the lake tells it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import polars as pl

from features.digest import Digests, digest_of
from features.home import Home
from features.identity import identity_key
from features.lake import ARRIVED, data_of, read_own, read_own_of, read_records
from features.own_events import COMPLETED, ERASED, RESTS
from leads.configuration.spelling import CALLED
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.history import TIME
from serving.clock import microseconds
from serving.events.stream import Event
from serving.people.reach import Reach

_SOURCE = "nextlead/numbers"

_OURS = "nextlead/"
"""How the sources of outcomes begin that came to us: their `lease.completed` tells the number."""


def kept(event: Event, reach: Reach | None, own: str | None, digest: Callable[[str], str]) -> Event | None:
    """What is kept of a dialer's call in which somebody asked not to be called, None of any other event: a record that
    changes later does not change at which number that was. own: as for `refused_phone`.
    digest: of a number.
    """
    if not _asked(event):
        return None
    phone = refused_phone(event, reach, own)
    told = {"of": [event.source, event.id], "numbers": {} if phone is None else {digest(phone): event.time}}
    return Event(_name(event.id, event.source), _SOURCE, RESTS, event.customer_id, event.time, told)


def _name(event_id: str, source: str) -> str:
    """The id of what is kept of an event."""
    return Event(event_id, source, "", "", 0, {}).digest.hex()


def _asked(event: Event) -> bool:
    """Whether a dialer tells that somebody asked not to be called."""
    return event.type == CALLED and event.data.get("disposition") == DO_NOT_CALL and not event.source.startswith(_OURS)


def refused_phone(event: Event, reach: Reach | None, own: str | None) -> str | None:
    """The number at which an event's customer asked not to be called: the one that was dialled or, where that is not
    told, theirs of now; None where they did not ask. own: what the id that the event names has told itself.
    """
    if event.type == COMPLETED and event.data.get("disposition") == DO_NOT_CALL:
        phone: str | None = event.data.get("phone")
        return phone
    if reach is None or not _asked(event):
        return None
    return own if own in reach.phones else next(iter(reach.phones), None)


def refused_numbers(home: Home, events: pl.DataFrame, merged: Mapping[str, str], now: datetime) -> dict[str, int]:
    """From the lake: the digests of numbers that rest, and since when (microseconds). What erased customers asked for
    their tombstones tell.

    events: under the ids by which they came, with their place of arrival.
    """
    rested = read_own(home, RESTS)
    return _latest((
        *_completed(home, read_own(home, COMPLETED, until=now)),
        *_called(home, events, rested, merged, now),
        *_kept(home, rested),
        *_erased(home),
    ))  # fmt: skip


def _latest(told: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Per digest the last time that it was told."""
    found: dict[str, int] = {}
    for digest, at in told:
        found[digest] = max(at, found.get(digest, at))
    return found


def outlasting(home: Home, customer_ids: Sequence[str]) -> pl.DataFrame:
    """The own event (none or one, as a row of the lake) that keeps which numbers rest by what the lake has of customers
    who are about to leave it, whose numbers these may not be. It names nobody.
    """
    own = read_own_of(home, customer_ids, COMPLETED, RESTS)
    rows = {kind: own.filter(pl.col("type") == kind) for kind in (COMPLETED, RESTS)}
    numbers = _latest((*_completed(home, rows[COMPLETED]), *_kept(home, rows[RESTS])))
    if not numbers:
        return own.clear()
    told = json.dumps({"of": [], "numbers": dict(sorted(numbers.items()))})
    name = digest_of(told)
    row = {"id": name, "source": _SOURCE, "type": RESTS, "customer_id": name, "data": told, ARRIVED: None}
    return pl.DataFrame([row | {"time": max(numbers.values())}]).select(
        *(pl.col(column).cast(kind) for column, kind in own.schema.items())
    )


def _completed(home: Home, completed: pl.DataFrame) -> Iterator[tuple[str, int]]:
    recognition, digest = home.configuration.workspace.recognition, Digests(home.folder).of
    for row in completed.iter_rows(named=True):
        told = data_of(row["data"])
        key = identity_key("phone", told.get("phone"), recognition) if told.get("disposition") == DO_NOT_CALL else None
        if key is not None:
            yield digest(key), microseconds(row["time"])


def _kept(home: Home, rested: pl.DataFrame) -> Iterator[tuple[str, int]]:
    for data in rested["data"]:
        yield from data_of(data)["numbers"].items()


def _called(
    home: Home, events: pl.DataFrame, rested: pl.DataFrame, merged: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, int]]:
    """By calls of which nothing was kept, such as imported ones: the number as it was known when they were told, else
    the first that was known.
    """
    if "disposition" not in events.columns:
        return
    said = (pl.col("type") == CALLED) & (pl.col("disposition") == DO_NOT_CALL)
    refused = events.filter(said & ~pl.col("source").str.starts_with(_OURS))
    kept_of = set(rested["id"])
    names = [_name(event_id, source) for event_id, source in refused.select("id", "source").iter_rows()]
    refused = refused.filter(pl.Series([name not in kept_of for name in names], dtype=pl.Boolean))
    if refused.is_empty():
        return
    arrived = pl.from_epoch(pl.col(ARRIVED) // 2**20, time_unit="ms").dt.replace_time_zone("UTC").cast(TIME)
    refused = refused.with_columns(known=pl.max_horizontal("time", arrived)).sort("known")
    records = read_records(home, now).sort("at", maintain_order=True).select("customer_id", "at", "phone", "timezone")
    own, theirs = (
        _known(calls, told)
        for calls, told in ((refused, records), (_renamed(refused, merged), _renamed(records, merged)))
    )
    recognition, digest = home.configuration.workspace.recognition, Digests(home.folder).of
    for at, mine, other in zip(refused["time"], own, theirs, strict=True):
        text, zone = mine if mine[0] is not None else other
        key = identity_key("phone", text, recognition, zone)
        if key is not None:
            yield digest(key), microseconds(at)


def _renamed(frame: pl.DataFrame, merged: Mapping[str, str]) -> pl.DataFrame:
    return frame.with_columns(pl.col("customer_id").replace(merged))


def _known(calls: pl.DataFrame, records: pl.DataFrame) -> list[tuple[str | None, str | None]]:
    """Per call the number and zone that its customer had then, else the first that they had."""
    records = records.filter(pl.col("phone").is_not_null())
    then = calls.join_asof(records, left_on="known", right_on="at", by="customer_id", check_sortedness=False)
    first = records.group_by("customer_id", maintain_order=True).first()
    both = then.join(first, on="customer_id", how="left", suffix="_first", maintain_order="left")
    rows = both.select("phone", "timezone", "phone_first", "timezone_first").iter_rows()
    return [(phone, zone) if phone is not None else (first, at) for phone, zone, first, at in rows]


def _erased(home: Home) -> Iterator[tuple[str, int]]:
    for row in read_own(home, ERASED).iter_rows(named=True):
        yield from data_of(row["data"]).get("numbers", {}).items()
