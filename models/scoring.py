"""Scores of every objective beside the features, as arbitration expects them. Pure: frame in, frame out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from features.assembly import number_frame, side_by_side
from features.layout import FeatureLayout
from features.products import Expansion, expansion
from leads.configuration.objective import Objective
from leads.errors import NotFound
from models.bundle import Bundle
from models.calibrator import Floats
from models.fatigue_effect import contacts_of

_CHUNK = 200_000
"""Rows after expansion per product that are held at once."""


def score_frame(bundles: Mapping[str, Bundle], layout: FeatureLayout, frame: pl.DataFrame) -> pl.DataFrame:
    """The feature frame with a score column per objective that has a bundle, and where that has effects of contact, a
    column for each; one for what contact takes, where that is no chance.

    `score_{objective}` for objectives without a product or with the expiring one,
    `score_{objective}__{product}` for each product otherwise, and the columns of `Objective.uplift_column` and
    `hint_column`; null where the row is outside the objective's population. `toll_{objective}` is for everyone.
    """
    names: list[str] = []
    scores: list[Floats] = [np.empty((len(frame), 0))]
    for name, bundle in bundles.items():
        objective = objective_of(layout, name)
        kinds = () if bundle.effects is None else bundle.effects.treatments
        hints = () if bundle.hints is None else bundle.hints.treatments
        found = _predicted(bundle, objective, layout, frame, kinds, hints)
        products, split = objective.scored_products, 1 + len(kinds)
        names += objective.score_columns
        names += [objective.uplift_column(kind, product) for product in products for kind in kinds]
        names += [objective.hint_column(kind, product) for product in products for kind in hints]
        parts = (found[:, :, 0], found[:, :, 1:split], found[:, :, split:])
        scores += [part.reshape(len(frame), -1) for part in parts]
        if objective.toll is not None and bundle.toll is not None:
            names += objective.toll_columns
            scores.append(bundle.toll.of(contacts_of(objective.toll, frame))[:, None])
    added = number_frame(names, np.hstack(scores))
    if not set(names).isdisjoint(frame.columns):
        return frame.with_columns(added.get_columns())
    return side_by_side([frame, added])


def scores_of(bundle: Bundle, objective: Objective, layout: FeatureLayout, frame: pl.DataFrame) -> Floats:
    """Probabilities: (rows, products) in mode `each`, else (rows, 1); NaN outside the population."""
    return _predicted(bundle, objective, layout, frame)[:, :, 0]


def _predicted(
    bundle: Bundle, objective: Objective, layout: FeatureLayout, frame: pl.DataFrame,
    kinds: Sequence[str] = (), hints: Sequence[str] = (),
) -> Floats:  # fmt: skip
    """(rows, products, 1 + kinds + hints): probabilities, what each kind of contact adds to them, and what is hinted at
    of each in log-odds.
    """
    columns, split = 1 + len(kinds) + len(hints), 1 + len(kinds)
    width = max(len(objective.products), 1) if objective.product == "each" else 1
    step = max(_CHUNK // width, 1)
    found = np.full((len(frame), width, columns), np.nan)
    for start in range(0, len(frame), step):
        part = frame.slice(start, step)
        rows = expansion(layout, part, objective.product, objective.products)
        chosen = np.flatnonzero(in_population(objective, asked(objective, rows)).to_numpy())
        if len(chosen):
            flat = found[start : start + len(part)].reshape(-1, columns)
            flat[chosen, 0] = bundle.predict_expanded(rows, chosen)
            if bundle.effects is not None and kinds:
                flat[chosen, 1:split] = bundle.effects.predict(rows, chosen)
            if bundle.hints is not None and hints:
                flat[chosen, split:] = bundle.hints.log_odds(rows, chosen)
    return found


def asked(objective: Objective, rows: Expansion) -> pl.DataFrame:
    """The columns that decide whether a row is scored, and never none of them."""
    columns = set(objective.population.columns if objective.population else ())
    if objective.product == "expiring":
        columns.add("product")
    return rows.select(sorted(columns) or rows.frame.columns[:1])


def in_population(objective: Objective, rows: pl.DataFrame) -> pl.Series:
    """Which rows of an expanded frame the objective scores: a boolean per row, never null.

    A row of an `expiring` objective without an active policy has nothing to predict.
    """
    if objective.population is None:
        inside = pl.Series("inside", np.ones(len(rows), dtype=bool))
    else:
        inside = objective.population.holds(rows)
    if objective.product == "expiring" and rows["product"].null_count():
        return inside & rows["product"].is_not_null()
    return inside


def objective_of(layout: FeatureLayout, name: str) -> Objective:
    """The workspace's objective of that name; raises NotFound naming those there are."""
    objectives = layout.workspace.objectives
    if name not in objectives:
        raise NotFound("objective", name, f"the workspace has {', '.join(objectives) or 'none'}")
    return objectives[name]
