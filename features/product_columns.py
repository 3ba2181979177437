"""What a sheet gains where each row is expanded per product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from features.described import (
    OF_PRODUCT,
    OFFERS,
    ROW_PRODUCT,
    THIS,
    column_types,
    policy_column,
    row_policy_features,
)
from features.kept_layout import KeptLayout
from features.slots import Counter
from features.state_layouts import had_column
from leads.sheet.columns import Columns


@dataclass(frozen=True)
class ProductColumns(KeptLayout):
    """The columns of the row's own product."""

    @cached_property
    def had_features(self) -> Mapping[str, Sequence[str]]:
        """For each objective that is for each product and does not repeat, `this__had_…` → its column for each product
        in order.
        """
        asked = (goal.had for goal in self.workspace.objectives.values() if goal.product == "each")
        return {had: [had_column(had, product) for product in self.workspace.products] for had in asked if had}

    @cached_property
    def split_features(self) -> Mapping[str, Sequence[str]]:
        """For each feature kept per product, `this__…` name → its column for each product in order."""
        products = list(self.workspace.products)
        found: dict[str, list[str]] = {}
        for slot in self.interactions.slots:
            if isinstance(slot, Counter) and slot.by == "product" and slot.by_value in products:
                own = replace(slot, key=THIS + self.workspace.events[slot.events[0]].column)
                for name, column in zip(own.ages_and_counts, slot.ages_and_counts, strict=True):
                    found.setdefault(name, []).append(column)
        return {name: columns for name, columns in found.items() if len(columns) == len(products)}

    @cached_property
    def product_schema(self) -> dict[str, pl.DataType]:
        """Columns that expansion per product adds."""
        policies = row_policy_features() if self.has_book else ()
        schema = column_types([ROW_PRODUCT, *OFFERS, *policies])
        return schema | dict.fromkeys([*self.split_features, *self.had_features], pl.Float64())

    @cached_property
    def product_columns(self) -> Columns:
        """Those that expansion per product adds, the product first."""
        return Columns(self.product_schema)

    @cached_property
    def product_sources(self) -> Mapping[str, Sequence[str]]:
        """Of each `this__…` column that is kept by product, its column for each product in order."""
        products = self.workspace.products
        parts = OF_PRODUCT if self.has_book else {}
        book = {THIS + part: [policy_column(product, part) for product in products] for part in parts}
        return {**self.split_features, **self.had_features, **book}

    @cached_property
    def offers(self) -> np.ndarray:
        """(2, products) what each is sold for and leaves."""
        return np.array([(item.price, item.margin) for item in self.workspace.products.values()]).reshape(-1, 2).T
