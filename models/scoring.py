"""Scores of every objective beside the features, as arbitration expects them. Pure: sheet in, sheet out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from features.layout import FeatureLayout
from features.products import Expansion, expansion
from features.profiling import PROFILED, profiled
from leads.configuration.objective import Objective
from leads.errors import NotFound
from leads.sheet.columns import NUMBER
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from models.calibrator import Floats
from models.fatigue_effect import contacts_of

_CHUNK = 200_000
"""Rows after expansion per product that are held at once."""


def score_sheet(bundles: Mapping[str, Bundle], layout: FeatureLayout, sheet: Sheet, *, beside: bool = True) -> Sheet:
    """The feature sheet with a score column per objective that has a bundle, and where that has effects of contact, a
    column for each; one for what contact takes, where that is no chance.

    `score_{objective}` for objectives without a product or with the expiring one,
    `score_{objective}__{product}` for each product otherwise, and the columns of `Objective.uplift_column` and
    `hint_column`; missing where the row is outside the objective's population. `toll_{objective}` is for everyone.

    Nothing is worked out for whoever refuses profiling. What stands there in place of their score is the usual chance,
    the same for all of them, so that decisions go by the rules alone and they stand neither first nor last; effects,
    hints and tolls are missing.

    beside: with hints and tolls, by which decisions go and nobody else.
    """
    names: list[str] = []
    scores: list[Floats] = []
    refusing = np.flatnonzero(~profiled(sheet))
    for name, bundle in bundles.items():
        objective = objective_of(layout, name)
        kinds = () if bundle.effects is None else bundle.effects.treatments
        hints = bundle.hints.treatments if beside and bundle.hints is not None else ()
        found = _predicted(bundle, objective, layout, sheet, kinds, hints)
        if len(refusing):
            found[refusing, :, 0] = _usual(bundle, objective, layout, sheet.taken(refusing))
        products, split = objective.scored_products, 1 + len(kinds)
        names += objective.score_columns
        names += [objective.uplift_column(kind, product) for product in products for kind in kinds]
        names += [objective.hint_column(kind, product) for product in products for kind in hints]
        parts = (found[:, :, 0], found[:, :, 1:split], found[:, :, split:])
        scores += [part.reshape(len(sheet), -1).T for part in parts]
        if beside and objective.toll is not None and bundle.toll is not None:
            names += objective.toll_columns
            taken = bundle.toll.of(contacts_of(objective.toll, sheet))
            taken[refusing] = np.nan
            scores.append(taken[None])
    return sheet.plus(dict.fromkeys(names, NUMBER), np.vstack([np.empty((0, len(sheet))), *scores]))


def scores_of(bundle: Bundle, objective: Objective, layout: FeatureLayout, sheet: Sheet) -> Floats:
    """Probabilities: (rows, products) in mode `each`, else (rows, 1); NaN outside the population, and for whoever
    refuses profiling.
    """
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
        chosen = np.flatnonzero(scored_rows(objective, rows))
        if len(chosen):
            flat = found[start : start + len(part)].reshape(-1, columns)
            flat[chosen, 0] = bundle.predict_expanded(rows, chosen)
            if bundle.effects is not None and kinds:
                flat[chosen, 1:split] = bundle.effects.predict(rows, chosen)
            if bundle.hints is not None and hints:
                flat[chosen, split:] = bundle.hints.log_odds(rows, chosen)
    return found


def _usual(bundle: Bundle, objective: Objective, layout: FeatureLayout, sheet: Sheet) -> Floats:
    """(rows, products): what is usual, of each row's product where it has one; NaN where nothing applies."""
    rows = expansion(layout, sheet, objective.product, objective.products)
    found = np.full(len(rows.row), np.nan)
    inside = _eligible(objective, _asked(objective, rows))
    products = [None] * len(rows.row) if objective.product == "none" else rows.added.texts("product")
    usual, shift = bundle.usual, bundle.shift
    found[inside] = [usual.about(products[row], shift) for row in np.flatnonzero(inside)]
    return found.reshape(len(sheet), -1)


def scored_rows(objective: Objective, rows: Expansion) -> np.ndarray:
    """Which rows of an expansion the objective scores: what `in_population` says of them put together."""
    inside: np.ndarray = _eligible(objective, _asked(objective, rows)) & profiled(rows.sheet)[rows.row]
    return inside


def _asked(objective: Objective, rows: Expansion) -> Sheet:
    columns = set(objective.population.columns if objective.population else ())
    if objective.product == "expiring":
        columns.add("product")
    return rows.select(sorted(columns))


def population_columns(objective: Objective) -> list[str]:
    """The columns that decide whether a row is scored."""
    return sorted({PROFILED, "product", *(objective.population.columns if objective.population else ())})


def in_population(objective: Objective, rows: Sheet) -> np.ndarray:
    """Which rows of an expanded sheet the objective scores: (rows,) bool. None of whoever refuses profiling, now or in
    a past from which a model learns.
    """
    inside: np.ndarray = _eligible(objective, rows) & profiled(rows)
    return inside


def _eligible(objective: Objective, rows: Sheet) -> np.ndarray:
    """A row of an `expiring` objective without an active policy has nothing to predict."""
    population = objective.population
    inside: np.ndarray = np.ones(len(rows), dtype=bool) if population is None else population.holds(rows)
    return inside & ~np.isnan(rows.numbers("product")) if objective.product == "expiring" else inside


def objective_of(layout: FeatureLayout, name: str) -> Objective:
    """The workspace's objective of that name; raises NotFound naming those there are."""
    objectives = layout.workspace.objectives
    if name not in objectives:
        raise NotFound("objective", name, f"the workspace has {', '.join(objectives) or 'none'}")
    return objectives[name]
