"""Persons: records of ids that are one person, each with what was known of the person by then."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl


def joined(records: pl.DataFrame, fields: Mapping[str, str], merges: Mapping[str, str]) -> pl.DataFrame:
    """The same records in the same order; those of people of several ids have what any of them told last until then.

    records: of the lake, ordered by time. fields: column → the name by which `said` tells its time. merges: per id that
    was merged away, the one that survives. An empty field of an import says nothing.
    """
    ids = {*merges, *merges.values()}
    numbered = records.with_row_index("row")
    mine = numbered.filter(pl.col("customer_id").is_in(list(ids))).with_columns(pl.col("at").to_physical())
    if mine.is_empty():
        return records
    rows = list(_running(mine.iter_rows(named=True), fields, merges))
    told = pl.DataFrame(rows, schema={name: numbered.schema[name] for name in ("row", *fields)}, orient="row")
    return numbered.update(told, on="row", how="left", include_nulls=True).drop("row")


def _running(
    rows: Iterable[dict[str, Any]], fields: Mapping[str, str], merges: Mapping[str, str]
) -> Iterable[tuple[Any, ...]]:
    """Row by row its number and the person's fields."""
    known: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    for row in rows:
        facts = known[merges.get(row["customer_id"], row["customer_id"])]
        said = json.loads(row["said"] or "{}")
        for column, name in fields.items():
            fact = _fact(row[column], said.get(name), row["at"])
            if fact is not None and (column not in facts or fact[:3] > facts[column][:3]):
                facts[column] = fact
        yield row["row"], *(facts[column][3] if column in facts else None for column in fields)


def _fact(value: Any, said: int | None, at: int) -> tuple[int, bool, str, Any] | None:
    """When a value was told, its weight against one of the same time, and itself; None where nothing was told."""
    if value is None and said is None:
        return None
    return at if said is None else said, value is not None, repr(value), value
