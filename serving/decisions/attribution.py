"""What came of decisions: by the definition that the models predict by, and what customers earned by the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from leads.configuration.objective import Objective

DECISION_ID = "decision_id"
"""The field of an event that names the decision it carries out, or is the outcome of."""

_SPAN = "__horizon"


def attributed(
    decisions: pl.DataFrame,
    events: pl.DataFrame,
    objectives: Mapping[str, Objective],
    until: datetime,
) -> pl.DataFrame:
    """The decisions with what came of them: `carried_out, success, settled` (booleans) and `episode` (a number).

    decisions: `id, customer_id, time, objective, product` and whatever else, one row each; objective and product are
        null where the choice has none. events: schema of the events frame. until: how far the record reaches.
    carried_out: some event names the decision. success: the objective's target event, about the decided product where
        there is one for each, happened within its horizon after the decision: what was predicted then, whoever else
        touched the customer meanwhile. So of three touches before one purchase each was right to expect it, and none
        takes it from the others. settled: the horizon is over. episode: of the touches of one customer, objective and
        product; it ends with the target event, or with the horizon of its first touch.
    """
    spans = {name: objective.horizon for name, objective in objectives.items()}
    touches = decisions.with_columns(about=_about(objectives), **{_SPAN: _span(spans)}).with_row_index("__row")
    targets = _targets(events, objectives).sort("time")
    found = touches.sort("time").join_asof(
        targets.with_columns(happened="time"), on="time", by=["customer_id", "objective", "about"], strategy="forward",
        allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    found = found.with_columns(
        carried_out=pl.col("id").is_in(_naming(events).implode()),
        success=(pl.col("happened") <= pl.col("time") + pl.col(_SPAN)).fill_null(False),
        settled=(pl.col("time") + pl.col(_SPAN) <= until).fill_null(False),
    )
    return _episodes(found).sort("__row").drop("__row", "about", "happened", _SPAN)


def _episodes(touches: pl.DataFrame) -> pl.DataFrame:
    """With the episode of each touch: those of one customer and aim that await the same event, cut at the horizon."""
    awaiting = ["customer_id", "objective", "about", "happened"]
    since = (pl.col("time") - pl.col("time").min().over(awaiting)).dt.total_microseconds()
    block = since // pl.col(_SPAN).dt.total_microseconds()
    numbered = touches.with_columns(__block=block.fill_null(0))
    return numbered.with_columns(episode=pl.struct(*awaiting, "__block").rank("dense")).drop("__block")


def _span(spans: Mapping[str, timedelta]) -> pl.Expr:
    return pl.col("objective").replace_strict(dict(spans), default=None, return_dtype=pl.Duration("us"))


def _naming(events: pl.DataFrame) -> pl.Series:
    """The decisions that events name."""
    if DECISION_ID not in events.columns:
        return pl.Series(DECISION_ID, [], dtype=pl.String)
    return events[DECISION_ID].drop_nulls().unique()


def _targets(events: pl.DataFrame, objectives: Mapping[str, Objective]) -> pl.DataFrame:
    """`customer_id, objective, about, time` of every event that is some objective's target."""
    product = pl.col("product") if "product" in events.columns else pl.lit(None, pl.String)
    parts = [
        events.filter(pl.col("type") == objective.target).select(
            "customer_id",
            pl.lit(name).alias("objective"),
            (product.fill_null("") if objective.product == "each" else pl.lit("")).alias("about"),
            "time",
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
