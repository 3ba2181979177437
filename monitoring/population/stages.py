"""Stages of the life cycle as they stood at past moments: what the fold of all that was recorded by then says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from features.home import Home
from features.lake import read_customers, read_events_among
from leads.configuration.lifecycle import STAGE
from monitoring.population.sample import Sample

BATCH = 20_000
"""Customers worked out at a time."""


def stages_at(home: Home, asked: Sequence[datetime]) -> list[pl.DataFrame]:
    """Of each moment `customer_id, stage` of everybody known by then; nobody where no life cycle is declared.

    Hot state is not asked. Ids are those that survive the merges known by the last moment.
    """
    until, found = max(asked), [_NOBODY for _ in asked]
    if not home.configuration.workspace.lifecycle.stages:
        return found
    customers = read_customers(home, until)
    names = customers["customer_id"].unique().sort()
    for start in range(0, len(names), BATCH):
        some = names[start : start + BATCH]
        theirs = customers.filter(pl.col("customer_id").is_in(some.implode()))
        sample = Sample(home.configuration, read_events_among(home, some.to_list(), until), theirs, until)
        parts = _stages(sample, asked)
        found = [pl.concat([before, part]) for before, part in zip(found, parts, strict=True)]
    return found


_NOBODY = pl.DataFrame(schema={"customer_id": pl.String(), STAGE: pl.String()})


def _stages(sample: Sample, asked: Sequence[datetime]) -> list[pl.DataFrame]:
    moments = [_known(sample, at) for at in asked]
    sample.prepare(moments)
    return [part.select("customer_id").with_columns(sample.features(part)[STAGE]) for part in moments]


def _known(sample: Sample, at: datetime) -> pl.DataFrame:
    known = sample.customers.filter(pl.col("at") <= at).select("customer_id").unique().sort("customer_id")
    return known.with_columns(pl.lit(at).cast(sample.customers.schema["at"]).alias("at"))
