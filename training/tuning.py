"""Tuning: on each part of a split candidates are fitted and compared on its validation rows, and a recipe chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import lightgbm
import numpy as np

from models.calibrator import Floats
from training.data.splits import Part
from training.line import line
from training.merging import merged
from training.model import Fitted, Learner, Rows, Settings
from training.recipe import ALONE, LINE, OF_STUMPS, STUMPS, TREES, Boosted, Recipe, shares

_SMALL = 20_000
"""Up to so many rows settings are compared on every part and unlike learners tried; above, settings on the first part
and, of blocks in time, on the last.
"""


@dataclass(frozen=True)
class Tuned:
    """A part with models of what it trains on. trees: of every candidate, or of the best one alone. stumps, line: where
    unlike learners are tried.
    """

    part: Part
    trees: list[Fitted]
    stumps: Fitted | None = None
    line: lightgbm.Booster | None = None

    def of(self, candidate: int) -> Fitted:
        """The candidate's model, in a part that tried all or that one alone."""
        return self.trees[candidate if len(self.trees) > 1 else 0]

    def said(self, learner: Learner, rows: Rows, candidate: int) -> Mapping[str, Floats]:
        """By kind the log-odds of the validation rows."""
        matrix = rows.matrix[self.part.validation]
        found = {TREES: learner.predict(self.of(candidate), matrix)}
        if self.stumps is not None and self.line is not None:
            found |= {STUMPS: learner.predict(self.stumps, matrix), LINE: learner.log_odds(self.line, matrix)}
        return found


@dataclass(frozen=True)
class Tuning:
    """Fits on all parts, and what they say is best."""

    learner: Learner
    rows: Rows
    candidates: Sequence[Settings]
    parts: Sequence[Tuned]
    crossed: bool

    @property
    def telling(self) -> Sequence[Tuned]:
        """The parts that choose for the shipped model."""
        return self.parts[_telling(self.crossed, len(self.parts))]

    def known_to(self, number: int) -> Sequence[Tuned]:
        """The parts that may choose for the judged model of one: blocks in time up to it, of folds those that validated
        none of its rows.
        """
        if not self.crossed:
            return self.parts[: number + 1]
        held = self.parts[number].part.holdout
        return [one for one in self.parts if not _small(self.rows) or not (one.part.validation & held).any()]

    def best(self, compared: Sequence[Tuned]) -> int:
        """The candidate of the least loss."""
        return int(np.argmin(losses(compared)))

    def recipe(self, compared: Sequence[Tuned], own: Sequence[Tuned]) -> Recipe:
        """What these parts say is best, with the mean of the rounds that it took in its own."""
        best = self.best(compared)
        found = self._shares(compared, best)
        trees = Boosted(self.candidates[best], _rounds([one.of(best) for one in own]))
        grown = [one.stumps for one in own if one.stumps is not None and STUMPS in found]
        stumps = Boosted(OF_STUMPS, _rounds(grown)) if grown else None
        return Recipe(trees, stumps, found)

    def _shares(self, compared: Sequence[Tuned], best: int) -> Mapping[str, float]:
        if any(one.line is None for one in compared):
            return ALONE
        said = [one.said(self.learner, self.rows, best) for one in compared]
        places = np.concatenate([np.flatnonzero(one.part.validation) for one in compared])
        weight = np.concatenate([self.rows.where(one.part.validation).fair for one in compared])
        customer = self.rows.customer
        return shares(
            {kind: np.concatenate([one[kind] for one in said]) for kind in said[0]},
            self.rows.label[places], weight, places if customer is None else customer[places],
        )  # fmt: skip


def tuned(
    learner: Learner, rows: Rows, parts: Sequence[Part], candidates: Sequence[Settings],
    progress: Callable[[float], None] | None = None,
) -> Tuning:  # fmt: skip
    """Per part a model of every candidate; of large sets, in parts that choose nothing, the best one's only."""
    found: list[Tuned] = []
    crossed = _crossed(parts)
    telling = range(len(parts))[_telling(crossed, len(parts))]
    for number, part in enumerate(parts):
        every = _small(rows) or number in (0, telling.start)
        tried = candidates if every else [candidates[int(np.argmin(losses(found)))]]
        train, validation = rows.where(part.train), rows.where(part.validation)
        fits = learner.fit(train, validation, [*tried, OF_STUMPS] if _small(rows) else tried)
        found.append(Tuned(part, fits, *_unlike(learner, train, fits)) if _small(rows) else Tuned(part, fits))
        if progress is not None:
            progress((number + 1) / len(parts))
    return Tuning(learner, rows, candidates, found, crossed)


def _unlike(learner: Learner, train: Rows, fits: list[Fitted]) -> tuple[Fitted, lightgbm.Booster | None]:
    """The stumps, which come last of the fits and are taken out of them, and the line."""
    trees = line(learner.data(train), train.matrix, learner.categories)
    return fits.pop(), merged(trees, [1.0] * len(trees)) if trees else None


def losses(compared: Sequence[Tuned]) -> Floats:
    """Each candidate's mean loss over the parts that tried them all."""
    full = [one.trees for one in compared if len(one.trees) == len(compared[0].trees)]
    return np.asarray(np.mean([[fit.loss for fit in fits] for fits in full], axis=0))


def _rounds(fits: Sequence[Fitted]) -> int:
    return round(float(np.mean([fit.rounds for fit in fits])))


def _small(rows: Rows) -> bool:
    return len(rows) <= _SMALL


def _crossed(parts: Sequence[Part]) -> bool:
    """Whether a part knows rows that a later one holds out: so do folds, blocks in time never."""
    return any((one.tuned & later.holdout).any() for one, later in pairwise(parts))


def _telling(crossed: bool, parts: int) -> slice:
    """The parts that choose for the shipped model: of folds all, of blocks in time the last alone.

    The last block's model learned from the most rows, and the most like those of the shipped one; the first ones'
    learned from few, and few bear small models only.
    """
    return slice(0 if crossed else parts - 1, parts)
