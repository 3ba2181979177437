"""The trial: how well a way of modelling does on rows it has not seen, before it learns from all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.calibration import Calibrator, Floats, fit
from training.model import CANDIDATES, Fitted, Learner, Rows, Settings
from training.splits import Part

_SMALL = 20_000
"""Up to so many rows settings are compared on every fold, above on the first only."""

_ENOUGH = 100
"""Cases of the rarer class with which the holdout alone tells what scores mean today."""


@dataclass(frozen=True)
class Trial:
    """What a trial found.

    settings, rounds: the best by validation loss; rounds are the mean over folds. share: of the rows, how many each
    tuned model learned from. losses: validation loss of each candidate.
    holdout: positions of the judged rows. log_odds and probability: their predictions, from calibrators that saw none
    of them and models refitted, like the shipped one, on all the others. recalibrated: the same scores through
    calibrators made like the shipped one, from the other half of them. calibrator: the one to ship.
    """

    settings: Settings
    rounds: int
    share: float
    holdout: NDArray[np.intp]
    log_odds: Floats
    probability: Floats
    recalibrated: Floats
    calibrator: Calibrator
    losses: tuple[float, ...]

    def final_rounds(self) -> int:
        """Rounds for all rows: more rows bear more rounds, by less than their share."""
        return _more_rounds(self.rounds, self.share)


def _more_rounds(rounds: int, share: float) -> int:
    """Rounds for all of the rows of which a share bore so many: more, by the root of the growth, at most half more."""
    return max(1, round(rounds * min(float((1 / share) ** 0.5), 1.5)))


def trial(
    learner: Learner, rows: Rows, parts: Sequence[Part],
    candidates: Sequence[Settings] = CANDIDATES, progress: Callable[[float], None] | None = None,
) -> Trial:  # fmt: skip
    """Choose settings on the validation parts, then predict every holdout."""
    compared = parts if len(rows) <= _SMALL else parts[:1]
    fits: list[list[Fitted]] = []
    for number, part in enumerate(parts):
        tried = candidates if number < len(compared) else [candidates[_best(fits)]]
        fits.append(learner.fit(rows.where(part.train), rows.where(part.validation), tried))
        if progress is not None:
            progress((number + 1) / len(parts))
    best = _best(fits[: len(compared)])
    chosen = [tried[best if len(tried) > 1 else 0] for tried in fits]
    losses = tuple(np.mean([[fitted.loss for fitted in tried] for tried in fits[: len(compared)]], axis=0).tolist())
    share = float(np.mean([part.train.mean() for part in parts]))
    judges = [
        _refitted(learner, rows, part, candidates[best], fitted) for part, fitted in zip(parts, chosen, strict=True)
    ]
    if len(parts) == 1:
        found = _one(learner, rows, parts[0], chosen[0], judges[0])
    else:
        found = _folds(learner, rows, parts, judges)
    rounds = round(float(np.mean([fitted.rounds for fitted in chosen])))
    return Trial(
        settings=candidates[best],
        rounds=rounds,
        share=share,
        holdout=found.holdout,
        log_odds=found.log_odds,
        probability=found.probability,
        recalibrated=found.recalibrated,
        calibrator=found.calibrator,
        losses=losses,
    )


def _refitted(learner: Learner, rows: Rows, part: Part, settings: Settings, fitted: Fitted) -> Fitted:
    """The tuned model learned again from validation rows too: what is judged should know what was known by then."""
    known = part.train | part.validation
    rounds = _more_rounds(fitted.rounds, float(part.train.sum() / known.sum()))
    return Fitted(learner.refit(rows.where(known), settings, rounds), rounds, fitted.loss)


def _best(fits: Sequence[Sequence[Fitted]]) -> int:
    """The candidate with the least mean loss among those that every fit tried."""
    compared = [[fitted.loss for fitted in tried] for tried in fits if len(tried) == len(fits[0])]
    return int(np.argmin(np.mean(compared, axis=0)))


@dataclass(frozen=True)
class _Predicted:
    """Predictions of rows that no model behind them has seen; as in Trial."""

    holdout: NDArray[np.intp]
    log_odds: Floats
    probability: Floats
    recalibrated: Floats
    calibrator: Calibrator


def _one(learner: Learner, rows: Rows, part: Part, fitted: Fitted, judge: Fitted) -> _Predicted:
    """Calibrated on the validation part for the judgement, for shipping on the holdout where that suffices.

    The holdout of a split by time is the latest that is known of how many succeed, and rates move.
    """
    seen, held = np.flatnonzero(part.validation), np.flatnonzero(part.holdout)
    log_odds = learner.predict(judge, rows.matrix[held])
    before = learner.predict(fitted, rows.matrix[seen])
    judged = fit(before, rows.label[seen], rows.weight[seen])
    if _rarer(rows.label[held]) >= _ENOUGH:
        before, seen = before[:0], seen[:0]
    scores, where = np.concatenate([before, log_odds]), np.concatenate([seen, held])
    recalibrated = np.empty(len(held))
    for half in (0, 1):
        mine = np.arange(len(held)) % 2 == half
        others = np.concatenate([np.ones(len(seen), bool), ~mine])
        calibrator = fit(scores[others], rows.label[where][others], rows.weight[where][others])
        recalibrated[mine] = calibrator.apply(log_odds[mine])
    shipped = fit(scores, rows.label[where], rows.weight[where])
    return _Predicted(held, log_odds, judged.apply(log_odds), recalibrated, shipped)


def _rarer(label: Floats) -> int:
    return int(min(label.sum(), len(label) - label.sum()))


def _folds(learner: Learner, rows: Rows, parts: Sequence[Part], judges: Sequence[Fitted]) -> _Predicted:
    """Each fold predicted by the model, and calibrated on the predictions, of the others."""
    log_odds, probability = np.empty(len(rows)), np.empty(len(rows))
    for part, judge in zip(parts, judges, strict=True):
        log_odds[part.holdout] = learner.predict(judge, rows.matrix[part.holdout])
    for part in parts:
        others = ~part.holdout
        calibrator = fit(log_odds[others], rows.label[others], rows.weight[others])
        probability[part.holdout] = calibrator.apply(log_odds[part.holdout])
    shipped = fit(log_odds, rows.label, rows.weight)
    return _Predicted(np.arange(len(rows)), log_odds, probability, probability, shipped)
