"""The trial: how well a way of modelling does on rows it has not seen, before it learns from all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Calibrator, Floats
from training.calibration import fit, fit_within
from training.data.proof import Proof
from training.data.splits import Part
from training.model import CANDIDATES, Fitted, Learner, Rows, Settings

_SMALL = 20_000
"""Up to so many rows settings are compared on every part, above on the first and, of blocks in time, on the last."""


@dataclass(frozen=True)
class Trial:
    """What a trial found.

    settings, rounds: the best by validation loss, over the parts that `_telling` names; rounds are their mean, and
    those of the shipped model too: more of them, for its more rows, only made it surer than it may be. losses:
    validation loss of each candidate there.
    holdout: positions of the judged rows. part: the number of the part that held each of them out. log_odds and
    probability: their predictions, from calibrators that saw none of them and models refitted, like the shipped one,
    on all that their part knew. calibrator: the one to ship. shipped: what it says of those held-out rows that are to
    judge it, NaN of the others (`data.proof`).
    """

    settings: Settings
    rounds: int
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
    """Choose settings on the validation parts, then predict every holdout.

    Parts in order of time are judged as they would have been then: settings chosen and scores calibrated on what the
    part and those before it had validated.
    """
    fits = _fits(learner, rows, parts, candidates, progress)
    crossed = _crossed(parts)
    judges = [
        _judge(learner, rows, part, candidates, fits if crossed else fits[: number + 1], fits[number])
        for number, part in enumerate(parts)
    ]
    found = _folds(learner, rows, judges, proof) if crossed else _forward(learner, rows, judges, proof)
    telling = _telling(crossed, len(parts))
    best = _best(fits[telling])
    return Trial(
        settings=candidates[best],
        rounds=round(float(np.mean([_of(tried, best).rounds for tried in fits[telling]]))),
        holdout=found.holdout,
        part=found.part,
        log_odds=found.log_odds,
        probability=found.probability,
        shipped=found.shipped,
        calibrator=found.calibrator,
        losses=tuple(_losses(fits[telling]).tolist()),
    )


def _fits(
    learner: Learner, rows: Rows, parts: Sequence[Part], candidates: Sequence[Settings],
    progress: Callable[[float], None] | None,
) -> list[list[Fitted]]:  # fmt: skip
    """Per part a tuned model of every candidate; of large sets, in parts that choose nothing, the best one's only."""
    fits: list[list[Fitted]] = []
    telling = range(len(parts))[_telling(_crossed(parts), len(parts))]
    for number, part in enumerate(parts):
        every = len(rows) <= _SMALL or number in (0, telling.start)
        tried = candidates if every else [candidates[_best(fits)]]
        fits.append(learner.fit(rows.where(part.train), rows.where(part.validation), tried))
        if progress is not None:
            progress((number + 1) / len(parts))
    return fits


def _losses(fits: Sequence[Sequence[Fitted]]) -> Floats:
    """Each candidate's mean loss over the parts that tried them all."""
    return np.asarray(np.mean([[fit.loss for fit in tried] for tried in fits if len(tried) == len(fits[0])], axis=0))


def _best(fits: Sequence[Sequence[Fitted]]) -> int:
    return int(np.argmin(_losses(fits)))


def _of(tried: Sequence[Fitted], candidate: int) -> Fitted:
    """The candidate's model in a part that tried all candidates, or that one alone."""
    return tried[candidate if len(tried) > 1 else 0]


def _crossed(parts: Sequence[Part]) -> bool:
    """Whether a part knows rows that a later one holds out: so do folds, blocks in time never."""
    return any((one.tuned & later.holdout).any() for one, later in pairwise(parts))


def _telling(crossed: bool, parts: int) -> slice:
    """The parts that choose for the shipped model: of folds all, of blocks in time the last alone.

    The last block's model learned from the most rows, and the most like those of the shipped one; the first ones'
    learned from few, and few bear small models only.
    """
    return slice(0 if crossed else parts - 1, parts)


@dataclass(frozen=True)
class _Judge:
    """A part with the tuned model, and the same learned again from all rows that were known by then.

    What is judged should know what was known by then.
    """

    part: Part
    settings: Settings
    tuned: Fitted
    model: Fitted


def _judge(
    learner: Learner, rows: Rows, part: Part, candidates: Sequence[Settings],
    compared: Sequence[Sequence[Fitted]], tried: Sequence[Fitted],
) -> _Judge:  # fmt: skip
    """compared: the fits that choose the settings. tried: those of the part itself."""
    best = _best(compared)
    tuned = _of(tried, best)
    refitted = learner.refit(replace(rows, factor=part.factor).where(part.known), candidates[best], tuned.rounds)
    return _Judge(part, candidates[best], tuned, replace(tuned, model=refitted))


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
    scores = [learner.predict(judge.model, rows.matrix[held]) for judge, held in zip(judges, helds, strict=True)]
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
        model = judge.tuned
        if 0 < weighted.label[apart].sum() < apart.sum():
            model = replace(judge.tuned, model=learner.refit(weighted.where(apart), judge.settings, judge.tuned.rounds))
        log_odds[mine] = learner.predict(model, rows.matrix[seen[mine]])
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
        log_odds[held], fold[held] = learner.predict(judge.model, rows.matrix[held]), number
    for number in range(len(judges)):
        others = fold != number
        probability[~others] = _fitted(rows, every[others], log_odds[others]).apply(log_odds[~others])
    shipped = _fitted(_standing(rows, proof), every[proof.fitted], log_odds[proof.fitted])
    return _Predicted(every, fold, log_odds, probability, _judged(shipped, every, log_odds, proof), shipped)
