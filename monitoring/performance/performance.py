"""Performance of a model by weekly cohorts: expected before labels are there, early, and judged once they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from leads.arbitration.draws import hashed, mixed
from leads.configuration.objective import Objective
from models.bundle import Bundle
from monitoring.performance.answer import CameTrue, Cohort, Estimate, ExpectedFigures, PerformanceAnswer, State
from monitoring.performance.calibration import calibration
from monitoring.performance.delays import Delays, early_rate, mean_over_customers
from monitoring.performance.expected import Expected, expected_auc, expected_precision, expected_rate
from monitoring.population.sample import Sample
from monitoring.population.windows import population_at
from serving.clock import written
from training.data.labels import label_rows, labelled, with_next
from training.data.splits import numbered
from training.metrics import metrics
from training.prior import corrected

WEEK = timedelta(days=7)

WEEKS = 26
"""So many are looked at."""

MOMENTS = 1_500
"""Of a cohort so many moments are looked at."""

LEAST = 50
"""A cohort of fewer rows is not told."""


def performance(sample: Sample, objective: Objective, bundle: Bundle, seed: int = 7) -> PerformanceAnswer:
    """What came of the model's predictions at moments that it has not learned from, by the week of the moment."""
    rng, window = np.random.default_rng(seed), bundle.manifest.data_window
    rows = predicted(sample, objective, bundle, first_moment(sample, bundle))
    delays = Delays(_delays(sample, objective))
    known = rows.filter(pl.col("label").is_not_null())
    return {
        "objective": objective.name,
        "label": objective.label,
        "version": bundle.manifest.version,
        "trained_until": written(window.until),
        "horizon_days": objective.horizon / timedelta(days=1),
        "training": _at_training(bundle),
        "cohorts": _cohorts(sample, objective, rows, delays, rng),
        "calibration": calibration(bundle, known),
    }


def first_moment(sample: Sample, bundle: Bundle) -> datetime:
    """From when on moments are judged: those that the model has not learned from, of half a year."""
    return max(bundle.manifest.data_window.until, sample.until - WEEKS * WEEK)


def moments_of_cohorts(sample: Sample, objective: Objective, since: datetime) -> pl.DataFrame:
    """The moments (`customer_id, at`) of which cohorts are made, for `Sample.prepare`."""
    return _sampled(_moments(sample, objective), since)


def predicted(sample: Sample, objective: Objective, bundle: Bundle, since: datetime) -> pl.DataFrame:
    """Of every week's moments after `since` a sample: `customer_id, at, product, label, happened, probability`, label
    null where the horizon is not over and nothing came yet.
    """
    asked = moments_of_cohorts(sample, objective, since)
    if asked.is_empty():
        return pl.DataFrame(schema=_SCHEMA | {"customer_id": pl.String(), "at": asked.schema["at"]})
    rows = population_at(sample, objective, asked)
    probability = bundle.predict(rows) if len(rows) else np.empty(0)
    if "product" not in rows.columns:
        rows = rows.with_columns(product=pl.lit(None, pl.String))
    keys = rows.select("customer_id", "at", "product").with_columns(pl.Series("probability", probability))
    told = _labelled(sample, objective, keys).with_columns(pl.lit(1.0).alias("weight"))
    return corrected(objective, told, "probability", start=bundle.manifest.prior).drop("weight")


_SCHEMA: dict[str, pl.DataType] = {
    "customer_id": pl.String(), "at": pl.Datetime("us", "UTC"), "product": pl.String(), "probability": pl.Float64(),
    "label": pl.Int8(), "happened": pl.Datetime("us", "UTC"),
}  # fmt: skip


def _moments(sample: Sample, objective: Objective) -> pl.DataFrame:
    """Every moment; of a grid one a week, where training's is wider."""
    how = objective.moments
    if how.every is not None:
        objective = replace(objective, moments=replace(how, every=min(how.every, WEEK)))
    return sample.moments(objective)


def _sampled(every: pl.DataFrame, since: datetime) -> pl.DataFrame:
    recent = every.filter(pl.col("at") > since)
    names = recent["customer_id"].unique()
    theirs = pl.Series([hashed(name) for name in names], dtype=pl.UInt64)
    own = recent["customer_id"].replace_strict(names, theirs, return_dtype=pl.UInt64).to_numpy()
    lots = pl.Series("lot", mixed(own, recent["at"].to_physical().to_numpy()))
    week = (pl.col("at") - since).dt.total_microseconds() // (WEEK // timedelta(microseconds=1))
    drawn = recent.with_columns(lots, week.alias("week"))
    return drawn.filter(pl.col("lot").rank("ordinal").over("week") <= MOMENTS).drop("lot", "week").sort("at")


def _labelled(sample: Sample, objective: Objective, keys: pl.DataFrame) -> pl.DataFrame:
    """With the label, and when the target happened within the horizon, be the horizon over or not."""
    by_product = objective.product in ("each", "expiring")
    plain = replace(objective, ends=())
    rows = labelled(sample.configuration.workspace, plain, keys, sample.events, sample.until, by_product=by_product)
    names = ["customer_id", *(["product"] if by_product else [])]
    ordered = rows.with_row_index("__row").sort("at", maintain_order=True)
    found = with_next(ordered, sample.events, (objective.target,), names, "happened").sort("__row")
    within = pl.col("happened") <= pl.col("at") + objective.horizon
    return found.select(list(_SCHEMA)).with_columns(happened=pl.when(within).then("happened"))


def _delays(sample: Sample, objective: Objective) -> pl.Series:
    """How long after their moments the successes came, of all moments whose horizon is over."""
    plain = replace(objective, ends=())
    workspace, end = sample.configuration.workspace, sample.until
    rows = label_rows(workspace, plain, sample.events, sample.customers, end).filter(pl.col("label") == 1)
    names = ["customer_id", *(["product"] if objective.product == "each" else [])]
    found = with_next(rows.sort("at"), sample.events, (objective.target,), names, "happened")
    return (found["happened"] - found["at"]).drop_nulls()


def _cohorts(
    sample: Sample, objective: Objective, rows: pl.DataFrame, delays: Delays, rng: np.random.Generator
) -> list[Cohort]:
    """Weeks counted back from the end of the sample."""
    back = (sample.until - pl.col("at")).dt.total_microseconds() // (WEEK // timedelta(microseconds=1))
    parts = (
        rows.with_columns(back.alias("back")).sort("back", descending=True).partition_by("back", maintain_order=True)
    )
    return [_cohort(sample, objective, part, delays, rng) for part in parts if len(part) >= LEAST]


def _cohort(
    sample: Sample, objective: Objective, rows: pl.DataFrame, delays: Delays, rng: np.random.Generator
) -> Cohort:
    begins = sample.until - (int(rows["back"][0]) + 1) * WEEK
    censored = int((rows["at"] > sample.until - objective.horizon).sum())
    aged = rows.select("customer_id", age=sample.until - pl.col("at"), succeeded=pl.col("happened").is_not_null())
    early = early_rate(aged, delays, objective.horizon, rng) if censored else None
    state: State = "judged" if not censored else "waiting" if early is None else "early"
    return {
        "begins": written(begins),
        "ends": written(begins + WEEK),
        "state": state,
        "rows": len(rows),
        "customers": rows["customer_id"].n_unique(),
        "censored": censored,
        "expected": _expected(rows, rng),
        "came_true": None if censored else _came_true(rows),
        "early_rate": None if early is None else _estimate(early[0], early[1:]),
    }


def _expected(rows: pl.DataFrame, rng: np.random.Generator) -> ExpectedFigures:
    probability = rows["probability"].to_numpy()
    auc, precision = expected_auc(probability, rng), expected_precision(probability, rng)
    return {
        "rate": _told(expected_rate(probability, rng)),
        "auc": None if auc is None else _told(auc),
        "average_precision": None if precision is None else _told(precision),
    }


def _told(found: Expected) -> Estimate:
    return {"value": found.value, "low": found.low, "high": found.high}


def _came_true(rows: pl.DataFrame) -> CameTrue:
    label = rows["label"].cast(pl.Float64).to_numpy()
    found = metrics(label, rows["probability"].to_numpy(), customer=numbered(rows["customer_id"]))
    rate = mean_over_customers(label, rows["customer_id"].to_numpy(), np.random.default_rng(0))
    return _figures(found, _estimate(rate[0], rate[1:]))


def _at_training(bundle: Bundle) -> CameTrue | None:
    """As the manifest has it of the rows that judged the model."""
    found = bundle.manifest.metrics
    if not {"rows", "positives", "auc"} <= found.keys():
        return None
    held = bundle.holdout()
    label, weight = (held[name].to_numpy() for name in ("label", "weight"))
    return _figures(found, _estimate(float(np.average(label, weights=weight)), None))


def _figures(found: Mapping[str, Any], rate: Estimate) -> CameTrue:
    def figure(name: str) -> Estimate | None:
        value = found.get(name)
        return None if value is None else _estimate(value, found.get(f"{name}_interval"))

    return {
        "rate": rate,
        "auc": figure("auc"),
        "average_precision": figure("average_precision"),
        "lift_at_10pct": figure("lift_at_10pct"),
        "calibration_error": found.get("ece"),
    }


def _estimate(value: float, interval: Any) -> Estimate:
    low, high = interval or (None, None)
    return {"value": value, "low": low, "high": high}
