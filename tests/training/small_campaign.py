"""A small insurer that chooses by one feature whom to call, and calls nobody who has renewed; the effect is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import polars as pl

from leads.history import TIME, History
from tests.training.small_insurer import UNTIL

MONTHS, DAYS = 8, 28.0

ASSIGNMENTS: Mapping[str, float] = {"random": 0.0, "mild": 0.6, "strong": 1.8}
"""By how much the log-odds of being called rise with the feature, in its standard deviations."""

WORKSPACE = """
name: campaign
title: {zh: 续保战役, en: Campaign}
half_lives: [30d]
channels: [call]
tags:
  wealth: {type: number}
  age: {type: number}
  region: {type: category, values: [north, south]}
events:
  call.attempted: {half_lives: [30d], interaction: false}
  policy.renewed: {}
objectives:
  renewal:
    label: {zh: 续保, en: renewal}
    moments: {every: 30d}
    target: policy.renewed
    horizon: 28d
    uplift:
      treatments: {any: [call.attempted]}
      within: 14d
"""


def campaign(customers: int, seed: int, assignment: float, helps: float = 0.0, harms: float = 0.0) -> History:
    """Each month about half renew, the wealthier more often, some for reasons that nobody knows; a call brings about
    `helps` of the renewals that would not have come after it, and puts off `harms` of those that would.
    """
    rng = np.random.default_rng(seed)
    begin = UNTIL - timedelta(days=30 * MONTHS)
    wealth, trait = rng.standard_normal(customers), rng.standard_normal(customers)
    age, south = np.round(rng.uniform(18, 80, customers)), rng.random(customers) < 0.4
    people = pl.DataFrame(
        {
            "customer_id": [f"c{i:05d}" for i in range(customers)],
            "at": [begin] * customers,
            "wealth": wealth,
            "age": age,
            "region": np.where(south, "south", "north"),
        },
        schema_overrides={"at": TIME},
    )
    parts = []
    for month in range(MONTHS):
        renews = rng.random(customers) < _sigmoid(0.2 + wealth + 0.02 * (age - 50) - 0.4 * south + 0.7 * trait)
        renewed = np.where(renews, DAYS * rng.beta(1.0, 1.6, customers), np.inf)
        chosen = rng.random(customers) < _sigmoid(assignment * wealth)
        called = np.where(chosen, rng.uniform(0, 14, customers), np.inf)
        called[called >= renewed] = np.inf
        reached = np.isfinite(called)
        later = np.minimum(called, DAYS) + (DAYS - np.minimum(called, DAYS)) * rng.random(customers)
        helped = reached & ~renews & (rng.random(customers) < helps)
        harmed = reached & renews & (rng.random(customers) < harms)
        renewed = np.where(helped, later, np.where(harmed, np.inf, renewed))
        for kind, day in (("call.attempted", called), ("policy.renewed", renewed)):
            parts.append(_happened(kind, day, begin + timedelta(days=30 * month)))
    events = pl.concat(parts).with_row_index("id").with_columns(pl.col("id").cast(pl.String), source=pl.lit("test"))
    return History(people, events, UNTIL)


def _happened(kind: str, day: np.ndarray, begin: object) -> pl.DataFrame:
    rows = np.flatnonzero(np.isfinite(day))
    seconds = np.ceil(day[rows] * 86_400).astype(np.int64)
    return pl.DataFrame(
        {"type": [kind] * len(rows), "customer_id": [f"c{i:05d}" for i in rows], "seconds": seconds}
    ).select(
        "type", "customer_id", (pl.lit(begin).cast(TIME) + pl.duration(seconds="seconds")).cast(TIME).alias("time")
    )


def _sigmoid(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp(-x))
    return found
