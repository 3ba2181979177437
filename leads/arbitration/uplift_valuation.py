"""UpliftValuation what an action changes, not what happens anyway: uplift beside propensity.

priority = propensity × value × context × lever − cost, with context = effect / propensity × share, so that
priority = effect × share × value × lever − cost. Who would renew anyway is worth no call, and who is driven away by
one is worth less than none. An action may add an uplift of its own to that of contact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leads.actions.action import Action
from leads.actions.catalogue import Catalogue
from leads.actions.unproven import Unproven
from leads.sheet.missing import zero_where_missing
from leads.sheet.sheet import Sheet

LEAST = 1e-6
"""Least propensity that is divided by."""


@dataclass(frozen=True, eq=False)
class UpliftValuation:
    """Whose priority counts the effect of contact: C actions of a catalogue, by their positions in `actions`.

    columns: of the decision frame: effects, each with the score that it changes. own: (C,) of each action its column's
    position. scale: (C,) by which its own context is multiplied beside the effect: one over the best context of its
    objective and treatment; 0 where its channel is no treatment. group: (C,) of each action its position in `groups`,
    the columns of one objective and product. adding: of each action that declares an uplift of its own, its place in
    `actions`, its score and the uplift. guessed: (C,) of each action the column of its propensity, and that of what is
    hinted at of its treatment, None where its channel is no treatment. unproven: what is taken to change where no
    effect is known.

    Of one treatment and objective the action that fits the moment best gets the whole effect, the others their share
    of it, by their own contexts. Where a customer's effect is known for some treatment of an objective, what is no
    treatment of it, or one whose effect nobody has measured, changes nothing. Where none is known, the declared share
    of propensity × own context counts.
    """

    actions: np.ndarray
    columns: tuple[tuple[str, str], ...]
    own: np.ndarray
    scale: np.ndarray
    group: np.ndarray
    groups: tuple[tuple[int, ...], ...]
    adding: tuple[tuple[int, str, float], ...]
    guessed: tuple[tuple[str, str | None], ...]
    unproven: Unproven

    @classmethod
    def of(cls, catalogue: Catalogue) -> UpliftValuation:
        """Of a catalogue; nobody's where it values by propensity."""
        counted = [i for i, action in enumerate(catalogue.actions) if catalogue.effects.count(action)]
        actions = [catalogue.actions[i] for i in counted]
        effects = catalogue.effects
        told = [effects.all(action) for action in actions]
        own = [effects.effect(action) for action in actions]
        scores = [catalogue.actions.score_column(action) or "" for action in actions]
        columns = {column: score for score, group in zip(scores, told, strict=True) for column in group}
        place = {column: i for i, column in enumerate(columns)}
        groups = list(dict.fromkeys(told))
        return cls(
            actions=np.array(counted, dtype=np.intp),
            columns=tuple(columns.items()),
            own=np.array([0 if column is None else place[column] for column in own], dtype=np.intp),
            scale=_scales(catalogue, actions),
            group=np.array([groups.index(group) for group in told], dtype=np.intp),
            groups=tuple(tuple(place[column] for column in group) for group in groups),
            adding=tuple((i, scores[i], action.uplift) for i, action in enumerate(actions) if action.uplift),
            guessed=tuple(zip(scores, map(effects.hint, actions), strict=True)),
            unproven=catalogue.valuation.unproven,
        )

    def read(self, sheet: Sheet) -> np.ndarray:
        """(columns, n) effect / propensity: NaN where there is no effect, or no column of it. An effect that is proven
        as an average is each customer's own as far as trials hint at it.
        """
        lift = np.full((len(self.columns), len(sheet)), np.nan)
        for place, (effect, score) in enumerate(self.columns):
            if effect in sheet and score in sheet:
                chance, hint = _propensity(sheet, score), effect.replace("uplift_", "hint_", 1)
                np.divide(sheet.numbers(effect), chance, out=lift[place])
                if hint in sheet and self.unproven.hints:
                    lift[place] += zero_where_missing(sheet.numbers(hint)) * (1 - chance)
        return lift

    def known(self, lift: np.ndarray) -> np.ndarray:
        """(groups, n) bool: whether the effect of some treatment is known."""
        there = np.isfinite(lift)
        found = np.zeros((len(self.groups), lift.shape[1]), dtype=bool)
        for place, group in enumerate(self.groups):
            found[place] = there[list(group)].any(axis=0)
        return found

    def apply(self, sheet: Sheet, lift: np.ndarray, known: np.ndarray, context: np.ndarray) -> None:
        """Turn own contexts (A, n) into what the actions change of the propensity, or are taken to change."""
        taken = self._taken(sheet)
        if not known.any():
            context[self.actions] *= taken
        else:
            counted = zero_where_missing(lift)[self.own] * self.scale[:, None]
            context[self.actions] *= np.where(known[self.group], counted, taken)
            for place, score, uplift in self.adding:
                told = known[self.group[place]]
                if told.any():
                    context[self.actions[place]] += np.where(told, uplift / _propensity(sheet, score), 0.0)

    def _taken(self, sheet: Sheet) -> np.ndarray:
        """(C, n) what the actions are taken to change, as a share of the propensity."""
        shares = {pair: self._guess(sheet, *pair) for pair in dict.fromkeys(self.guessed)}
        return np.array([shares[pair] for pair in self.guessed]).reshape(len(self.guessed), len(sheet))

    def _guess(self, sheet: Sheet, score: str, hint: str | None) -> np.ndarray:
        hinted = sheet.numbers(hint) if hint is not None and hint in sheet else None
        return self.unproven.lift(_propensity(sheet, score) if score in sheet else np.zeros(len(sheet)), hinted)


def _propensity(sheet: Sheet, score: str) -> np.ndarray:
    found: np.ndarray = np.maximum(sheet.numbers(score), LEAST)
    return found


def _scales(catalogue: Catalogue, actions: Sequence[Action]) -> np.ndarray:
    """One over the best context among actions of the same objective and treatment, as far as contexts are numbers."""
    kinds = [(action.objective, catalogue.effects.treatment(action)) for action in actions]
    best: dict[tuple[str | None, str | None], float] = {}
    for action, kind in zip(actions, kinds, strict=True):
        best[kind] = max(best.get(kind, 0.0), action.context.number)
    return np.array([0.0 if kind[1] is None else 1.0 / (best[kind] or 1.0) for kind in kinds])
