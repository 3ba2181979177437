"""Search: settings found by trying many (Optuna's TPE, with hopeless ones cut short), and whether they may take over.

Settings are tried on the rows that tune the last part of the split; whatever is found must lose less than the usual
settings on the rows that the part holds out, later ones where the split is by time, by more than chance shows. Every
try is kept in the home: a search that was stopped goes on where it was. What the n-th try looks at depends on the seed,
on n and on what was found before alone: so many tries give the same settings, in one go or in several. A budget of time
gives as many tries as there is time for, which is not the same twice; their number is kept, and asked for gives the
same again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from models.calibrator import Floats
from training.data.splits import Part
from training.model import CANDIDATES, MOST_ROUNDS, Fitted, Learner, Rows, Settings
from training.recipe import gain_of

if TYPE_CHECKING:
    from optuna import Study, Trial

CHANCE = 1.645
"""Standard errors by which what was found must lose less (one-sided, 95%)."""

_EVERY = 50
"""Rounds after which a try is held against the others."""

_AWAKE = 8
"""Tries before any is cut short."""


@dataclass(frozen=True)
class Budget:
    """How long to search: until so many seconds have gone by, or so many tries are made in all, whichever comes first.

    clock: seconds, from any beginning.
    """

    seconds: float | None = None
    trials: int | None = None
    clock: Callable[[], float] = monotonic


@dataclass(frozen=True)
class Found:
    """What a search came to. settings: those that lost least where they were tuned, and loss beside that of the usual
    ones there. gain: by how much less they lose on rows held out (log loss a row), with its standard error. trials:
    made in all, of which so many were cut short (`pruned`).
    """

    settings: Settings
    loss: float
    usual_loss: float
    gain: float
    error: float
    trials: int
    pruned: int

    @property
    def takes_over(self) -> bool:
        """Whether they are better beyond chance."""
        return self.settings not in CANDIDATES and self.gain > CHANCE * self.error

    @property
    def candidates(self) -> tuple[Settings, ...]:
        """What training then tries: them alone where they take over, else the usual ones."""
        return (self.settings,) if self.takes_over else CANDIDATES

    @property
    def document(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self) | {"takes_over": self.takes_over}


@dataclass(frozen=True)
class Search:
    """folder: where tries are kept."""

    folder: Path
    budget: Budget

    def run(self, learner: Learner, rows: Rows, part: Part, step: Callable[[float], None] | None = None) -> Found:
        """Search on the part's rows, and judge what is found on those that it holds out."""
        study = self._study(learner, rows, part)
        begin, tell = self.budget.clock(), step or (lambda share: None)
        while not self._over(begin, made := _finished(study)):
            tell(self._share(begin, made))
            self._try(study, learner, rows, part, made)
        found, usual = (_lowest(learner, rows, part, tried) for tried in ((_settings(study.best_params),), CANDIDATES))
        gain, error = _gain(learner, rows, part, found, usual)
        pruned = sum(trial.state.name == "PRUNED" for trial in study.trials)
        return Found(found[0], found[1].loss, usual[1].loss, gain, error, _finished(study), pruned)

    def _study(self, learner: Learner, rows: Rows, part: Part) -> Study:
        """The tries so far on these very rows, or a new beginning: the usual settings come first."""
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(logging.WARNING)
        self.folder.mkdir(parents=True, exist_ok=True)
        storage = JournalStorage(JournalFileBackend(str(self.folder / "tries.log")))
        pruner = optuna.pruners.MedianPruner(_AWAKE, n_warmup_steps=2 * _EVERY, interval_steps=_EVERY)
        study = optuna.create_study(
            storage=storage, study_name=_name(learner, rows, part), load_if_exists=True, pruner=pruner
        )
        for settings in CANDIDATES:
            study.enqueue_trial(asdict(settings), skip_if_exists=True)
        return study

    def _try(self, study: Study, learner: Learner, rows: Rows, part: Part, number: int) -> None:
        import optuna

        study.sampler = optuna.samplers.TPESampler(seed=1_000 * learner.seed + number, n_startup_trials=_AWAKE)
        study.optimize(lambda trial: _tried(trial, learner, rows, part), n_trials=1)

    def _over(self, begin: float, made: int) -> bool:
        """At least the usual settings are tried, however short the budget."""
        if made < len(CANDIDATES):
            return False
        late = self.budget.seconds is not None and self.budget.clock() - begin >= self.budget.seconds
        return late or (self.budget.trials is not None and made >= self.budget.trials)

    def _share(self, begin: float, made: int) -> float:
        spent = 0.0 if not self.budget.seconds else (self.budget.clock() - begin) / self.budget.seconds
        return min(max(spent, made / self.budget.trials if self.budget.trials else 0.0), 1.0)


def _name(learner: Learner, rows: Rows, part: Part) -> str:
    """Names what is tried on what: another record, split or seed is another search."""
    digest = hashlib.sha256(repr((learner.names, learner.categories, learner.seed)).encode())
    for array in (rows.matrix, rows.label, rows.weight, part.train, part.validation):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:24]


def _finished(study: Study) -> int:
    return sum(trial.state.name in ("COMPLETE", "PRUNED") for trial in study.trials)


def _tried(trial: Trial, learner: Learner, rows: Rows, part: Part) -> float:
    """The validation loss of one try. Raises TrialPruned where it falls behind the others on the way."""
    from optuna import TrialPruned

    def watch(state: Any) -> None:
        if (state.iteration + 1) % _EVERY == 0:
            trial.report(float(state.evaluation_result_list[0][2]), state.iteration + 1)
            if trial.should_prune():
                raise TrialPruned

    settings = _settings({
        "num_leaves": trial.suggest_int("num_leaves", 2, 64, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 5, 400, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.1, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.3, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
    })  # fmt: skip
    train, validation = rows.where(part.train), rows.where(part.validation)
    return learner.fit(train, validation, [settings], watch)[0].loss


def _settings(values: dict[str, Any]) -> Settings:
    return Settings(**values)


def _lowest(learner: Learner, rows: Rows, part: Part, tried: tuple[Settings, ...]) -> tuple[Settings, Fitted]:
    fits = learner.fit(rows.where(part.train), rows.where(part.validation), tried)
    best = min(range(len(fits)), key=lambda number: fits[number].loss)
    return tried[best], fits[best]


def _gain(
    learner: Learner, rows: Rows, part: Part, found: tuple[Settings, Fitted], usual: tuple[Settings, Fitted]
) -> tuple[float, float]:
    """By how much less the found settings lose than the usual ones on the rows held out, and its standard error; both
    refitted on all that was known, with the rounds that were right where they were tuned.
    """
    known, held = rows.where(part.known), np.flatnonzero(part.holdout)
    data = learner.data(known)

    def said(settings: Settings, fitted: Fitted) -> Floats:
        model = learner.grow(known, data, settings, min(fitted.rounds, MOST_ROUNDS))
        return learner.log_odds(model, rows.matrix[held])

    customer = held if rows.customer is None else rows.customer[held]
    weight = rows.where(part.holdout).fair
    return gain_of(said(*found), said(*usual), rows.label[held], weight, customer)
