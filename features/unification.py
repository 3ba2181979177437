"""Imported customers who share an identity are one person: noted in the lake, so that all who read it agree."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import polars as pl

from features.consents import decoded, encoded, last_words, said_of, told
from features.home import Home
from features.identity import distinct_values, identity_key, key_of
from features.lake import MERGED, append_customers, append_own, read_merges, read_records
from features.people import Register, surviving
from leads.history import IDENTITIES, TIME

SOURCE = "nextlead/import"


def unite(home: Home) -> int:
    """Note new merges and a joined record for each survivor; how many ids were merged. Again, it changes nothing."""
    known = read_merges(home)
    records = last_words(home.configuration.workspace.channels, read_records(home).sort("at", maintain_order=True))
    latest = records.unique("customer_id", keep="last", maintain_order=True)
    latest = latest.filter(~pl.col("customer_id").is_in(list(known))).sort("at", "customer_id")
    keys = _keys(home, latest)
    register = _register(home, latest, keys, known)
    merged = {name: surviving(register.merged, name) for name in register.merged.keys() - known.keys()}
    if merged:
        _note(home, latest, keys, merged)
    return len(merged)


def _keys(home: Home, latest: pl.DataFrame) -> dict[str, list[str]]:
    """Per customer, the identities of their newest record in normal form; what cannot be one is passed over."""
    found: dict[str, list[str]] = {}
    recognition = home.configuration.workspace.recognition
    for customer_id, timezone, known_as, *texts in latest.select(
        "customer_id", "timezone", "known_as", *IDENTITIES
    ).iter_rows():
        own = [identity_key(kind, text, recognition, timezone) for kind, text in zip(IDENTITIES, texts, strict=True)]
        others = [key_of(key, recognition) for key in known_as or ()]
        found[customer_id] = [key for key in (*own, *others) if key is not None]
    return found


def _register(
    home: Home, latest: pl.DataFrame, keys: Mapping[str, Sequence[str]], known: Mapping[str, str]
) -> Register:
    workspace = home.configuration.workspace
    names = [tag.name for tag in workspace.tags.values() if tag.distinct]
    register = Register(known)
    for customer_id, *values in latest.select("customer_id", *names).iter_rows():
        told = distinct_values(dict(zip(names, values, strict=True)), workspace.recognition)
        register.tell(customer_id, keys[customer_id], told)
    return register


def _note(home: Home, latest: pl.DataFrame, keys: Mapping[str, Sequence[str]], merged: Mapping[str, str]) -> None:
    channels = home.configuration.workspace.channels
    involved = pl.col("customer_id").is_in([*merged, *merged.values()])
    rows = encoded(channels, latest.filter(involved)).with_columns(into=pl.col("customer_id").replace(merged))
    at = dict(rows.group_by("into").agg(pl.col("at").max()).rows())
    words = [told(channel) for channel in channels]
    joined = rows.group_by("into", maintain_order=True).agg(
        pl.exclude("customer_id", "known_as", *words).drop_nulls().last(), pl.col(*words).max(), pl.col("customer_id")
    )
    joined = decoded(channels, joined)
    known_as = [sorted({key for name in ids for key in keys[name]}) for ids in joined["customer_id"].to_list()]
    joined = joined.with_columns(
        customer_id=pl.col("into"),
        known_as=pl.Series(known_as, dtype=pl.List(pl.String())),
        said=pl.Series([json.dumps(said_of(channels, row)) for row in joined.iter_rows(named=True)], dtype=pl.String),
    )
    append_customers(home, joined.select(latest.drop(words).columns))
    append_own(home, _events([(name, into, at[into]) for name, into in sorted(merged.items())]))


def _events(rows: Sequence[tuple[str, str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [uuid4().hex for _ in rows],
            "source": [SOURCE for _ in rows],
            "type": [MERGED for _ in rows],
            "customer_id": [name for name, _, _ in rows],
            "time": pl.Series([at for _, _, at in rows], dtype=TIME),
            "data": [json.dumps({"into": into}) for _, into, _ in rows],
        }
    )
