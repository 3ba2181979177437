"""A backtest of one objective: what would have been said of it window by window, and what simpler ways would have said.

The rows, their features and labels are training's (`training.data`): as they were known at their moments, and what was
not known yet no negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.home import Home
from leads.words.durations import format_duration
from models.calibrator import Floats
from training.backtest.figures import Figures, Judged, figures, gained, with_intervals
from training.backtest.groups import groups
from training.backtest.rivals import RIVALS, Asked, Known, days_since
from training.backtest.windows import Windows, spans, windows
from training.backtest.worth import worths
from training.data.dataset import Dataset, Record, model_features, static_features, training_set
from training.data.join import Progress
from training.data.proof import proof
from training.data.splits import Part, numbered
from training.learning import Chance, Divided, Tried, judged, telling, tried
from training.prior import corrected
from training.ranking import RESAMPLES

MODEL, STATIC = "model", "static_tags"
"""The objective's own model, and the same of static tags alone; rivals follow them."""

USUAL = Chance(seed=7, threads=2)

LEAST = 20
"""Successes and failures that a group must have to be told apart."""


@dataclass(frozen=True)
class Backtest:
    """What a backtest found: a document for people and programs, and the judged rows with what each method said."""

    document: dict[str, Any]
    predictions: pl.DataFrame


def backtest(
    home: Home, objective: str, count: int | None = None, share: float | None = None, until: datetime | None = None,
    chance: Chance = USUAL, progress: Progress | None = None,
) -> Backtest:  # fmt: skip
    """Judge so many windows of the latest share of the rows (`windows`). until: nothing after it is used.

    Raises InvalidInput where nothing can be learned from or judged.
    """
    record, configuration = Record.of(home, until), home.configuration
    data = training_set(record, configuration.objective(objective), chance.seed, progress)
    cut = windows(data, count, share)
    divided = Divided(data, cut.parts, proof(cut.objective, data.keys, cut.parts))
    names = telling(data, model_features(configuration, data.objective))
    static = telling(data, static_features(configuration, data.objective))
    full = tried(divided, names, configuration, chance, progress)
    plain = full if static == names else tried(divided, static, configuration, chance)
    said = corrected(data.objective, judged(divided, full.trial, plain.trial), "probability", "baseline")
    order = full.trial.holdout
    methods = {MODEL: said["probability"].to_numpy(), STATIC: said["baseline"].to_numpy()}
    methods |= _rivals(data, cut, full, chance.seed)
    value = worths(record, data)
    rows = Judged(
        said["label"].to_numpy(), said["weight"].to_numpy(), numbered(said["customer_id"]),
        None if value is None else value[order],
    )  # fmt: skip
    document = _document(home, data, cut, chance) | _told(rows, methods, full.trial.part, data, cut, chance.seed)
    inside = [(kind, name, mask[order]) for kind, name, mask in groups(configuration.workspace, data)]
    document["groups"] = [
        found for kind, name, mask in inside if (found := _group(rows, methods, mask, chance.seed, kind, name))
    ]
    kept = said.select("customer_id", "at", "product", "label", "weight", window=pl.col("part") + 1)
    return Backtest(document, kept.with_columns(pl.Series(name, values) for name, values in methods.items()))


def _rivals(data: Dataset, cut: Windows, full: Tried, seed: int) -> dict[str, Floats]:
    """What each rival says of the judged rows, in the order of the trial; those that are none here are left out."""
    every = Asked(full.rows.matrix, days_since(data.rows))
    found: dict[str, Floats] = {}
    for name, rival in RIVALS.items():
        said = np.full(len(data), np.nan)
        for part in cut.parts:
            answer = rival(_known(full, every, part), every.where(part.holdout), seed)
            if answer is not None:
                said[part.holdout] = answer
        if not np.isnan(said[full.trial.holdout]).all():
            found[name] = said[full.trial.holdout]
    return found


def _known(full: Tried, every: Asked, part: Part) -> Known:
    weight = full.rows.weight if part.factor is None else full.rows.weight * part.factor
    rows, inside = every.where(part.known), part.known
    categories = tuple(full.encoding.category_positions)
    return Known(rows.matrix, rows.days, full.rows.label[inside], weight[inside], categories)


def _document(home: Home, data: Dataset, cut: Windows, chance: Chance) -> dict[str, Any]:
    return {
        "objective": data.objective.name,
        "label": dict(data.objective.label),
        "horizon": format_duration(data.objective.horizon),
        "embargo": format_duration(data.objective.split.embargo) if cut.in_time else None,
        "in_time": cut.in_time,
        "split": data.objective.split.by,
        "currency": home.configuration.workspace.currency,
        "observed_until": data.until,
        "seed": chance.seed,
    }


def _told(
    rows: Judged, methods: Mapping[str, Floats], part: NDArray[np.intp], data: Dataset, cut: Windows, seed: int
) -> dict[str, Any]:
    listed = []
    for number, span in enumerate(spans(data.keys, cut.parts)):
        inside = part == number
        some = {name: values[inside] for name, values in methods.items()}
        listed.append({"window": number + 1, **span, **_compared(rows.where(inside), some, seed)})
    return {"windows": listed, "overall": _compared(rows, methods, seed)}


def _compared(rows: Judged, methods: Mapping[str, Floats], seed: int) -> dict[str, Any]:
    """Every method's figures, and by how much the model is above each other, on the same resamples."""
    draws = rows.draws(RESAMPLES, seed)
    found: dict[str, Figures] = {name: figures(rows, said, draws) for name, said in methods.items()}
    return {
        "judged_rows": len(rows.label),
        "positives": int(rows.label.sum()),
        "rate": float(np.average(rows.label, weights=rows.weight)),
        "methods": {name: with_intervals(values) for name, values in found.items()},
        "gains": {name: gained(found[MODEL], values) for name, values in found.items() if name != MODEL},
    }


def _group(
    rows: Judged, methods: Mapping[str, Floats], inside: NDArray[np.bool_], seed: int, kind: str, name: str
) -> dict[str, Any] | None:
    """None where there are too few of a class to tell anything."""
    label = rows.label[inside]
    if min(label.sum(), len(label) - label.sum()) < LEAST:
        return None
    some = {method: methods[method][inside] for method in (MODEL, STATIC)}
    return {"by": kind, "group": name, **_compared(rows.where(inside), some, seed)}
