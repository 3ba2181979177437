"""Who is left with nothing, and which rule did it."""

from __future__ import annotations

import numpy as np
import polars as pl

from leads.actions.action import STAGES, WAIT
from leads.arbitration.decisions import Decisions

_SCHEMA: dict[str, pl.DataType] = {"stage": pl.String(), "rule": pl.String(), "customers": pl.Int64()}

_STAGES = ("request", "population", *STAGES, "contact", "ramp")


def left_with_nothing(decisions: Decisions) -> np.ndarray:
    """Which customers are offered no action but to wait: (n,) bool."""
    acts = np.array([action.name != WAIT for action in decisions.catalogue.actions], dtype=bool)
    return np.asarray(~np.any((decisions.rejected == 0) & acts, axis=1))


def why_nothing(decisions: Decisions) -> pl.DataFrame:
    """How many customers are left with nothing by each rule: `stage, rule, customers`, the most first.

    The rule of a customer is the first that refused the action that came furthest through the stages, and of several
    that came as far the one that would have been worth most; `population` where no objective applies.
    """
    nothing = np.flatnonzero(left_with_nothing(decisions))
    catalogue = decisions.catalogue
    if len(nothing) == 0:
        return pl.DataFrame(schema=_SCHEMA)
    refused = decisions.rejected[nothing]
    reached = np.array([-1, *(_STAGES.index(refusal.stage) for refusal in catalogue.refusals.all)])[refused]
    reached[:, [action.name == WAIT for action in catalogue.actions]] = -1
    worth = decisions.propensity[nothing] * decisions.value[nothing] * decisions.context[nothing]
    worth = worth * decisions.lever[nothing] - decisions.cost(nothing)
    furthest = reached == reached.max(axis=1, keepdims=True)
    best = np.argmax(np.where(furthest, worth, -np.inf), axis=1)
    rows = np.arange(len(nothing))
    codes = np.where(reached[rows, best] > _STAGES.index("population"), refused[rows, best], 0)
    return _counted(decisions, codes)


def _counted(decisions: Decisions, codes: np.ndarray) -> pl.DataFrame:
    names = [("population", "population"), *((r.stage, r.rule.name) for r in decisions.catalogue.refusals.all)]
    rows = [(*names[code], int(count)) for code, count in zip(*np.unique(codes, return_counts=True), strict=True)]
    counted = pl.DataFrame(rows, schema=_SCHEMA, orient="row").group_by("stage", "rule").agg(pl.col("customers").sum())
    return counted.sort("customers", "stage", "rule", descending=[True, False, False])
