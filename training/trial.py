"""The trial: how well a way of modelling does on rows it has not seen, before it learns from all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.calibration import Calibrator, Floats, fit
from training.data.splits import Part
from training.model import CANDIDATES, Fitted, Learner, Rows, Settings

_SMALL = 20_000
"""Up to so many rows settings are compared on every part, above on the first and, of blocks in time, on the last."""

_ENOUGH = 100
"""Cases of the rarer class with which the holdout alone tells what scores mean today."""


@dataclass(frozen=True)
class Trial:
    """What a trial found.

    settings, rounds: the best by validation loss, over the parts that `_telling` names; rounds are their mean, and
    those of the shipped model too: more of them, for its more rows, only made it surer than it may be. losses:
    validation loss of each candidate there.
    holdout: positions of the judged rows. part: the number of the part that held each of them out. log_odds and
    probability: their predictions, from calibrators that saw none of them and models refitted, like the shipped one,
    on all that their part knew. recalibrated: the same scores through calibrators made like the shipped one, from the
    other half of them. calibrator: the one to ship.
    """

    settings: Settings
    rounds: int
    holdout: NDArray[np.intp]
    part: NDArray[np.intp]
    log_odds: Floats
    probability: Floats
    recalibrated: Floats
    calibrator: Calibrator
    losses: tuple[float, ...]


def trial(
    learner: Learner, rows: Rows, parts: Sequence[Part],
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
    found = (_folds if crossed else _forward)(learner, rows, judges)
    telling = _telling(crossed, len(parts))
    best = _best(fits[telling])
    return Trial(
        settings=candidates[best],
        rounds=round(float(np.mean([_of(tried, best).rounds for tried in fits[telling]]))),
        holdout=found.holdout,
        part=found.part,
        log_odds=found.log_odds,
        probability=found.probability,
        recalibrated=found.recalibrated,
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
    return _Judge(part, tuned, replace(tuned, model=refitted))


@dataclass(frozen=True)
class _Predicted:
    """Predictions of rows that no model behind them has seen; as in Trial. part: of each row, by number."""

    holdout: NDArray[np.intp]
    part: NDArray[np.intp]
    log_odds: Floats
    probability: Floats
    recalibrated: Floats
    calibrator: Calibrator


def _forward(learner: Learner, rows: Rows, judges: Sequence[_Judge]) -> _Predicted:
    """Calibrated on the validation part for the judgement, for shipping on the holdouts where they suffice.

    The holdouts of a split by time are the latest that is known of how many succeed, and rates move.
    """
    helds = [np.flatnonzero(judge.part.holdout) for judge in judges]
    scores = [learner.predict(judge.model, rows.matrix[held]) for judge, held in zip(judges, helds, strict=True)]
    judged = [_validated(learner, rows, judge).apply(score) for judge, score in zip(judges, scores, strict=True)]
    held, log_odds = np.concatenate(helds), np.concatenate(scores)
    shipped, recalibrated = _shipped(learner, rows, judges[0], held, log_odds)
    part = np.repeat(np.arange(len(helds)), [len(found) for found in helds])
    return _Predicted(held, part, log_odds, np.concatenate(judged), recalibrated, shipped)


def _validated(learner: Learner, rows: Rows, judge: _Judge) -> Calibrator:
    """The calibrator that a part's validation rows give."""
    seen = judge.part.validation
    return fit(learner.predict(judge.tuned, rows.matrix[seen]), rows.label[seen], rows.weight[seen])


def _shipped(
    learner: Learner, rows: Rows, first: _Judge, held: NDArray[np.intp], log_odds: Floats
) -> tuple[Calibrator, Floats]:
    """The calibrator to ship, and probabilities of the held rows by ones like it that half of them made.

    Too few held rows are joined by the first part's validation rows, which lie before them all.
    """
    seen = np.flatnonzero(first.part.validation)
    if _rarer(rows.label[held]) >= _ENOUGH:
        seen = seen[:0]
    before = learner.predict(first.tuned, rows.matrix[seen]) if len(seen) else np.empty(0)
    scores, where = np.concatenate([before, log_odds]), np.concatenate([seen, held])
    recalibrated = np.empty(len(held))
    for half in (0, 1):
        mine = np.arange(len(held)) % 2 == half
        others = np.concatenate([np.ones(len(seen), bool), ~mine])
        calibrator = fit(scores[others], rows.label[where][others], rows.weight[where][others])
        recalibrated[mine] = calibrator.apply(log_odds[mine])
    return fit(scores, rows.label[where], rows.weight[where]), recalibrated


def _rarer(label: Floats) -> int:
    return int(min(label.sum(), len(label) - label.sum()))


def _folds(learner: Learner, rows: Rows, judges: Sequence[_Judge]) -> _Predicted:
    """Each fold predicted by the model, and calibrated on the predictions, of the others."""
    log_odds, probability = np.empty(len(rows)), np.empty(len(rows))
    fold = np.empty(len(rows), np.intp)
    for number, judge in enumerate(judges):
        held = judge.part.holdout
        log_odds[held], fold[held] = learner.predict(judge.model, rows.matrix[held]), number
    for number in range(len(judges)):
        others = fold != number
        calibrator = fit(log_odds[others], rows.label[others], rows.weight[others])
        probability[~others] = calibrator.apply(log_odds[~others])
    shipped = fit(log_odds, rows.label, rows.weight)
    return _Predicted(np.arange(len(rows)), fold, log_odds, probability, probability, shipped)
