"""Segments: of parts of the population, how far what the model says has moved, where there are rows enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import numpy as np
import polars as pl
from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.configuration.objective import Objective
from leads.sheet.sheet import Sheet
from leads.words.bilingual import Text
from monitoring.population.windows import LEAST, Window
from monitoring.statistics.psi import psi
from monitoring.words.columns import PROBABILITY, column_label, value_label
from serving.meaning import Means


class SegmentDrift(TypedDict):
    segment: str
    label: Text
    rows: Annotated[int, Means("of all windows together")]
    psi: Annotated[float, Means("of the probability, all windows together")]
    before: Annotated[float, Means("mean probability of the reference")]
    now: float


def segments(
    configuration: Configuration, objective: Objective, reference: pl.DataFrame, windows: Sequence[Window]
) -> list[SegmentDrift]:
    """The objective's slices and the values of the region, the most moved first; those of few rows are left out."""
    live = pl.concat([window.rows for window in windows])
    found = []
    for name, label, sides in _parts(configuration, objective, reference, live):
        before, now = (side[PROBABILITY] for side in sides)
        if min(len(before), len(now)) >= LEAST:
            found.append(_segment(name, label, before, now))
    return sorted(found, key=lambda segment: -segment["psi"])


def _segment(name: str, label: Text, before: pl.Series, now: pl.Series) -> SegmentDrift:
    means = [round(float(np.mean(side.to_numpy())), 4) for side in (before, now)]
    return {
        "segment": name, "label": label, "rows": len(now), "psi": round(psi(before, now), 4),
        "before": means[0], "now": means[1],
    }  # fmt: skip


def _parts(
    configuration: Configuration, objective: Objective, reference: pl.DataFrame, live: pl.DataFrame
) -> Iterator[tuple[str, Text, tuple[pl.DataFrame, pl.DataFrame]]]:
    for rule in objective.slices:
        if set(rule.columns) <= set(reference.columns):
            sides = [side.filter(pl.Series(rule.holds(Sheet.of(side, rule.columns)))) for side in (reference, live)]
            yield rule.name, {"zh": rule.name, "en": rule.name}, (sides[0], sides[1])
    region = configuration.workspace.region_tag
    if region is not None and region in reference.columns:
        label = column_label(configuration, region)
        for value in sorted(live[region].drop_nulls().unique()):
            named = value_label(configuration, region, value)
            told: Text = {"zh": f"{label['zh']}：{named['zh']}", "en": f"{label['en']}: {named['en']}"}
            yield (
                f"{region}={value}",
                told,
                (reference.filter(pl.col(region) == value), live.filter(pl.col(region) == value)),
            )
