"""What a success is worth: the margin of the product that was bought or renewed, in the workspace's currency."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.calibrator import Floats
from training.data.dataset import Dataset, Record

_PRODUCT = "product"


def worths(record: Record, data: Dataset) -> Floats | None:
    """(n,) of each row's success; None where the workspace declares no products, or nothing tells which one it was.

    The product is the row's own, or where the objective has none that of the first target event after the moment; 0
    for a row without one.
    """
    workspace = record.configuration.workspace
    if not workspace.products:
        return None
    if data.objective.product != "none":
        bought = data.keys[_PRODUCT]
    elif _PRODUCT in workspace.fields:
        bought = _bought(record, data)
    else:
        return None
    margins = {name: product.margin for name, product in workspace.products.items()}
    found: Floats = bought.replace_strict(margins, default=0.0, return_dtype=pl.Float64).fill_null(0.0).to_numpy()
    return found if np.any(found > 0) else None


def _bought(record: Record, data: Dataset) -> pl.Series:
    """Of each row the product of the first target event after its moment."""
    happened = record.events.filter(pl.col("type") == data.objective.target).select("customer_id", "time", _PRODUCT)
    asked = data.keys.select("customer_id", "at").with_row_index("row").sort("at")
    found = asked.join_asof(
        happened.sort("time"), left_on="at", right_on="time", by="customer_id", strategy="forward",
        allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    return found.sort("row")[_PRODUCT]
