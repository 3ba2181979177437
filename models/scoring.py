"""Scores of every objective beside the features, as arbitration expects them. Pure: sheet in, sheet out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from features.layout import FeatureLayout
from features.products import Expansion, expansion
from leads.configuration.objective import Objective
from leads.errors import NotFound
from leads.sheet.columns import NUMBER
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from models.calibrator import Floats
from models.fatigue_effect import contacts_of

_CHUNK = 200_000
"""Rows after expansion per product that are held at once."""


def score_sheet(bundles: Mapping[str, Bundle], layout: FeatureLayout, sheet: Sheet) -> Sheet:
    """The feature sheet with a score column per objective that has a bundle, and where that has effects of contact, a
    column for each; one for what contact takes, where that is no chance.

    `score_{objective}` for objectives without a product or with the expiring one,
    `score_{objective}__{product}` for each product otherwise, and the columns of `Objective.uplift_column` and
    `hint_column`; missing where the row is outside the objective's population. `toll_{objective}` is for everyone.
    """
    names: list[str] = []
    scores: list[Floats] = []
    for name, bundle in bundles.items():
        objective = objective_of(layout, name)
        kinds = () if bundle.effects is None else bundle.effects.treatments
        hints = () if bundle.hints is None else bundle.hints.treatments
        found = _predicted(bundle, objective, layout, sheet, kinds, hints)
        products, split = objective.scored_products, 1 + len(kinds)
        names += objective.score_columns
        names += [objective.uplift_column(kind, product) for product in products for kind in kinds]
        names += [objective.hint_column(kind, product) for product in products for kind in hints]
        parts = (found[:, :, 0], found[:, :, 1:split], found[:, :, split:])
        scores += [part.reshape(len(sheet), -1).T for part in parts]
        if objective.toll is not None and bundle.toll is not None:
            names += objective.toll_columns
            scores.append(bundle.toll.of(contacts_of(objective.toll, sheet))[None])
    return sheet.plus(dict.fromkeys(names, NUMBER), np.vstack([np.empty((0, len(sheet))), *scores]))


def scores_of(bundle: Bundle, objective: Objective, layout: FeatureLayout, sheet: Sheet) -> Floats:
    """Probabilities: (rows, products) in mode `each`, else (rows, 1); NaN outside the population."""
    return _predicted(bundle, objective, layout, sheet)[:, :, 0]


def _predicted(
    bundle: Bundle, objective: Objective, layout: FeatureLayout, sheet: Sheet,
    kinds: Sequence[str] = (), hints: Sequence[str] = (),
) -> Floats:  # fmt: skip
    """(rows, products, 1 + kinds + hints): probabilities, what each kind of contact adds to them, and what is hinted at
    of each in log-odds.
    """
    columns, split = 1 + len(kinds) + len(hints), 1 + len(kinds)
    width = max(len(objective.products), 1) if objective.product == "each" else 1
    step = max(_CHUNK // width, 1)
    found = np.full((len(sheet), width, columns), np.nan)
    for start in range(0, len(sheet), step):
        part = sheet.part(start, start + step)
        rows = expansion(layout, part, objective.product, objective.products)
        chosen = np.flatnonzero(in_population(objective, asked(objective, rows)))
        if len(chosen):
            flat = found[start : start + len(part)].reshape(-1, columns)
            flat[chosen, 0] = bundle.predict_expanded(rows, chosen)
            if bundle.effects is not None and kinds:
                flat[chosen, 1:split] = bundle.effects.predict(rows, chosen)
            if bundle.hints is not None and hints:
                flat[chosen, split:] = bundle.hints.log_odds(rows, chosen)
    return found


def asked(objective: Objective, rows: Expansion) -> Sheet:
    """The columns that decide whether a row is scored."""
    columns = set(objective.population.columns if objective.population else ())
    if objective.product == "expiring":
        columns.add("product")
    return rows.select(sorted(columns))


def in_population(objective: Objective, rows: Sheet) -> np.ndarray:
    """Which rows of an expanded sheet the objective scores: (rows,) bool.

    A row of an `expiring` objective without an active policy has nothing to predict.
    """
    inside = np.ones(len(rows), dtype=bool) if objective.population is None else objective.population.holds(rows)
    if objective.product == "expiring":
        return np.asarray(inside & ~np.isnan(rows.numbers("product")))
    return inside


def objective_of(layout: FeatureLayout, name: str) -> Objective:
    """The workspace's objective of that name; raises NotFound naming those there are."""
    objectives = layout.workspace.objectives
    if name not in objectives:
        raise NotFound("objective", name, f"the workspace has {', '.join(objectives) or 'none'}")
    return objectives[name]
