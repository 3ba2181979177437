"""Who takes part: every customer known, each month anew, in the arm that the lot of the month gave them.

Whoever is there takes part, decided on or not, contacted or not (intention to treat): what an arm makes of decisions
chooses no one. Customers whose arm was another in a part of the month are left out, which the lot decides too.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from leads.arbitration.draws import hashed
from leads.history import TIME
from monitoring.experiments.declared import Declared, Month
from monitoring.record.tables import Tables, moment

_SCHEMA: dict[str, pl.DataType] = {
    "customer_id": pl.String(), "month": pl.String(), "arm": pl.String(), "weight": pl.Float64(), "begins": TIME,
}  # fmt: skip

_SPAN = float(2**64)


def enrolled(tables: Tables, declared: Declared) -> pl.DataFrame:
    """A row per customer and month: `customer_id, month, arm, weight, begins`.

    weight: one by the chance of the arm. begins: when the month began for them: its start, or when they were first
    known in it.
    """
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *(_month(tables, month) for month in declared.months)])


def _month(tables: Tables, month: Month) -> pl.DataFrame:
    last = min(month.ends, tables.until)
    known = tables.frame(f"SELECT customer_id, since FROM customers WHERE since < {moment(last)} ORDER BY customer_id")
    lots = np.array([hashed(f"{month.name}|{name}") for name in known["customer_id"]], np.float64) / _SPAN
    frame = known.with_columns(lot=pl.Series(lots), begins=pl.max_horizontal(pl.lit(month.begins).cast(TIME), "since"))
    parts = [
        frame.filter((pl.col("lot") >= low) & (pl.col("lot") < high)).select(
            "customer_id", month=pl.lit(month.name), arm=pl.lit(arm), weight=pl.lit(1 / (high - low)),
            begins=pl.col("begins").cast(TIME),
        )
        for arm, (low, high) in month.spans().items()
    ]  # fmt: skip
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *parts])
