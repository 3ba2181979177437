"""Labels: what happened within the horizon after each moment, and null where that is not known yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from leads.configuration.objective import Objective
from leads.configuration.workspace import Workspace
from leads.errors import InvalidWorkspace
from leads.history import TIME
from training.data.moments import moments

SCHEMA = {"customer_id": pl.String(), "at": TIME, "product": pl.String(), "label": pl.Int8(), "settled": TIME}
"""Columns of label rows. label: 1 the target happened in (at, at + horizon], 0 it did not, null censored.
settled: when that is known, at the latest: the horizon's end, or before it the target's time or an ending event's where
the objective has `ends`."""


def label_rows(
    workspace: Workspace, objective: Objective, events: pl.DataFrame, customers: pl.DataFrame, until: datetime
) -> pl.DataFrame:
    """Label rows of an objective from a record that is complete up to `until` (nothing later is looked at).

    A row per moment, and per product in mode `each`. In mode `expiring` the product is a feature at the
    moment and still null here: the label tells of any product, and `relabel` tells of the right one once it
    is known.
    """
    events = events.filter(pl.col("time") <= until)
    customers = customers.filter(pl.col("at") <= until)
    rows = moments(workspace, objective, events, customers, until)
    if objective.product == "each":
        products = pl.DataFrame({"product": list(objective.products)}, schema={"product": pl.String()})
        rows = rows.join(products, how="cross", maintain_order="left_right")
    else:
        rows = rows.with_columns(pl.lit(None, pl.String).alias("product"))
    return labelled(workspace, objective, rows, events, until, by_product=objective.product == "each")


def labelled(
    workspace: Workspace, objective: Objective, rows: pl.DataFrame, events: pl.DataFrame, until: datetime,
    *, by_product: bool,
) -> pl.DataFrame:  # fmt: skip
    """The rows (`customer_id, at, product` and any others) with `label` and `settled`, in their own order.

    by_product: the target event, and one that ends, must carry the row's product.
    """
    keys = ["customer_id"]
    if by_product:
        _check_product(workspace, objective)
        keys.append("product")
    known = events.filter(pl.col("time") <= until)
    ordered = rows.drop("label", "settled", strict=False).with_row_index("__row").sort("at", maintain_order=True)
    joined = with_next(ordered, known, (objective.target,), keys, "happened")
    joined = with_next(joined, known, objective.ends, keys, "ended")
    over = pl.col("at") + objective.horizon
    early = [pl.when(pl.col(name) <= over).then(name) for name in ("happened", "ended")] if objective.ends else []
    settled = pl.coalesce(*early, over)
    label = pl.when(settled <= until).then((pl.col("happened") <= over).fill_null(False).cast(pl.Int8))
    told = joined.with_columns(label.alias("label"), settled.alias("settled"))
    return told.sort("__row").drop("__row", "happened", "ended")


def with_next(
    rows: pl.DataFrame, events: pl.DataFrame, types: Sequence[str], keys: list[str], name: str
) -> pl.DataFrame:
    """The rows, ordered by `at`, with the time of the first event of the types after each in a column `name`."""
    happened = events.filter(pl.col("type").is_in(types))
    times = happened.select(*keys, pl.col("time").alias(name)).drop_nulls().sort(name)
    return rows.join_asof(
        times, left_on="at", right_on=name, by=keys, strategy="forward", allow_exact_matches=False,
        check_sortedness=False,
    )  # fmt: skip


def _check_product(workspace: Workspace, objective: Objective) -> None:
    if "product" not in workspace.fields:
        raise InvalidWorkspace(
            "workspace.yaml", f"objectives.{objective.name}.product", objective.product,
            "`none`, unless the field `product` is declared and the target event carries it",
        )  # fmt: skip
