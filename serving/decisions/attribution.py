"""What came of decisions: outcomes joined by decision id, and by customer, objective and time where none is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from leads.objective import Objective

DECISION_ID = "decision_id"
"""The field of an event that names the decision it carries out, or is the outcome of."""

_KEYS = ("customer_id", "objective", "about")


def attributed(
    decisions: pl.DataFrame,
    events: pl.DataFrame,
    objectives: Mapping[str, Objective],
    window: timedelta,
    until: datetime,
) -> pl.DataFrame:
    """The decisions with what came of them: `carried_out, success, settled` (booleans).

    decisions: `id, customer_id, time, objective, product` and whatever else, one row each; objective and product are
        null where the choice has none. events: schema of the events frame. until: how far the record reaches.
    carried_out: some event names the decision. success: the objective's target event, about the decided product where
        there is one for each, happened within the window after it; an event that names a decision counts for that one,
        any other for the customer's latest decision of the objective. settled: the window is over.
    """
    named = _naming(events)
    targets = _targets(events, objectives)
    mine = decisions.with_columns(about=_about(objectives), at=pl.col("time"))
    direct = targets.join(mine.select("id", "at"), left_on=DECISION_ID, right_on="id", how="inner")
    direct = direct.filter((pl.col("time") >= pl.col("at")) & (pl.col("time") - pl.col("at") < window))
    loose = targets.join(decisions.select("id"), left_on=DECISION_ID, right_on="id", how="anti").sort("time")
    touched = loose.drop(DECISION_ID).join_asof(
        mine.select("id", *_KEYS, "time", "at").sort("time"),
        on="time", by=list(_KEYS), strategy="backward", check_sortedness=False,
    )  # fmt: skip
    touched = touched.filter(pl.col("id").is_not_null() & (pl.col("time") - pl.col("at") < window))
    succeeded = pl.concat([direct[DECISION_ID], touched["id"].rename(DECISION_ID)]).unique()
    return decisions.with_columns(
        carried_out=pl.col("id").is_in(named.implode()),
        success=pl.col("id").is_in(succeeded.implode()),
        settled=pl.col("time") + window <= until,
    )


def _naming(events: pl.DataFrame) -> pl.Series:
    """The decisions that events name."""
    if DECISION_ID not in events.columns:
        return pl.Series(DECISION_ID, [], dtype=pl.String)
    return events[DECISION_ID].drop_nulls().unique()


def _targets(events: pl.DataFrame, objectives: Mapping[str, Objective]) -> pl.DataFrame:
    """`customer_id, objective, about, time, decision_id` of every event that is some objective's target."""
    own = pl.col(DECISION_ID) if DECISION_ID in events.columns else pl.lit(None, pl.String)
    product = pl.col("product") if "product" in events.columns else pl.lit(None, pl.String)
    parts = [
        events.filter(pl.col("type") == objective.target).select(
            "customer_id",
            pl.lit(name).alias("objective"),
            (product.fill_null("") if objective.product == "each" else pl.lit("")).alias("about"),
            "time",
            own.alias(DECISION_ID),
        )
        for name, objective in objectives.items()
    ]
    return pl.concat(parts)


def _about(objectives: Mapping[str, Objective]) -> pl.Expr:
    """What a decision's success must be about: its product, where the objective is for each."""
    each = [name for name, objective in objectives.items() if objective.product == "each"]
    return pl.when(pl.col("objective").is_in(each)).then(pl.col("product").fill_null("")).otherwise(pl.lit(""))


def earned(
    decisions: pl.DataFrame, events: pl.DataFrame, objectives: Mapping[str, Objective], margins: Mapping[str, float],
    window: timedelta,
) -> pl.Series:  # fmt: skip
    """What customers brought in within the window after each decision, whatever was decided: (n,) the margins of the
    objectives' target events, each counted for the customer's latest decision before it. An event without a known
    product counts 1.

    Unlike `success` it also counts what came by itself, so that leaving a customer in peace is not worth nothing.
    """
    kinds = sorted({objective.target for objective in objectives.values()})
    product = pl.col("product") if "product" in events.columns else pl.lit(None, pl.String)
    margin = product.replace_strict(dict(margins), default=1.0, return_dtype=pl.Float64) if margins else pl.lit(1.0)
    bought = events.filter(pl.col("type").is_in(kinds)).select("customer_id", "time", margin.alias("margin"))
    touched = bought.sort("time").join_asof(
        decisions.select("id", "customer_id", "time", at="time").sort("time"),
        on="time", by="customer_id", strategy="backward", check_sortedness=False,
    )  # fmt: skip
    touched = touched.filter(pl.col("id").is_not_null() & (pl.col("time") - pl.col("at") < window))
    sums = touched.group_by("id").agg(pl.col("margin").sum().alias("earned"))
    joined = decisions.select("id").join(sums, on="id", how="left", maintain_order="left")
    return joined["earned"].fill_null(0.0)
