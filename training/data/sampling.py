"""Which label rows are worth a join: the cap on a data set, and the weights that undo it."""

from __future__ import annotations

import numpy as np
import polars as pl


def capped(rows: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    """At most so many of the labelled rows, with the `weight` that each stands for; order is kept.

    Where successes are rare they are what is learned from, so they are kept first, up to half of the cap, and
    the rest is drawn from the others (a case-control sample). A weight is the number of rows of its class per
    row kept, so that weighted rates are those of all rows; it multiplies the weight that rows have already.
    """
    if "weight" not in rows.columns:
        rows = rows.with_columns(pl.lit(1.0).alias("weight"))
    if len(rows) <= most:
        return rows
    rng = np.random.default_rng(seed)
    label = rows["label"].to_numpy() > 0
    positives, others = np.flatnonzero(label), np.flatnonzero(~label)
    kept_positives = min(len(positives), max(most // 2, most - len(others)))
    kept_others = min(len(others), most - kept_positives)
    factor = np.zeros(len(rows))
    for found, kept in ((positives, kept_positives), (others, kept_others)):
        if kept:
            factor[rng.choice(found, kept, replace=False)] = len(found) / kept
    return rows.with_columns(pl.col("weight") * pl.Series(factor)).filter(pl.Series(factor > 0))
