"""Values of policies estimated from what the product logged, against people whose answers are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from features.configuration import Configuration, load
from leads.catalogue import Catalogue
from leads.evidence import Evidence, Response
from monitoring.offpolicy.estimators import Evaluation, evaluate
from monitoring.offpolicy.ledger import distribution, log_of
from serving.decisions.deciding import Made, Request, make
from simulator.chances import People, people
from tests.serving.small_home import write_workspace

NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)
LIKING, PULL = (0.0, 0.0, -0.7), (0.9, -0.9, 0.0)
SEEDS, ROWS, POPULATION = 40, 400, 8_000
LOGS, LONG = 60, 400
"""Logs, and decisions of each, on which intervals must hold what they promise."""
FIRST: dict[str, Any] = {"objective": "conversion", "scene": "first"}
ACTIONS: dict[str, Any] = {
    "call_young": FIRST | {"channel": "call", "value": 300, "cost": 5},
    "call_old": FIRST | {"channel": "call", "value": 290, "cost": 5},
    "text": FIRST | {"channel": "sms", "value": 260, "cost": 0.1},
}
EVIDENCE = Evidence({name: Response(30, 6.0, 6) for name in ACTIONS})


@dataclass(frozen=True)
class Policies:
    """The one that logged, and the ones to be valued."""

    logging: Configuration
    targets: dict[str, Catalogue]


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Policies:
    """Logged with half of the decisions drawn; the targets draw less, and want other actions."""
    folder: Path = tmp_path_factory.mktemp("truth") / "workspace"
    write_workspace(folder)
    document = yaml.safe_load((folder / "actions.yaml").read_text("utf-8"))
    document |= {"actions": ACTIONS, "learning": {"exploration": 0.5, "prior": 5}}
    (folder / "actions.yaml").write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")
    logging = load(folder)
    usual = replace(logging.catalogue, learning=replace(logging.catalogue.learning, exploration=0.1))
    levers = {name: {"action": {action: 1.3}} for name, action in (("texts", "text"), ("calls the old", "call_old"))}
    return Policies(logging, {name: replace(usual, levers=pulled) for name, pulled in levers.items()})


@dataclass(frozen=True)
class Case:
    """A log of the product's own, and a policy to be valued on it."""

    logging: Configuration
    target: Catalogue


def changed(policies: Policies, **learning: Any) -> Configuration:
    """The logging configuration with another way to learn, and a control group of a fifth."""
    usual = policies.logging.catalogue
    catalogue = replace(usual, learning=replace(usual.learning, **learning), control_share=0.2)
    return replace(policies.logging, catalogue=catalogue)


def case(policies: Policies, name: str) -> Case:
    """ramp: a log of a policy of which one action is offered to a part of the customers yet. deleted: a policy that no
    longer has any of the actions that were logged, so that it does nothing.
    """
    if name == "ramp":
        logging = changed(policies, exploration=0.2, new=("call_young",), ramp_from=0.3, ramp_trials=1_000_000)
        return Case(logging, logging.catalogue)
    logging = changed(policies, exploration=0.05)
    return Case(logging, replace(logging.catalogue, actions=()))


def frame_of(configuration: Configuration, those: People) -> pl.DataFrame:
    """What the decision side sees of them."""
    schema = {"customer_id": pl.String()} | configuration.layout.schema
    schema |= dict.fromkeys(configuration.score_columns, pl.Float64())
    told = {"age": those.age, "score_conversion": those.score, "consent_call": True, "consent_sms": True}
    return pl.DataFrame(
        [pl.Series(name, np.broadcast_to(told[name], len(those.age)) if name in told else [None] * len(those.age), kind)
         for name, kind in schema.items()]
    )  # fmt: skip


def worth(configuration: Configuration, success: np.ndarray) -> np.ndarray:
    """Rewards of actions (…, A), given whether or how likely each succeeds."""
    actions = configuration.catalogue.actions
    return success * np.array([a.value.number for a in actions]) - np.array([a.cost.fixed for a in actions])


def truth(policies: Policies, target: Catalogue) -> float:
    """What the target really brings in per decision."""
    everyone = people(POPULATION, LIKING, PULL, np.random.default_rng(0))
    likely, _ = distribution(target, EVIDENCE, frame_of(policies.logging, everyone), NOW)
    return float((likely * worth(policies.logging, everyone.chance)).sum(axis=1).mean())


def estimated(policies: Policies, target: Catalogue, seed: int) -> Evaluation:
    """The target's value from a log of the product's own decisions."""
    rng = np.random.default_rng(seed + 1)
    those = people(ROWS, LIKING, PULL, rng)
    frame = frame_of(policies.logging, those)
    ids = [f"p{seed}-{row}" for row in range(ROWS)]
    made = make(policies.logging, EVIDENCE, frame, ids, Request("next-action"), NOW)
    taken = np.array([order[0] for order in made.order])
    logged = np.array([choice.probability for choice in made.choices])
    success = np.zeros_like(those.chance)
    success[np.arange(ROWS), taken] = those.answer(taken, rng)
    reward = worth(policies.logging, success)[np.arange(ROWS), taken]
    return evaluate(log_of(reward, logged, taken, *distribution(target, EVIDENCE, frame, NOW)))


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


def brought_in(made: Made, those: People, rng: np.random.Generator, configuration: Configuration) -> np.ndarray:
    """What came of what was done for each; nothing of doing nothing."""
    taken = np.array([order[0] if order else -1 for order in made.order])
    success = np.zeros_like(those.chance)
    some = np.flatnonzero(taken >= 0)
    success[some, taken[some]] = those.answer(np.maximum(taken, 0), rng)[some]
    return np.where(taken >= 0, worth(configuration, success)[np.arange(len(taken)), np.maximum(taken, 0)], 0.0)


def logged_by(case: Case, seed: int) -> Evaluation:
    """The target's value from a log of the product's own decisions, its control group among them."""
    rng = np.random.default_rng(1_000 + seed)
    those = people(LONG, LIKING, PULL, rng)
    frame = frame_of(case.logging, those)
    ids = [f"q{seed}-{row}" for row in range(LONG)]
    made = make(case.logging, EVIDENCE, frame, ids, Request("next-action"), NOW)
    reward = brought_in(made, those, rng, case.logging)
    names = [action.name for action in case.target.actions]
    own = [action.name for action in case.logging.catalogue.actions]
    done = [own[order[0]] if order else None for order in made.order]
    taken = np.array([len(names) if name is None else names.index(name) if name in names else len(names) + 1
                      for name in done])  # fmt: skip
    probability, predicted = np.zeros((LONG, len(names) + 2)), np.zeros((LONG, len(names) + 2))
    probability[:, : len(names)], predicted[:, : len(names)] = distribution(case.target, EVIDENCE, frame, NOW)
    probability[:, len(names)] = 1 - probability.sum(axis=1)
    return evaluate(
        log_of(reward, np.array([made.marginal(row) for row in range(LONG)]), taken, probability, predicted)
    )


def value_of(case: Case) -> float:
    everyone = people(POPULATION, LIKING, PULL, np.random.default_rng(0))
    if not case.target.actions:
        return 0.0
    likely, _ = distribution(case.target, EVIDENCE, frame_of(case.logging, everyone), NOW)
    return float((likely * worth(case.logging, everyone.chance)).sum(axis=1).mean())


@pytest.mark.parametrize("name", ["ramp", "deleted"])
def test_intervals_cover_the_truth_as_often_as_they_promise(policies: Policies, name: str) -> None:
    those = case(policies, name)
    value = value_of(those)
    found = [logged_by(those, seed) for seed in range(LOGS)]
    assert np.mean([evaluation.mean_weight for evaluation in found]) == pytest.approx(1, abs=0.03)
    assert sum(bool(evaluation.doubts) for evaluation in found) <= LOGS // 20
    for estimator in ("ips", "snips", "dr"):
        told = [estimate for evaluation in found if (estimate := getattr(evaluation, estimator)) is not None]
        covered = np.mean([estimate.low - 1e-9 <= value <= estimate.high + 1e-9 for estimate in told])
        assert covered >= 0.9, estimator
