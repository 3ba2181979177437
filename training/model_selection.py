"""The trial: how well a way of modelling does on rows it has not seen, before it learns from all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.calibrator import Calibrator, Floats
from training.calibration import fit, fit_within
from training.data.proof import Proof
from training.data.splits import Part
from training.model import CANDIDATES, Fitted, Learner, Rows, Settings
from training.recipe import Recipe
from training.tuning import Tuning, losses, tuned


@dataclass(frozen=True)
class Trial:
    """What a trial found.

    recipe: the best by validation loss, over the parts that `tuning` lets choose; rounds are their mean, and
    those of the shipped model too: more of them, for its more rows, only made it surer than it may be. losses:
    validation loss of each candidate there.
    holdout: positions of the judged rows. part: the number of the part that held each of them out. log_odds and
    probability: their predictions, from calibrators that saw none of them and models refitted, like the shipped one,
    on all that their part knew. calibrator: the one to ship. shipped: what it says of those held-out rows that are to
    judge it, NaN of the others (`data.proof`).
    """

    recipe: Recipe
    holdout: NDArray[np.intp]
    part: NDArray[np.intp]
    log_odds: Floats
    probability: Floats
    shipped: Floats
    calibrator: Calibrator
    losses: tuple[float, ...]


def trial(
    learner: Learner, rows: Rows, parts: Sequence[Part], proof: Proof,
    candidates: Sequence[Settings] = CANDIDATES, progress: Callable[[float], None] | None = None,
) -> Trial:  # fmt: skip
    """Choose a recipe on the validation parts, then predict every holdout.

    Parts in order of time are judged as they would have been then: recipes chosen and scores calibrated on what the
    part and those before it had validated.
    """
    tuning = tuned(learner, rows, parts, candidates, progress)
    judges = [_judge(tuning, number) for number in range(len(parts))]
    found = (_folds if tuning.crossed else _forward)(learner, rows, judges, proof)
    return Trial(
        recipe=tuning.recipe(tuning.telling, tuning.telling),
        holdout=found.holdout,
        part=found.part,
        log_odds=found.log_odds,
        probability=found.probability,
        shipped=found.shipped,
        calibrator=found.calibrator,
        losses=tuple(losses(tuning.telling).tolist()),
    )


@dataclass(frozen=True)
class _Judge:
    """A part with the trees that were tuned, and a model by the recipe from all rows that were known by then.

    What is judged should know what was known by then.
    """

    part: Part
    recipe: Recipe
    tuned: Fitted
    model: lightgbm.Booster


def _judge(tuning: Tuning, number: int) -> _Judge:
    own, compared = tuning.parts[number], tuning.known_to(number)
    recipe = tuning.recipe(compared, [own])
    known = replace(tuning.rows, factor=own.part.factor).where(own.part.known)
    return _Judge(own.part, recipe, own.of(tuning.best(compared)), recipe.model(tuning.learner, known))


@dataclass(frozen=True)
class _Predicted:
    """Predictions of rows that no model behind them has seen; as in Trial. part: of each row, by number."""

    holdout: NDArray[np.intp]
    part: NDArray[np.intp]
    log_odds: Floats
    probability: Floats
    shipped: Floats
    calibrator: Calibrator


def _forward(learner: Learner, rows: Rows, judges: Sequence[_Judge], proof: Proof) -> _Predicted:
    """Each holdout predicted by its part's model, and calibrated on the part's validation rows."""
    helds = [np.flatnonzero(judge.part.holdout) for judge in judges]
    scores = [learner.log_odds(judge.model, rows.matrix[held]) for judge, held in zip(judges, helds, strict=True)]
    validated = [_validated(learner, rows, judge, proof) for judge in judges]
    calibrators = [_fitted(rows, seen, found) for seen, found in validated]
    said = [calibrator.apply(score) for calibrator, score in zip(calibrators, scores, strict=True)]
    held, log_odds = np.concatenate(helds), np.concatenate(scores)
    part = np.repeat(np.arange(len(helds)), [len(found) for found in helds])
    seen, found = validated[-1]
    if proof.fitted[held].any():
        seen, found = held, log_odds
    mine = proof.fitted[seen]
    shipped = _fitted(_standing(rows, proof), seen[mine], found[mine])
    return _Predicted(held, part, log_odds, np.concatenate(said), _judged(shipped, held, log_odds, proof), shipped)


def _validated(learner: Learner, rows: Rows, judge: _Judge, proof: Proof) -> tuple[NDArray[np.intp], Floats]:
    """The part's validation rows, and their log-odds by models like the judged one that do not know their customers.

    The tuned model knows fewer rows and is less sure; what its scores mean is not what those of the judged one do.
    """
    seen = np.flatnonzero(judge.part.validation)
    log_odds = np.empty(len(seen))
    weighted = replace(rows, factor=judge.part.factor)
    for number in np.unique(proof.fold[seen]):
        mine = proof.fold[seen] == number
        apart = judge.part.known & (proof.fold != number)
        matrix = rows.matrix[seen[mine]]
        if 0 < weighted.label[apart].sum() < apart.sum():
            log_odds[mine] = learner.log_odds(judge.recipe.model(learner, weighted.where(apart)), matrix)
        else:
            log_odds[mine] = learner.predict(judge.tuned, matrix)
    return seen, log_odds


def _fitted(rows: Rows, seen: NDArray[np.intp], log_odds: Floats) -> Calibrator:
    label, weight, stretch = rows.label[seen], rows.weight[seen], rows.stretch
    if stretch is None:
        return fit(log_odds, label, weight)
    return fit_within(log_odds, label, weight, stretch.number[seen], stretch.spread)


def _standing(rows: Rows, proof: Proof) -> Rows:
    """The rows with the weight that they have in the proof."""
    return replace(rows, weight=rows.weight * proof.factor)


def _judged(shipped: Calibrator, held: NDArray[np.intp], log_odds: Floats, proof: Proof) -> Floats:
    """What the shipped calibrator says of the held-out rows that judge it."""
    return np.where(proof.judged[held], shipped.apply(log_odds), np.nan)


def _folds(learner: Learner, rows: Rows, judges: Sequence[_Judge], proof: Proof) -> _Predicted:
    """Each fold predicted by the model, and calibrated on the predictions, of the others."""
    every = np.arange(len(rows))
    log_odds, probability = np.empty(len(rows)), np.empty(len(rows))
    fold = np.empty(len(rows), np.intp)
    for number, judge in enumerate(judges):
        held = judge.part.holdout
        log_odds[held], fold[held] = learner.log_odds(judge.model, rows.matrix[held]), number
    for number in range(len(judges)):
        others = fold != number
        probability[~others] = _fitted(rows, every[others], log_odds[others]).apply(log_odds[~others])
    shipped = _fitted(_standing(rows, proof), every[proof.fitted], log_odds[proof.fitted])
    return _Predicted(every, fold, log_odds, probability, _judged(shipped, every, log_odds, proof), shipped)
