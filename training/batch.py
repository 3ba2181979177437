"""Batch scores: everyone known at a time, scored with the champions."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from features.history import profile_rows, states_at
from features.home import Home
from features.lake import latest_profiles, read_customers, read_events
from features.value import feature_frame
from leads.configuration.objective import Objective
from leads.history import History
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from models.scoring import scores_of
from training.evaluation import check_suffix, source_home, write_frame
from training.following import shift_at
from training.registry import Registry

SCHEMA = {
    "customer_id": pl.String(), "objective": pl.String(), "product": pl.String(), "probability": pl.Float64(),
}  # fmt: skip
"""Of a file of scores; `product` is empty for objectives without one."""


def score(
    home: Home,
    objectives: Sequence[str] | None = None,
    at: datetime | None = None,
    source: History | None = None,
    out: Path | None = None,
) -> pl.DataFrame:
    """A row per customer known at `at`, objective and product of its population; written to `out` when given.

    at: by default as far as the record reaches. source: score its customers instead of the home's.
    """
    if out is not None:
        check_suffix(out)
    names = [home.configuration.objective(name).name for name in objectives or home.configuration.workspace.objectives]
    registry = Registry(home)
    champions = {name: registry.require_champion(name, home.configuration.workspace.digest) for name in names}
    with tempfile.TemporaryDirectory(prefix="nextlead-") as folder:
        place = home if source is None else source_home(home, source, Path(folder))
        moment = at or place.observed_until
        frame = features_of(place, moment)
        scored = [
            _scores(home, name, bundle.shifted(_shift(place, bundle, moment)), frame)
            for name, bundle in champions.items()
        ]
    result = pl.concat(scored) if scored else pl.DataFrame(schema=SCHEMA)
    if out is not None:
        write_frame(result, out)
    return result


def features_of(home: Home, at: datetime) -> pl.DataFrame:
    """The feature frame of everyone known at `at`, folded from the events up to then; no later one counts."""
    workspace, layout = home.configuration.workspace, home.configuration.layout
    customers = latest_profiles(workspace, read_customers(home, at))
    profile = profile_rows(layout, customers).drop("at")
    events = read_events(home, until=at, by_arrival=True)
    known = profile["customer_id"]
    interactions = states_at(workspace, layout.interactions, known, events)
    return feature_frame(layout, profile, interactions, states_at(workspace, layout.standing, known, events), at)


def _shift(home: Home, bundle: Bundle, at: datetime) -> float:
    return shift_at(home, home.configuration.objective(bundle.manifest.objective), bundle, at)


def _scores(home: Home, name: str, bundle: Bundle, frame: pl.DataFrame) -> pl.DataFrame:
    objective = home.configuration.objective(name)
    scores = scores_of(bundle, objective, home.configuration.layout, Sheet.of(frame.drop("customer_id")))
    width = scores.shape[1]
    result = pl.DataFrame(
        {
            "customer_id": frame["customer_id"][np.repeat(np.arange(len(frame)), width)],
            "objective": pl.repeat(name, len(frame) * width, eager=True, dtype=pl.String),
            "product": _products(objective, frame),
            "probability": scores.reshape(-1),
        },
        schema=SCHEMA,
    )
    return result.filter(pl.col("probability").is_not_nan())


def _products(objective: Objective, frame: pl.DataFrame) -> pl.Series:
    if objective.product == "each":
        return pl.Series(list(objective.products) * len(frame), dtype=pl.String)
    if objective.product == "expiring":
        return frame["policy_next_product"]
    return pl.repeat(None, len(frame), eager=True, dtype=pl.String)
