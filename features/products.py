"""One row per customer and product: what is known of the customer with this product in mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.described import OFFERS, ROW_PRODUCT, THIS
from features.layout import FeatureLayout
from leads.configuration.objective import PRODUCT_MODES
from leads.errors import InvalidInput
from leads.sheet.columns import Columns
from leads.sheet.sheet import Sheet


@dataclass(frozen=True, eq=False)
class Expansion:
    """m rows per customer and product, as two sheets that are only put together where that is asked for.

    sheet: n customers. row: (m,) the customer each row is about, in order, each as often as any other. added: m rows
    of `product` and `this__…`, without columns in mode `none`.
    """

    sheet: Sheet
    row: np.ndarray
    added: Sheet

    def select(self, names: Sequence[str]) -> Sheet:
        """These columns of all m rows."""
        own = [name for name in names if name not in self.added]
        values = self.sheet.values[self.sheet.columns.taken(own)]
        if len(self.row) != len(self.sheet):
            values = values[:, self.row]
        new = [name for name in names if name in self.added]
        found = Sheet(self.sheet.columns.of(own), values, self.sheet.words)
        if not new:
            return found
        more = self.added.selected(new)
        return found.plus(more.columns.dtypes, more.values, more.words)

    def whole(self) -> Sheet:
        """Every column of all m rows."""
        own = self.sheet if len(self.row) == len(self.sheet) else self.sheet.taken(self.row)
        return own.plus(self.added.columns.dtypes, self.added.values, self.added.words)


def expand(layout: FeatureLayout, sheet: Sheet, mode: str, products: Sequence[str] = ()) -> Sheet:
    """The sheet with a `product` and its `this__…` columns.

    mode: `none` leaves the sheet as it is; `each` gives a row per row and product, all products of the first row
    first; `expiring` takes the product of the policy that expires next (missing where none is active).
    """
    return expansion(layout, sheet, mode, products).whole()


def expansion(layout: FeatureLayout, sheet: Sheet, mode: str, products: Sequence[str] = ()) -> Expansion:
    """What `expand` gives, not yet put together."""
    row, declared = np.arange(len(sheet)), tuple(layout.workspace.products)
    if mode == "none":
        return Expansion(sheet, row, Sheet(_NOTHING, np.empty((0, len(sheet))), {}))
    if mode == "each":
        place = np.array([declared.index(product) for product in products], dtype=np.intp)
        row = np.repeat(row, len(products))
        return Expansion(sheet, row, _added(layout, sheet, row, np.tile(place, len(sheet))))
    if mode == "expiring":
        return Expansion(sheet, row, _added(layout, sheet, row, sheet.places("policy_next_product", declared)))
    raise InvalidInput("product", mode, f"one of {', '.join(PRODUCT_MODES)}")


_NOTHING = Columns({})


def with_product(layout: FeatureLayout, sheet: Sheet, products: Sequence[str | None]) -> Sheet:
    """The sheet with each row's own product (None allowed) and `this__…` columns gathered for it."""
    order = {product: place for place, product in enumerate(layout.workspace.products)}
    place = np.array([order.get(product or "", -1) for product in products], dtype=np.intp)
    row = np.arange(len(sheet))
    return Expansion(sheet, row, _added(layout, sheet, row, place)).whole()


def of_product(layout: FeatureLayout, rows: pl.DataFrame, products: pl.Series) -> pl.DataFrame:
    """The columns that `with_product` adds to a frame, for each row's own product."""
    names = {column for each in layout.product_sources.values() for column in each}
    return with_product(layout, Sheet.of(rows, sorted(names)), products.to_list()).frame(layout.product_columns.names)


def is_added(name: str) -> bool:
    """Whether a feature is about the row's product, so that expansion adds it.

    >>> is_added("this__price"), is_added("age")
    (True, False)
    """
    return name == ROW_PRODUCT.name or name.startswith(THIS)


def _added(layout: FeatureLayout, sheet: Sheet, row: np.ndarray, place: np.ndarray) -> Sheet:
    """`product` and the `this__…` columns. row: which row of the sheet each product goes with; place: the product's
    among the declared ones, -1 for none.
    """
    declared, columns = layout.workspace.products, layout.product_columns
    values = np.full((len(columns), len(row)), np.nan)
    values[columns.places[ROW_PRODUCT.name]] = np.where(place < 0, np.nan, place)
    sources = layout.product_sources
    if declared:
        values[columns.taken([feature.name for feature in OFFERS])] = layout.offers[:, place]
        wanted = sheet.columns.taken([column for each in sources.values() for column in each])
        table = sheet.values[wanted].reshape(len(sources), len(declared), len(sheet))
        values[columns.taken(list(sources))] = table[:, place, row]
        values[1:, place < 0] = np.nan
    return Sheet(columns, values, {ROW_PRODUCT.name: tuple(declared)})
