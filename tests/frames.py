"""The product's functions of sheets, for tests that say what they mean in frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

import features.products as products_of
import leads.arbitration.decisions as arbitration
import models.scoring as scoring
import serving.scoring.scorer as scorer
from features.configuration import Configuration
from features.layout import FeatureLayout
from leads.actions.catalogue import Catalogue
from leads.arbitration.decisions import Decisions
from leads.configuration.objective import Objective
from leads.sheet.sheet import Sheet
from models.bundle import Bundle


def sheet_of(frame: pl.DataFrame) -> Sheet:
    """A frame's columns, without whose they are."""
    return Sheet.of(frame.drop("customer_id", strict=False))


def arbitrate(frame: pl.DataFrame, catalogue: Catalogue, now: datetime, **told: Any) -> Decisions:
    return arbitration.arbitrate(sheet_of(frame), catalogue, now, **told)


def expand(layout: FeatureLayout, frame: pl.DataFrame, mode: str, products: Sequence[str] = ()) -> pl.DataFrame:
    rows = products_of.expansion(layout, sheet_of(frame), mode, products)
    return _named(frame, rows.whole().frame(), rows.row.tolist())


def score_frame(bundles: Mapping[str, Bundle], layout: FeatureLayout, frame: pl.DataFrame) -> pl.DataFrame:
    return _named(frame, scoring.score_sheet(bundles, layout, sheet_of(frame)).frame())


def scored_frame(bundles: Mapping[str, Bundle], configuration: Configuration, frame: pl.DataFrame) -> pl.DataFrame:
    return _named(frame, scorer.scored_sheet(bundles, configuration, sheet_of(frame)).frame())


def scores_of(bundle: Bundle, objective: Objective, layout: FeatureLayout, frame: pl.DataFrame) -> Any:
    return scoring.scores_of(bundle, objective, layout, sheet_of(frame))


def in_population(objective: Objective, rows: pl.DataFrame) -> pl.Series:
    return pl.Series("inside", scoring.in_population(objective, sheet_of(rows)))


def _named(frame: pl.DataFrame, found: pl.DataFrame, rows: Sequence[int] | None = None) -> pl.DataFrame:
    if "customer_id" not in frame.columns:
        return found
    names = frame.select("customer_id")
    return (names if rows is None else names[list(rows)]).hstack(found)
