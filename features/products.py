"""One row per customer and product: what is known of the customer with this product in mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.assembly import in_order, number_frame, numbers_of
from features.described import OF_PRODUCT, OFFERS, ROW_PRODUCT, THIS, policy_column
from features.layout import FeatureLayout
from leads.configuration.objective import PRODUCT_MODES
from leads.errors import InvalidInput


@dataclass(frozen=True, eq=False)
class Expansion:
    """m rows per customer and product, as two frames that are only put together where that is asked for.

    frame: n customers. row: (m,) the customer each row is about, in order, each as often as any other. added: m rows
    of `product` and `this__…`, without columns in mode `none`.
    """

    frame: pl.DataFrame
    row: np.ndarray
    added: pl.DataFrame

    def select(self, names: Sequence[str]) -> pl.DataFrame:
        """These columns of all m rows."""
        new = set(self.added.columns)
        own = self.frame[[name for name in names if name not in new]]
        parts = [own if len(self.row) == len(self.frame) else own[self.row]]
        return in_order([*parts, self.added], names)

    def whole(self) -> pl.DataFrame:
        """Every column of all m rows."""
        return self.select([*self.frame.columns, *self.added.columns])


def expand(layout: FeatureLayout, frame: pl.DataFrame, mode: str, products: Sequence[str] = ()) -> pl.DataFrame:
    """The frame with a `product` and its `this__…` columns.

    mode: `none` leaves the frame as it is; `each` gives a row per row and product, all products of the first row
    first; `expiring` takes the product of the policy that expires next (null where none is active).
    """
    return expansion(layout, frame, mode, products).whole()


def expansion(layout: FeatureLayout, frame: pl.DataFrame, mode: str, products: Sequence[str] = ()) -> Expansion:
    """What `expand` gives, not yet put together."""
    row = np.arange(len(frame))
    if mode == "none":
        return Expansion(frame, row, pl.DataFrame())
    if mode == "each":
        row = np.repeat(row, len(products))
        product = pl.Series("product", list(products) * len(frame), dtype=pl.String)
        return Expansion(frame, row, _added(layout, frame, row, product))
    if mode == "expiring":
        return Expansion(frame, row, _added(layout, frame, row, frame["policy_next_product"].rename("product")))
    raise InvalidInput("product", mode, f"one of {', '.join(PRODUCT_MODES)}")


def with_product(layout: FeatureLayout, frame: pl.DataFrame, product: pl.Series) -> pl.DataFrame:
    """The frame with each row's own product (null allowed) and `this__…` columns gathered for it."""
    row = np.arange(len(frame))
    return Expansion(frame, row, _added(layout, frame, row, product)).whole()


def is_added(name: str) -> bool:
    """Whether a feature is about the row's product, so that expansion adds it.

    >>> is_added("this__price"), is_added("age")
    (True, False)
    """
    return name == ROW_PRODUCT.name or name.startswith(THIS)


def _added(layout: FeatureLayout, frame: pl.DataFrame, row: np.ndarray, product: pl.Series) -> pl.DataFrame:
    """`product` and the `this__…` columns; row: which row of the frame each product goes with."""
    declared = layout.workspace.products
    if not declared:
        return product.to_frame()
    order = {name: position for position, name in enumerate(declared)}
    position = np.array([order.get(name, -1) for name in product.to_list()], dtype=np.intp)
    names, values = _numbers(layout, frame, row, position)
    values[position < 0] = np.nan
    parts = [product.to_frame(), number_frame(names, values)]
    if layout.has_book:
        active = names.index(f"{THIS}active")
        parts[1] = parts[1].replace_column(active, parts[1].get_column(f"{THIS}active").cast(pl.Boolean))
    return in_order(parts, layout.product_schema)


def _numbers(
    layout: FeatureLayout, frame: pl.DataFrame, row: np.ndarray, position: np.ndarray
) -> tuple[list[str], np.ndarray]:
    """Every `this__…` column for the product at each position, NaN where missing."""
    declared = layout.workspace.products
    sources = {**layout.split_features, **layout.had_features}
    for part in OF_PRODUCT if layout.has_book else ():
        sources[THIS + part] = [policy_column(name, part) for name in declared]
    offers = [feature.name for feature in OFFERS]
    prices = np.array([(item.price, item.margin) for item in declared.values()])[position]
    if not sources:
        return offers, prices
    wanted = [column for columns in sources.values() for column in columns]
    table = numbers_of(frame, wanted).reshape(len(frame), len(sources), len(declared))
    return [*offers, *sources], np.hstack([prices, table[row, :, position]])
