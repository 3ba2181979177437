"""Everyone's decision at a moment, looked at for who is left with nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from leads.arbitration.coverage import left_with_nothing, why_nothing
from leads.configuration.lifecycle import STAGE
from leads.sheet.sheet import Sheet
from serving.decisions.decider import Decider
from serving.people.contacts import Contacts
from serving.scoring.scorer import Scorer

_CHUNK = 2000


@dataclass(frozen=True)
class Coverage:
    """customers: how many there are; nothing: for how many nothing can be done; rules: `stage, rule, customers` of
    these; lifecycle: `lifecycle, customers, nothing` by stage of the life cycle, where the workspace declares one.
    """

    customers: int
    nothing: int
    rules: list[dict[str, Any]]
    lifecycle: list[dict[str, Any]]


def coverage(
    contacts: Contacts, scorer: Scorer, decider: Decider, now: datetime,
    progress: Callable[..., None] | None = None,
) -> Coverage:  # fmt: skip
    """Decide for every customer, without regard to the hour, and count by the rule that left them with nothing."""
    rules, stages, customers = [], [], 0
    for ids in contacts.ids(_CHUNK):
        scored = scorer.score(ids, now)
        decisions = decider.best(scored, hours=False)
        rules.append(why_nothing(decisions))
        stages.append(_stages(scored.sheet, left_with_nothing(decisions)))
        customers += len(ids)
        if progress is not None:
            progress(f"{customers:,} customers")
    if not rules:
        return Coverage(0, 0, [], [])
    by_rule = pl.concat(rules).group_by("stage", "rule").agg(pl.col("customers").sum())
    by_stage = pl.concat(stages).group_by("lifecycle").agg(pl.col("customers", "nothing").sum())
    return Coverage(
        customers=customers,
        nothing=int(by_stage["nothing"].sum()),
        rules=by_rule.sort("customers", "stage", "rule", descending=[True, False, False]).to_dicts(),
        lifecycle=by_stage.filter(pl.col("lifecycle").is_not_null()).sort("customers", descending=True).to_dicts(),
    )


def _stages(sheet: Sheet, nothing: np.ndarray) -> pl.DataFrame:
    """`lifecycle, customers, nothing` of these customers; the stage is null where none is declared."""
    stage = sheet.texts(STAGE) if STAGE in sheet else [None] * len(sheet)
    told = pl.DataFrame({"lifecycle": pl.Series(stage, dtype=pl.String), "nothing": nothing})
    return told.group_by("lifecycle").agg(
        pl.len().cast(pl.Int64).alias("customers"), pl.col("nothing").sum().cast(pl.Int64)
    )
