"""Numbers at which somebody asked not to be called: as events tell it live, and as the lake tells it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from features.home import Home
from features.identity import identity_key
from features.lake import ARRIVED, read_own, read_records
from leads.history import TIME
from leads.spelling import CALLED
from leads.vocabulary import DO_NOT_CALL
from serving.clock import microseconds
from serving.events.rows import ERASED
from serving.events.stream import Event
from serving.people.contacts import Reach
from serving.people.numbers import number_digest

COMPLETED = "lease.completed"

_OURS = "nextlead/"
"""How the sources of outcomes begin that came to us: their `lease.completed` tells the number."""


def refused_phone(event: Event, reach: Reach | None) -> str | None:
    """The number at which an event's customer asked not to be called: the one that was dialled or, where that is not
    told, theirs of now; None where they did not ask.
    """
    if event.data.get("disposition") != DO_NOT_CALL:
        return None
    if event.type == COMPLETED:
        phone: str | None = event.data.get("phone")
        return phone
    if event.type != CALLED or event.source.startswith(_OURS) or reach is None:
        return None
    return next(iter(reach.phones), None)


def refused_numbers(home: Home, events: pl.DataFrame, merged: Mapping[str, str], now: datetime) -> dict[str, int]:
    """From the lake: the digests of numbers that rest, and since when (microseconds). What erased customers asked for
    their tombstones tell.

    events: under surviving ids, with their place of arrival.
    """
    found: dict[str, int] = {}
    for digest, at in (*_completed(home, now), *_called(home, events, merged, now), *_erased(home)):
        found[digest] = max(at, found.get(digest, at))
    return found


def _completed(home: Home, now: datetime) -> Iterator[tuple[str, int]]:
    recognition = home.configuration.workspace.recognition
    for row in read_own(home, COMPLETED, until=now).iter_rows(named=True):
        told = _told(row["data"])
        key = identity_key("phone", told.get("phone"), recognition) if told.get("disposition") == DO_NOT_CALL else None
        if key is not None:
            yield number_digest(key.removeprefix("phone:")), microseconds(row["time"])


def _told(data: str | None) -> Mapping[str, Any]:
    """What a row tells; nothing where nothing can be made of it, which is set aside where calls are folded."""
    try:
        told = json.loads(data or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _called(home: Home, events: pl.DataFrame, merged: Mapping[str, str], now: datetime) -> Iterator[tuple[str, int]]:
    """By calls that dialers told of: the number as it was known when they did, else the first that was known."""
    if "disposition" not in events.columns:
        return
    said = (pl.col("type") == CALLED) & (pl.col("disposition") == DO_NOT_CALL)
    refused = events.filter(said & ~pl.col("source").str.starts_with(_OURS))
    if refused.is_empty():
        return
    arrived = pl.from_epoch(pl.col(ARRIVED) // 2**20, time_unit="ms").dt.replace_time_zone("UTC").cast(TIME)
    refused = refused.with_columns(known=pl.max_horizontal("time", arrived)).sort("known")
    records = read_records(home, now).sort("at", maintain_order=True)
    records = records.select(pl.col("customer_id").replace(merged), "at", "phone", "timezone")
    known = refused.join_asof(records, left_on="known", right_on="at", by="customer_id", check_sortedness=False)
    first = records.group_by("customer_id", maintain_order=True).first()
    known = known.join(first, on="customer_id", how="left", suffix="_first")
    recognition = home.configuration.workspace.recognition
    for at, *later, phone, timezone in known.select(
        "time", "phone", "timezone", "phone_first", "timezone_first"
    ).iter_rows():
        text, zone = later if later[0] is not None else (phone, timezone)
        key = identity_key("phone", text, recognition, zone)
        if key is not None:
            yield number_digest(key.removeprefix("phone:")), microseconds(at)


def _erased(home: Home) -> Iterator[tuple[str, int]]:
    for row in read_own(home, ERASED).iter_rows(named=True):
        yield from json.loads(row["data"]).get("numbers", {}).items()
