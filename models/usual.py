"""The usual chance: what is said of nobody in particular, in place of a score for whoever refuses profiling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.calibrator import logit, sigmoid


@dataclass(frozen=True)
class UsualChances:
    """of_all: the mean probability over the population's moments. of_product: the same by product, where it has one."""

    of_all: float
    of_product: dict[str, float]

    @classmethod
    def of(cls, sample: pl.DataFrame) -> UsualChances:
        """By a bundle's sample of what was predicted."""
        mean = pl.col("probability").mean()
        if "product" not in sample.columns:
            return cls(sample.select(mean).item(), {})
        means = sample.drop_nulls("product").group_by("product").agg(mean)
        return cls(sample.select(mean).item(), dict(means.iter_rows()))

    def about(self, product: str | None, shift: float = 0.0) -> float:
        """Of a product; of all where nothing is known of it, or the objective has none. shift: added to its log-odds,
        as to those of scores.
        """
        chance = self.of_product.get(product or "", self.of_all)
        return float(sigmoid(logit(np.array([chance])) + shift)[0]) if shift else chance
