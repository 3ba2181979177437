"""Policies of the product's own, and people whose answers to their actions are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from features.configuration import Configuration, load
from leads.actions.catalogue import Catalogue
from leads.actions.experiments import Experiments
from leads.arbitration.evidence import Evidence, Response
from leads.sheet.sheet import Sheet
from monitoring.offpolicy.distribution import aligned, distribution, logging
from monitoring.offpolicy.ledger import log_of
from monitoring.offpolicy.log import Log
from simulator.chances import People, people
from tests.serving.small_home import write_workspace

NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)
LIKING, PULL = (0.0, 0.0, -0.7), (0.9, -0.9, 0.0)
UNASKED = 0.05
"""How many bring in something, worth UNASKED_VALUE, of whom nobody asked for it."""
UNASKED_VALUE = 280.0
FIRST: dict[str, Any] = {"objective": "conversion", "scene": "first"}
ACTIONS: dict[str, Any] = {
    "call_young": FIRST | {"channel": "call", "value": 300, "cost": 5},
    "call_old": FIRST | {"channel": "call", "value": 290, "cost": 5},
    "text": FIRST | {"channel": "sms", "value": 260, "cost": 0.1},
}
LITTLE = Evidence({name: Response(30, 6.0, 6) for name in ACTIONS})
MUCH = Evidence({name: Response(30_000, 6_000.0, 6_000) for name in ACTIONS})
"""By which Thompson sampling draws what is worth most and nothing else."""


def configuration_in(folder: Path, **learning: Any) -> Configuration:
    write_workspace(folder)
    document = yaml.safe_load((folder / "actions.yaml").read_text("utf-8"))
    document |= {"actions": ACTIONS, "learning": {"exploration": 0.5, "prior": 5} | learning}
    (folder / "actions.yaml").write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")
    return load(folder)


def changed(configuration: Configuration, control_share: float = 0.2, **learning: Any) -> Configuration:
    """With another way to learn, and a control group."""
    usual = configuration.catalogue
    declared = Experiments(control_share, replace(usual.experiments.learning, **learning), usual.experiments.arms)
    catalogue = replace(usual, experiments=declared)
    return replace(configuration, catalogue=catalogue)


def preferring(catalogue: Catalogue, action: str, exploration: float) -> Catalogue:
    """What pulls an action up and draws so often."""
    learning = replace(catalogue.experiments.learning, exploration=exploration)
    valuation = replace(catalogue.valuation, levers={"action": {action: 1.3}})
    return replace(catalogue, experiments=replace(catalogue.experiments, learning=learning), valuation=valuation)


def sheet_of(configuration: Configuration, those: People) -> Sheet:
    """What the decision side sees of them."""
    schema = dict(configuration.layout.schema)
    schema |= dict.fromkeys(configuration.score_columns, pl.Float64())
    told = {"age": those.age, "score_conversion": those.score, "consent_call": True, "consent_sms": True}
    frame = pl.DataFrame(
        [pl.Series(name, np.broadcast_to(told[name], len(those.age)) if name in told else [None] * len(those.age), kind)
         for name, kind in schema.items()]
    )  # fmt: skip
    return Sheet.of(frame)


def worth(configuration: Configuration, success: np.ndarray) -> np.ndarray:
    """Rewards of actions (…, A), given whether or how likely each succeeds."""
    actions = configuration.catalogue.actions
    return success * np.array([a.value.number for a in actions]) - np.array([a.cost.fixed for a in actions])


@dataclass(frozen=True)
class World:
    """People, the policy that logs, and one to be valued. logged, target: (n, K) with which probability either takes
    each action of the logging policy, of which the last but one is nothing; value: what the target brings in.
    """

    configuration: Configuration
    those: People
    logged: np.ndarray
    target: np.ndarray
    predicted: np.ndarray

    @property
    def rewards(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n, K) chance of success, (K,) what a success brings in, (K,) what is spent in any case."""
        actions, count = self.configuration.catalogue.actions, len(self.those.age)
        unasked = np.full((count, 2), UNASKED)
        return (
            np.hstack([self.those.chance, unasked]),
            np.array([*(a.value.number for a in actions), UNASKED_VALUE, 0.0]),
            np.array([*(a.cost.fixed for a in actions), 0.0, 0.0]),
        )

    @property
    def value(self) -> float:
        chance, value, cost = self.rewards
        return float((self.target * (chance * value - cost)).sum(axis=1).mean())

    def log(self, rows: int, seed: int) -> Log:
        """As many decisions about people drawn from all, taken by the probabilities of the policy that logs."""
        rng = np.random.default_rng(seed)
        who = rng.integers(0, len(self.logged), rows)
        taken = (self.logged[who].cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1)
        chance, value, cost = self.rewards
        reward = (rng.random(rows) < chance[who, taken]) * value[taken] - cost[taken]
        logged, target = self.logged[who], self.target[who]
        return log_of(reward, logged[np.arange(rows), taken], taken, target, self.predicted[who], logged)


def world(
    configuration: Configuration, target: Catalogue, evidence: Evidence, count: int, rarer: float = 0.0
) -> World:  # fmt: skip
    """rarer: taken off the log-odds of every answer."""
    those = people(count, [liking - rarer for liking in LIKING], PULL, np.random.default_rng(0))
    sheet = sheet_of(configuration, those)
    own, names = [a.name for a in configuration.catalogue.actions], [a.name for a in target.actions]
    likely, predicted = distribution(target, evidence, sheet, NOW)
    everything = np.hstack([predicted, np.zeros((count, 2))])
    column = [names.index(name) if name in names else len(names) + 1 for name in own] + [len(names), len(names) + 1]
    return World(
        configuration,
        those,
        aligned(logging(configuration, evidence, sheet, NOW), own, own),
        aligned(likely, names, own),
        everything[:, column],
    )
