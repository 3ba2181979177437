"""Terms: when a policy that an event begins comes to its end."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from leads.configuration.workspace import Workspace
from leads.history import TIME


def expiry(workspace: Workspace) -> pl.Expr:
    """When the policy ends that an event buys or renews, over frames with the workspace's event columns.

    As the event says (`expires_at`), else after its product's usual term; null where neither tells.
    """
    ends = [pl.lit(None, TIME)]
    if "expires_at" in workspace.fields:
        ends.append(pl.col("expires_at"))
    if "product" in workspace.fields and workspace.products:
        names = list(workspace.products)
        lasting = [product.term // timedelta(microseconds=1) for product in workspace.products.values()]
        term = pl.col("product").replace_strict(names, lasting, default=None, return_dtype=pl.Int64)
        ends.append(pl.col("time") + pl.duration(microseconds=term))
    return pl.coalesce(ends)
