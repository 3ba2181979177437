"""One row per customer and product: what is known of the customer with this product in mind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from features.assembly import in_order, number_frame
from features.layout import FeatureLayout
from leads.errors import InvalidInput
from leads.objective import PRODUCT_MODES


def expand(layout: FeatureLayout, frame: pl.DataFrame, mode: str, products: Sequence[str] = ()) -> pl.DataFrame:
    """The frame with a `product` and its `this__…` columns.

    mode: `none` leaves the frame as it is; `each` gives a row per row and product, all products of the first row
    first; `expiring` takes the product of the policy that expires next (null where none is active).
    """
    if mode == "none":
        return frame
    if mode == "each":
        count = len(frame)
        rows = frame[np.repeat(np.arange(count), len(products))]
        product = pl.Series("product", list(products) * count, dtype=pl.String)
        return with_product(layout, rows, product)
    if mode == "expiring":
        return with_product(layout, frame, frame["policy_next_product"].rename("product"))
    raise InvalidInput("product", mode, f"one of {', '.join(PRODUCT_MODES)}")


def with_product(layout: FeatureLayout, frame: pl.DataFrame, product: pl.Series) -> pl.DataFrame:
    """The frame with each row's own product (null allowed) and `this__…` columns gathered for it."""
    declared = layout.workspace.products
    if not declared:
        return frame.with_columns(product)
    order = {name: position for position, name in enumerate(declared)}
    position = np.array([order.get(name, -1) if name else -1 for name in product.to_list()])
    names, values = _numbers(layout, frame, position)
    values[position < 0] = np.nan
    parts = [product.to_frame(), number_frame(names, values)]
    if layout.has_book:
        parts[1] = parts[1].with_columns(pl.col("this__active").cast(pl.Boolean))
    added = in_order(parts, [name for name in layout.product_schema])
    return frame.hstack(added.get_columns())


def _numbers(layout: FeatureLayout, frame: pl.DataFrame, position: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Every `this__…` column for the product at each row's position."""
    declared = layout.workspace.products
    sources = dict(layout.split_features)
    for part in ("active", "expiry_days", "premium", "held_days") if layout.has_book else ():
        sources[f"this__{part}"] = [f"policy_{name}_{part}" for name in declared]
    prices = np.array([(item.price, item.margin) for item in declared.values()])[position]
    if not sources:
        return ["this__price", "this__margin"], prices
    wanted = [column for columns in sources.values() for column in columns]
    matrix = frame.select(wanted).cast(pl.Float64).fill_null(np.nan).to_numpy()
    table = matrix.reshape(len(frame), len(sources), len(declared))
    values = table[np.arange(len(frame)), :, position]
    return ["this__price", "this__margin", *sources], np.hstack([prices, values])
