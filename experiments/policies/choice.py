"""Policies by name, as they stand at the opening of a branch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from experiments.levers import Levers, pulled
from experiments.policies.ablations import Shuffled, by_propensity, unaided
from experiments.policies.models import Learned
from experiments.policies.observed import Observed
from experiments.policies.product import ByProduct, ScoreOnly
from experiments.policies.schools import served
from experiments.policies.scores import Scores
from simulator.loop import Opening, Policy
from simulator.loop.baselines import Blast, Fifo, Nobody
from simulator.loop.reference import Reference

PLAIN: Mapping[str, Callable[[], Policy]] = {"nobody": Nobody, "fifo": Fifo, "blast": Blast, "reference": Reference}
"""Those that learn from nobody."""

NBA, RANDOM, SERVED, WITH_LEVERS = "nba", "random", "served", "nba+levers"
TAUGHT = ("static", "propensity", "static-all", "propensity-all", RANDOM, "unproven", "unaided", NBA)
ALIASES = {"oracle": "reference"}


def generation_of(name: str) -> int:
    """Of the models of a served policy, 0 for any other.

    >>> generation_of("served"), generation_of("served-3"), generation_of("nba")
    (1, 3, 0)
    """
    kind, _, number = name.partition("-")
    if kind != SERVED or (number and not number.isdecimal()):
        return 0
    return int(number or 1)


def same_as(name: str, learned: Learned) -> str:
    """The policy that this one is by construction: where no effect has proven itself, there is none to be left out, nor
    one beside which what people wrote counts.
    """
    told = {"unproven": learned.effects or learned.hints, "unaided": learned.effects}
    return NBA if not told.get(name, True) else name


def policy(name: str, start: Opening, learned: Learned | None, levers: Levers, seed: int) -> Policy:
    """A policy at the opening of a branch; it sees the branch's records, never the branch. seed: of what it draws."""
    if name in PLAIN or learned is None:
        return PLAIN[name]()
    if generation_of(name):
        return served(start, learned)
    size, catalogue = len(start.insurer.market.people), learned.configuration.catalogue
    observed = Observed(learned.configuration, start.history, size)
    if name.startswith(("static", "propensity")):
        scoring = learned.static() if name.startswith("static") else learned.full()
        scores = Scores(scoring, learned.score_columns, size)
        if name.endswith("-all"):
            return ByProduct(observed, scores, by_propensity(catalogue))
        return ScoreOnly(observed, scores, catalogue)
    added = learned.toll_columns if name == "unproven" else learned.effect_columns
    scores = Scores(learned.with_effects(), learned.score_columns + added, size)
    if name == RANDOM:
        return Shuffled(observed, scores, catalogue, np.random.default_rng([seed, 2]))
    if name == "unaided":
        return ByProduct(observed, scores, unaided(catalogue))
    return ByProduct(observed, scores, pulled(catalogue, levers) if name == WITH_LEVERS else catalogue)
