"""Counting what an action changes, not what happens anyway: uplift beside propensity.

priority = propensity × value × context × lever − cost, with context = uplift / propensity, so that
priority = uplift × value × lever − cost. Who would renew anyway is worth no call, and who is driven away by one is
worth less than none.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from leads.action import Action
from leads.amount import Amount
from leads.catalogue import Catalogue
from leads.rules import Rule


def incremental(catalogue: Catalogue) -> Catalogue:
    """The catalogue with contexts by uplift, where contact by the action's channel is a treatment of its objective.

    Of one treatment and objective the action that fits the moment best gets the whole uplift, the others their share
    of it, by their own contexts. An action whose effect nobody has measured changes nothing. The frame must carry the
    columns of `Objective.uplift_column`; a missing value counts as no change.
    """
    kinds = [_treatment(catalogue, action) for action in catalogue.actions]
    best: dict[tuple[str | None, str | None], float] = {}
    for action, kind in zip(catalogue.actions, kinds, strict=True):
        key = (action.objective, kind)
        best[key] = max(best.get(key, 0.0), action.context.number)
    actions = (
        _counted(catalogue, action, kind, best[action.objective, kind])
        for action, kind in zip(catalogue.actions, kinds, strict=True)
    )
    return replace(catalogue, actions=tuple(actions))


def _treatment(catalogue: Catalogue, action: Action) -> str | None:
    """Content that customers find by themselves is no contact."""
    if action.objective is None or action.channel not in catalogue.contact.channels:
        return None
    asked = catalogue.objectives[action.objective].uplift
    return None if asked is None else asked.treatment(action.channel)


def _counted(catalogue: Catalogue, action: Action, kind: str | None, best: float) -> Action:
    if action.objective is None:
        return action
    objective = catalogue.objectives[action.objective]
    if kind is None:
        return replace(action, context=Amount(0.0))
    uplift = objective.uplift_column(kind, action.product)
    score = objective.score_column(action.product)
    own = action.context.rule.sql if action.context.rule else f"{action.context.number:.6f}"
    share = f"({own}) / {best:.6f}" if best else "1.0"
    sql = f"coalesce({uplift}, 0) / greatest({score}, 0.000001) * {share}"
    rule = Rule("context", sql, f"actions.{action.name}.context", "uplift", (uplift, score), pl.sql_expr(sql))
    return replace(action, context=Amount(0.0, rule))
