"""Values of policies estimated from what the product logged, against people whose answers are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from features.configuration import Configuration
from leads.actions.catalogue import Catalogue
from monitoring.offpolicy.distribution import aligned, distribution, logging
from monitoring.offpolicy.estimators import Evaluation, evaluate
from monitoring.offpolicy.ledger import log_of
from serving.decisions.batch import Request, decide
from simulator.chances import people
from tests.monitoring.known_policies import (
    LIKING,
    LITTLE,
    NOW,
    PULL,
    changed,
    configuration_in,
    preferring,
    sheet_of,
    worth,
)

SEEDS, ROWS, POPULATION = 40, 600, 8_000


@dataclass(frozen=True)
class Policies:
    """The one that logged, and the ones to be valued."""

    logging: Configuration
    targets: dict[str, Catalogue]


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Policies:
    """Logged with half of the decisions drawn; the targets draw less, and want other actions."""
    own = configuration_in(tmp_path_factory.mktemp("truth") / "workspace")
    wanted = {"texts": "text", "calls the old": "call_old"}
    return Policies(own, {name: preferring(own.catalogue, action, 0.1) for name, action in wanted.items()})


def truth(policies: Policies, target: Catalogue) -> float:
    """What the target really brings in per decision."""
    everyone = people(POPULATION, LIKING, PULL, np.random.default_rng(0))
    likely, _ = distribution(target, LITTLE, sheet_of(policies.logging, everyone), NOW)
    return float((likely * worth(policies.logging, everyone.chance)).sum(axis=1).mean())


def estimated(policies: Policies, target: Catalogue, seed: int) -> Evaluation:
    """The target's value from a log of the product's own decisions."""
    rng = np.random.default_rng(seed + 1)
    those = people(ROWS, LIKING, PULL, rng)
    sheet = sheet_of(policies.logging, those)
    ids = [f"p{seed}-{row}" for row in range(ROWS)]
    made = decide(policies.logging, LITTLE, sheet, ids, Request("next-action"), NOW)
    taken = np.array([order[0] for order in made.order])
    logged = np.array([choice.probability for choice in made.choices])
    success = np.zeros_like(those.chance)
    success[np.arange(ROWS), taken] = those.answer(taken, rng)
    reward = worth(policies.logging, success)[np.arange(ROWS), taken]
    probability, predicted = distribution(target, LITTLE, sheet, NOW)
    could = logging(policies.logging, LITTLE, sheet, NOW)
    return evaluate(log_of(reward, logged, taken, probability, predicted, could))


@pytest.mark.parametrize("name", ["texts", "calls the old"])
def test_what_a_policy_would_bring_in_is_told_by_the_log_of_another(policies: Policies, name: str) -> None:
    target = policies.targets[name]
    value = truth(policies, target)
    found = [estimated(policies, target, seed) for seed in range(SEEDS)]
    for estimator in ("ips", "snips", "dr"):
        estimates = [getattr(evaluation, estimator) for evaluation in found]
        covered = np.mean([estimate.covers(value) for estimate in estimates])
        error = np.std([estimate.value for estimate in estimates]) / np.sqrt(SEEDS)
        assert covered >= 0.9, estimator
        assert np.mean([estimate.value for estimate in estimates]) == pytest.approx(value, abs=3 * error), estimator
    assert np.mean([evaluation.mean_weight for evaluation in found]) == pytest.approx(1, abs=0.05)
    own = [evaluation.logged.value for evaluation in found]
    if name == "texts":
        # It brings in less than what was logged, by more than chance: the log's own value would be a wrong answer.
        assert abs(np.mean(own) - value) > 4 * np.std(own) / np.sqrt(SEEDS)


@pytest.mark.parametrize("learning", [{"exploration": 0.05}, {"exploration": 0.2, "new": ("call_young",)}])
def test_what_could_have_been_logged_is_worked_out_again_as_it_was_logged(
    policies: Policies, learning: dict[str, object]
) -> None:
    """Over control group, ramps and exploration, for whatever was done; so that it tells what to expect of a log."""
    own = changed(policies.logging, **learning)
    those = people(ROWS, LIKING, PULL, np.random.default_rng(1))
    sheet = sheet_of(own, those)
    made = decide(own, LITTLE, sheet, [f"q{row}" for row in range(ROWS)], Request("next-action"), NOW)
    names = [action.name for action in own.catalogue.actions]
    could = aligned(logging(own, LITTLE, sheet, NOW), names, names)
    taken = [order[0] if order else len(names) for order in made.order]
    assert len(set(taken)) == len(names) + 1
    said = made.marginal()
    np.testing.assert_allclose(could[np.arange(ROWS), taken], said, rtol=1e-9)
    np.testing.assert_allclose(could.sum(axis=1), 1, atol=1e-9)
