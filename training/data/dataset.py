"""Data sets: label rows with the features as they were known at their moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.configuration import Configuration
from features.home import Home
from features.lake import read_customers, read_events
from features.layout import FeatureLayout
from features.products import of_product
from leads.configuration.objective import Objective
from leads.errors import InvalidWorkspace
from leads.history import TIME
from leads.sheet.sheet import Sheet
from models.scoring import in_population, population_columns
from training.data.censoring import factors
from training.data.episodes import episodes
from training.data.join import CHUNK, Progress, current_history, features_at
from training.data.labels import label_rows, labelled
from training.data.sampling import capped

_AGED = ("at", "weight")

_ROWS = 200_000
"""Rows expanded per product at once."""


@dataclass(frozen=True)
class Dataset:
    """Rows of an objective's population, ordered by time, customer and product.

    keys: `customer_id, at, product, label, settled, weight`; label 1, 0 or null (censored), weight the rows that a row
    stands for as drawn from the settled ones. A training set also has `factor`: how many rows it stands for besides,
    for those not settled yet (`data.censoring`); 1 where the objective has no `ends`. rows: the feature frame of
    the same rows, with `product` and `this__…` where the objective has a product. until: how far the record reaches
    that labels were read from.
    """

    objective: Objective
    keys: pl.DataFrame
    rows: pl.DataFrame
    until: datetime

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def episode(self) -> NDArray[np.intp]:
        """A number for each row's episode (`data.episodes`)."""
        return episodes(self.objective, self.keys, self.rows)

    @property
    def over(self) -> pl.Series:
        """Of each row, whether its horizon is over: all that can be judged, and with `ends` not all that is learned."""
        return self.keys["at"] <= self.until - self.objective.horizon


@dataclass(frozen=True)
class Record:
    """What happened up to a time: a home's events and customers, read once for several objectives."""

    configuration: Configuration
    history: Path
    events: pl.DataFrame
    customers: pl.DataFrame
    until: datetime

    @classmethod
    def of(cls, home: Home, until: datetime | None = None) -> Record:
        """The home's record, complete up to `until` or as far as it reaches, whichever is earlier."""
        reached = home.observed_until
        end = reached if until is None else min(until, reached)
        history = current_history(home)
        return cls(home.configuration, history, read_events(home, until=end), read_customers(home, end), end)


def training_set(record: Record, objective: Objective, seed: int, progress: Progress | None = None) -> Dataset:
    """The labelled rows, at most `objective.max_rows`, drawn with the seed.

    Moments are drawn before the join, which is what costs; rows of the population are drawn from them after
    it.
    """
    every = _label_rows(record, objective)
    rows = every.filter(pl.col("label").is_not_null())
    moments = rows.group_by("customer_id", "at", maintain_order=True).agg(pl.col("label").max())
    moments = capped(moments, objective.max_rows, seed).drop("label").with_row_index("moment")
    frame = features_at(record.history, record.configuration, moments, progress)
    taken = rows.join(moments, on=["customer_id", "at"], maintain_order="left")
    inside = _population(record, objective, taken, frame)
    keys = capped(inside.drop_nulls("label"), objective.max_rows, seed)
    keys, chosen = _expanded(record, objective, keys, frame)
    aged = pl.concat([inside.select(_AGED), _waiting(record, objective, every, seed)]) if objective.ends else None
    factor = pl.Series("factor", _factors(keys, aged, record.until), dtype=pl.Float64)
    return Dataset(objective, keys.drop("moment").with_columns(factor), chosen, record.until)


def _population(record: Record, objective: Objective, rows: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """The keys of the rows that are in the population, worked out in parts."""
    starts = range(0, max(len(rows), 1), _ROWS)
    return pl.concat([_expanded(record, objective, rows.slice(start, _ROWS), frame)[0] for start in starts])


def _waiting(record: Record, objective: Objective, every: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Of the population's rows that are not settled, when they began and how many each stands for."""
    rows = every.filter(pl.col("label").is_null())
    moments = rows.select("customer_id", "at", pl.lit(0).alias("label")).unique(maintain_order=True)
    moments = capped(moments, objective.max_rows, seed).drop("label").with_row_index("moment")
    frame = features_at(record.history, record.configuration, moments)
    taken = rows.join(moments, on=["customer_id", "at"], maintain_order="left")
    return _population(record, objective, taken, frame).select(_AGED)


def _factors(keys: pl.DataFrame, aged: pl.DataFrame | None, until: datetime) -> NDArray[np.float64]:
    """What settled rows stand for, among rows of all ages (`at, weight`): of their own population, which may be younger
    or older than what lies outside it. 1 where nothing settles early.
    """
    if aged is None:
        return np.ones(len(keys))
    now = pl.Series([until], dtype=TIME).to_physical()[0]
    at, ages = (now - times.to_physical().to_numpy() for times in (keys["at"], aged["at"]))
    took = (keys["settled"] - keys["at"]).to_physical().to_numpy()
    return factors(took, at, ages, aged["weight"].to_numpy())


def full_sets(
    record: Record, objective: Objective, since: datetime | None = None, progress: Progress | None = None
) -> Iterator[Dataset]:
    """Every row of the population, the censored ones too, in parts; from `since` on when it is given.

    A label waits for the horizon to be over, `ends` or not: rows that settle early tell more of those that fail soon.
    """
    objective = replace(objective, ends=())
    rows = _label_rows(record, objective).with_columns(pl.lit(1.0).alias("weight"))
    if since is not None:
        rows = rows.filter(pl.col("at") >= since)
    moments = rows.select("customer_id", "at").unique(maintain_order=True)
    for start in range(0, len(moments), CHUNK):
        part = moments.slice(start, CHUNK).with_row_index("moment")
        frame = features_at(record.history, record.configuration, part)
        taken = rows.join(part, on=["customer_id", "at"], maintain_order="left")
        keys, expanded = _expanded(record, objective, taken, frame)
        if progress is not None:
            progress("join", min(1.0, (start + len(part)) / len(moments)))
        yield Dataset(objective, keys.drop("moment"), expanded, record.until)


def _label_rows(record: Record, objective: Objective) -> pl.DataFrame:
    return label_rows(record.configuration.workspace, objective, record.events, record.customers, record.until)


def _expanded(
    record: Record, objective: Objective, rows: pl.DataFrame, frame: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of the population and their features, taken from the frame of moments (`moment` is its row).

    The product of an `expiring` row is known only now, and with it its label.
    """
    layout, workspace = record.configuration.layout, record.configuration.workspace
    expanded = frame[rows["moment"].to_numpy()]
    if objective.product == "each":
        expanded = about(layout, expanded, rows["product"])
    elif objective.product == "expiring":
        expanded = about(layout, expanded, expanded["policy_next_product"])
        rows = rows.with_columns(expanded["product"])
        rows = labelled(workspace, objective, rows, record.events, record.until, by_product=True)
    inside = in_population(objective, Sheet.of(expanded, population_columns(objective)))
    columns = ["customer_id", "at", "product", "label", "settled", "weight", "moment"]
    return rows.select(columns).filter(inside), expanded.filter(inside)


def slices(objective: Objective, rows: pl.DataFrame) -> list[pl.Series]:
    """For each slice that an objective is told by, a column `slice__…`: which of the rows are in it."""
    found = []
    for rule in objective.slices:
        inside = rule.holds(Sheet.of(rows, rule.columns))
        found.append(pl.Series(f"slice__{rule.name}", inside))
    return found


def about(layout: FeatureLayout, rows: pl.DataFrame, products: pl.Series) -> pl.DataFrame:
    """The rows with each one's product and what is known of it."""
    return pl.concat([rows, of_product(layout, rows, products)], how="horizontal")


def model_features(configuration: Configuration, objective: Objective) -> list[str]:
    """Names of the features an objective's model may read, in order: all but those that are for rules only and those
    it excludes.

    `exclude` takes names and patterns with `*`; one that matches nothing is refused, for it was meant to.
    """
    schema = configuration.frame_schema(objective)
    for pattern in objective.exclude:
        if not any(fnmatchcase(name, pattern) for name in schema):
            raise InvalidWorkspace(
                "workspace.yaml", f"objectives.{objective.name}.exclude", pattern,
                f"a feature, or a pattern with * that matches one of {', '.join(schema)}",
            )  # fmt: skip
    for_rules = configuration.layout.for_rules
    return [
        name
        for name in schema
        if name not in for_rules and not any(fnmatchcase(name, pattern) for pattern in objective.exclude)
    ]


def static_features(configuration: Configuration, objective: Objective) -> list[str]:
    """The features of the baseline: static tags, and the product the row is about."""
    tags = set(configuration.workspace.tags)
    if objective.product != "none":
        tags.add("product")
    return [name for name in model_features(configuration, objective) if name in tags]
