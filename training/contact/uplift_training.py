"""What contact is worth: learned from earlier trials, judged on later ones, and used where it proves itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.home import Home
from leads.actions.valuation import UPLIFT
from models.effects import EffectInputs, Effects
from models.encoding import Encoding
from models.fatigue_effect import Toll
from models.uplift import Effect, Even, Trees, UpliftModel
from training.contact.fatigue_training import learn as learn_toll
from training.contact.found import NOTHING, Found, Later, found, level
from training.contact.hints import Hint, hinted
from training.contact.looks import next_look
from training.contact.response_surrogate import Answering
from training.contact.scores import Scores
from training.contact.trials import Tried, Until
from training.contact.uplift import Trials, even, fit, measure
from training.contact.verdict import Asked, Counts, Verdict, few, judged, waits
from training.data.dataset import Record


@dataclass(frozen=True)
class Benefit:
    """What contact changes for an objective. effects: those that are used, None for none. verdicts: by treatment; none
    where the objective does not ask. toll: what contact takes, None where that is not asked. hints: at the effects of
    each that are not used; their log-odds are those beyond what the catalogue declares.
    """

    effects: Effects | None
    verdicts: Mapping[str, Verdict]
    toll: Toll | None = None
    hints: Effects | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The verdicts as JSON has them."""
        return {name: verdict.document for name, verdict in self.verdicts.items()}


@dataclass(frozen=True)
class _Asked:
    """An objective's trials, and what their matrices mean."""

    tried: Tried
    encoding: Encoding
    telling: EffectInputs
    trials: Trials

    def counts(self, name: str, rows: NDArray[np.bool_]) -> Counts:
        given, label = self.trials.waiting[name].treated[rows], self.trials.label[rows]
        return Counts(len(given), round(float(given.sum())), int(label.sum()))


class Benefits:
    """Of a home's objectives, from its record up to a time. What several of them rest on is learned once."""

    def __init__(
        self, home: Home, until: datetime | None = None, seed: int = 7, threads: int = 2, most: int | None = None
    ) -> None:
        """most: trials of an objective that are looked at; fewer are quicker and tell less."""
        self._home = home
        self._until = until
        self._seed = seed
        self._threads = threads
        self._most = most
        self._read: dict[str, _Asked] = {}
        self._models: dict[tuple[str, Until | None, int | None], UpliftModel] = {}
        self._told: dict[tuple[str, str], Scores] = {}
        self._judged: dict[str, dict[str, Verdict]] = {}

    def of(self, objective: str) -> Benefit:
        """Learn what contact changes for this objective; effects that do not prove themselves are left out."""
        goal = self._home.configuration.objective(objective)
        toll = None if goal.toll is None else learn_toll(self._record, goal, goal.toll, self._seed, self._threads)
        if goal.uplift is None:
            return Benefit(None, {}, toll)
        verdicts = self._verdicts(objective)
        used = {name: verdict for name, verdict in verdicts.items() if verdict.used}
        hints = {name: verdict for name, verdict in verdicts.items() if verdict.hint is not None}
        return Benefit(
            self._kept(objective, used) if used else None, verdicts, toll,
            self._guessed(objective, hints) if hints else None,
        )  # fmt: skip

    def _verdicts(self, objective: str) -> dict[str, Verdict]:
        if objective not in self._judged:
            self._judged[objective] = self._judge(objective)
        return self._judged[objective]

    def _judge(self, objective: str) -> dict[str, Verdict]:
        asked = self._asked(objective)
        until = asked.tried.until
        earlier, later = asked.tried.earlier(until), asked.tried.later(until)
        counts = {name: (asked.counts(name, earlier), asked.counts(name, later)) for name in asked.trials.waiting}
        names = [name for name in counts if self._enough(objective, name, until) and counts[name][1].tell]
        questions = {name: self._question(objective, name) for name in names}
        asking = [name for name, question in questions.items() if question is not None]
        results = self._found(objective, asking, until) if asking else {}
        return {name: self._verdict(objective, name, *pair, questions, results) for name, pair in counts.items()}

    def _verdict(
        self, objective: str, name: str, earlier: Counts, later: Counts,
        questions: Mapping[str, Asked | None], results: Mapping[str, Found],
    ) -> Verdict:  # fmt: skip
        like = self._asked(objective).tried.uplift.like
        if name not in questions:
            return few(earlier, later, like)
        question = questions[name]
        verdict = (
            waits(earlier, later, str(like))
            if question is None
            else judged(earlier, later, results[name], question)
        )  # fmt: skip
        hint = self._hint(objective, name, verdict)
        return verdict if hint is None else verdict.with_hint(hint)

    def _hint(self, objective: str, name: str, verdict: Verdict) -> Hint | None:
        """By the later trials whom contact moves more, and by all of them how much it does on average; what is like
        another objective takes over that one's. None where the effect of each is proven, and where nobody asks.
        """
        asked, declared = self._asked(objective), self._declared
        if declared is None or verdict.form == "each":
            return None
        if asked.tried.uplift.like is not None:
            return self._verdicts(asked.tried.uplift.like)[name].hint
        average = level(self._scores(objective, name), asked.trials.weight, asked.tried.customers)
        return hinted(NOTHING if verdict.found is None else verdict.found.slope, average, declared)

    @property
    def _declared(self) -> float | None:
        """What contact is taken to change until its effect is proven; None where that is not each customer's own."""
        catalogue = self._home.configuration.catalogue
        asks = catalogue.valuation.value_by == UPLIFT and catalogue.valuation.unproven.hints
        return catalogue.valuation.unproven.log_odds if asks else None

    def _question(self, objective: str, name: str) -> Asked | None:
        """What is asked of the later trials; None where what the objective is `like` is not proven."""
        goal = self._home.configuration.objective(objective)
        if self._asked(objective).tried.uplift.like is None:
            return next_look(self._home, goal, name)
        shown = self._shown_elsewhere(objective, name)
        return None if shown is None else replace(next_look(self._home, goal, name), shown=shown)

    def _shown_elsewhere(self, objective: str, name: str) -> str | None:
        """In which form the outcomes that this objective is `like` have proven the effect of a treatment."""
        like = self._asked(objective).tried.uplift.like
        verdict = None if like is None else self._verdicts(like).get(name)
        return None if verdict is None else verdict.form

    def _enough(self, objective: str, name: str, until: Until | None) -> bool:
        """Whether there are trials to learn from, and such of those that tell whom contact moves."""
        asked = self._asked(objective)
        like = asked.tried.uplift.like
        if like is not None and not self._enough(like, name, until):
            return False
        return name in asked.trials.waiting and asked.counts(name, asked.tried.earlier(until)).tell

    def _found(self, objective: str, names: list[str], until: Until) -> dict[str, Found]:
        """On the later trials of each half, of what the other half's earlier ones have taught."""
        asked = self._asked(objective)
        later = asked.tried.later(until)
        said = {name: np.zeros(len(later)) for name in names}
        for half in (0, 1):
            rows = later & (asked.trials.half == half)
            trials, model = asked.trials.where(rows), self._model(objective, until, 1 - half)
            for name, effect in model.predict(trials.matrix, trials.telling, self._threads).items():
                said.get(name, np.zeros(len(later)))[rows] = effect
        weight, number = asked.trials.weight[later], asked.tried.customers[later]
        return {
            name: found(
                Later(self._scores(objective, name).where(later), said[name][later], weight, number), self._seed
            )
            for name in names
        }

    def _scores(self, objective: str, name: str) -> Scores:
        if (objective, name) not in self._told:
            asked = self._asked(objective)
            places = asked.encoding.category_positions
            self._told[objective, name] = asked.trials.scores(name, places, self._seed, self._threads)
        return self._told[objective, name]

    def _model(self, objective: str, until: Until | None, half: int | None = None) -> UpliftModel:
        """Learned from the trials that were settled by then, or from all; of one half of the customers, or of all."""
        if (objective, until, half) not in self._models:
            self._models[objective, until, half] = self._learned(objective, until, half)
        return self._models[objective, until, half]

    def _learned(self, objective: str, until: Until | None, half: int | None) -> UpliftModel:
        asked = self._asked(objective)
        names = [name for name in asked.trials.waiting if self._enough(objective, name, until)]
        rows = asked.tried.earlier(until) & (True if half is None else asked.trials.half == half)
        trials = asked.trials.where(rows)
        scores = {name: self._scores(objective, name).where(rows) for name in names}
        places, like = asked.encoding.category_positions, asked.tried.uplift.like
        if like is None:
            tags = asked.telling.encoding.category_positions
            return fit(trials, scores, places, tags, self._seed, self._threads)
        source = self._model(like, until, half).effects
        known = {name: effect for name, effect in source.items() if isinstance(effect, Answering)}
        return measure(trials, scores, places, known, self._seed, self._threads)[0]

    def _kept(self, objective: str, used: Mapping[str, Verdict]) -> Effects:
        """Learned from all trials, as it is served."""
        asked, model = self._asked(objective), self._model(objective, None)
        effects = {
            name: self._even(objective, name) if verdict.form == "even" else self._condensed(asked, model.effects[name])
            for name, verdict in used.items()
        }
        return Effects(objective, asked.encoding, asked.telling, replace(model, effects=effects))

    def _guessed(self, objective: str, hints: Mapping[str, Verdict]) -> Effects:
        """Of the objective itself or of the one that it is like: learned from all trials, as they are served."""
        source = self._asked(objective).tried.uplift.like or objective
        asked, model = self._asked(source), self._model(source, None)
        effects = {name: self._hinted(source, name, verdict) for name, verdict in hints.items()}
        return Effects(objective, asked.encoding, asked.telling, replace(model, effects=effects))

    def _hinted(self, source: str, name: str, verdict: Verdict) -> Effect:
        """Beyond what is declared for all or, where an average is proven, beyond that."""
        asked, hint = self._asked(source), verdict.hint
        shift = 0.0 if hint is None or verdict.used else hint.level - (self._declared or 0.0)
        effect = self._model(source, None).effects[name]
        if hint is None or hint.slope == 0.0 or not isinstance(effect, Answering | Trees):
            return Even(shift)
        known = asked.trials.weight * self._scores(source, name).leverage
        centre = float(known @ effect.log_odds(asked.trials.telling)) / float(known.sum())
        return self._condensed(asked, effect.measured(hint.slope, shift - hint.slope * centre))

    def _even(self, objective: str, name: str) -> Even:
        asked = self._asked(objective)
        like = asked.tried.uplift.like
        return even(
            self._scores(objective, name), asked.trials.weight, None if like is None else self._even(like, name)
        )

    def _condensed(self, asked: _Asked, effect: Effect) -> Effect:
        if not isinstance(effect, Answering):
            return effect
        return effect.condensed(asked.trials.telling, asked.telling.encoding.category_positions, self._seed)

    def _asked(self, objective: str) -> _Asked:
        if objective not in self._read:
            goal = self._home.configuration.objective(objective)
            tried = Tried.of(self._record, goal, self._seed, self._most)
            like = tried.uplift.like
            telling = tried.telling if like is None else self._asked(like).telling
            self._read[objective] = _Asked(tried, tried.encoding, telling, tried.trials(tried.encoding, telling))
        return self._read[objective]

    @cached_property
    def _record(self) -> Record:
        return Record.of(self._home, self._until)
