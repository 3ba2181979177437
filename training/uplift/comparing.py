"""Comparing learners on a home's record, and what the best of them says of customers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from features.home import Home
from leads.errors import InvalidInput
from leads.history import History
from training.contact.trials import Tried, asked_of
from training.contact.verdict import Counts
from training.data.dataset import Record, full_sets
from training.data.join import Progress
from training.evaluation import source_home
from training.uplift.campaign import Campaign
from training.uplift.comparison import Comparison, Design, compare

COLUMNS = ("customer_id", "at", "product", "treatment", "effect")
"""Of a file of effects."""


def compared(home: Home, objective: str, design: Design, progress: Progress | None = None) -> dict[str, Comparison]:
    """By treatment of the objective what its learners come to. Raises InvalidInput where it asks for no effect, or
    where too few were contacted, left alone or successful to tell.
    """
    goal = home.configuration.objective(objective)
    asked_of(goal)
    tried, tell = Tried.of(Record.of(home), goal, design.seed), progress or (lambda stage, share: None)
    campaigns = {name: _enough(objective, name, Campaign.of(tried, name)) for name in tried.uplift.treatments}
    return {
        name: compare(campaign, design, lambda share, name=name: tell(f"compare {name}", share))  # type: ignore[misc]
        for name, campaign in campaigns.items()
    }


def _enough(objective: str, name: str, campaign: Campaign) -> Campaign:
    counts = Counts(len(campaign), int(campaign.treated.sum()), int(campaign.label.sum()))
    if counts.tell:
        return campaign
    told = f"{counts.treated} of {counts.trials} contacted, {counts.successes} successes"
    raise InvalidInput(
        f"objectives.{objective}.uplift.treatments.{name}", told,
        "at least 100 contacted and 100 left alone, with 20 successes and failures",
    )  # fmt: skip


def effects(home: Home, objective: str, found: dict[str, Comparison], source: History | None = None) -> pl.DataFrame:
    """What each treatment adds to the probability of each row of the population (`COLUMNS`), by its best learner; of
    the home's customers, or of the source's alone, whose outcomes need not be known.
    """
    goal = home.configuration.objective(objective)
    with tempfile.TemporaryDirectory(prefix="nextlead-") as folder:
        place = home if source is None else source_home(home, source, Path(folder))
        parts = list(full_sets(Record.of(place), goal))
        encoding = Tried.of(Record.of(home), goal, next(iter(found.values())).design.seed).encoding
    keys = pl.concat([part.keys.select("customer_id", "at", "product") for part in parts])
    matrix = np.concatenate([encoding.matrix(part.rows) for part in parts])
    frames = [
        keys.with_columns(pl.lit(name).alias("treatment"), pl.Series("effect", comparison.said()(matrix)))
        for name, comparison in found.items()
    ]
    return pl.concat(frames).select(COLUMNS)
