"""The contest: every policy on the identical branch, seed by seed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commands.homes import target
from commands.levers import pulled
from commands.policies.models import Learned, learn, opened
from commands.policies.observed import Observed
from commands.policies.product import ByProduct, ScoreOnly
from commands.policies.scores import Scores
from features.home import Home
from leads.errors import InvalidInput
from simulator.loop import SCENARIOS, Opening, Outcome, Policy, live, opening
from simulator.loop.baselines import Blast, Fifo, Nobody
from simulator.loop.oracle import Oracle

PLAIN: Mapping[str, Callable[[], Policy]] = {"nobody": Nobody, "fifo": Fifo, "blast": Blast, "oracle": Oracle}
TAUGHT = ("static", "propensity", "nba")
POLICIES = ("fifo", "blast", "static", "propensity", "nba", "oracle")
"""By default; `nobody` may be asked for."""

WITH_LEVERS = "nba+levers"

BEGIN = datetime(2025, 1, 1, 1, tzinfo=UTC)
"""Nine in Shanghai, where a day of the loop begins."""

PAST = 365
"""Days of history before the test."""

TEACHER = 1_000_003
"""Seed of the branch whose past the models learn from; no branch of the test has it."""

Tell = Callable[..., None]


@dataclass(frozen=True)
class Settings:
    """customers: of each branch. past_customers: of the branch whose past the models learn from. levers: by kind and
    name, for a further policy that is the next best action with these levers.
    """

    policies: Sequence[str] = POLICIES
    seeds: int = 10
    customers: int = 3_000
    past_customers: int = 120_000
    days: int = 120
    world: str = "default"
    levers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.world not in SCENARIOS:
            raise InvalidInput("--world", self.world, f"one of {', '.join(SCENARIOS)}")
        for name in self.policies:
            if name not in (*PLAIN, *TAUGHT):
                raise InvalidInput("--policies", name, f"one of {', '.join((*PLAIN, *TAUGHT))}")

    @property
    def names(self) -> tuple[str, ...]:
        """The policies that run."""
        return (*self.policies, WITH_LEVERS) if self.levers else tuple(self.policies)


@dataclass(frozen=True)
class Result:
    """outcomes: by policy, one per seed. models: what was learned, empty when no policy needed it."""

    outcomes: Mapping[str, Sequence[Outcome]]
    models: Mapping[str, Any]


def contest(settings: Settings, home: Path | None, tell: Tell) -> Result:
    """Run it. home: where the models lie, or are put when it is not there yet; by default they are not kept."""
    with tempfile.TemporaryDirectory(prefix="nextlead-") as folder:
        taught = set(settings.names) - set(PLAIN)
        learned = _learned(settings, home or Path(folder) / "home", tell) if taught else None
        outcomes: dict[str, list[Outcome]] = {name: [] for name in settings.names}
        for seed in range(1, settings.seeds + 1):
            tell(f"seed {seed}: the year before", (seed - 1) / settings.seeds)
            start = branch(settings, seed)
            for number, name in enumerate(settings.names):
                tell(f"seed {seed}: {name}", (seed - 1 + (number + 1) / (len(outcomes) + 1)) / settings.seeds)
                outcomes[name].append(live(start, policy(name, start, learned, settings)))
    return Result(outcomes, {} if learned is None else learned.metrics())


def branch(settings: Settings, seed: int) -> Opening:
    """The branch of a seed on its first test day, the same for every policy."""
    return opening(settings.customers, PAST, settings.days, BEGIN, seed, SCENARIOS[settings.world])


def _learned(settings: Settings, home: Path, tell: Tell) -> Learned:
    """The models of the home, learned first where there are none."""
    if (home / "home.json").is_file():
        return opened(Home.open(home))
    tell("the year that is learned from")
    past = opening(settings.past_customers, PAST, settings.days, BEGIN, TEACHER, SCENARIOS[settings.world])
    with target(home, "--home"):
        return learn(home, past.history, TEACHER % 1_000, tell)


def policy(name: str, start: Opening, learned: Learned | None, settings: Settings) -> Policy:
    """A policy at the opening of a branch; it sees the branch's records, never the branch."""
    if name in PLAIN:
        return PLAIN[name]()
    if learned is None:
        raise InvalidInput("--policies", name, "models")
    size = len(start.insurer.market.people)
    observed = Observed(learned.configuration, start.history, size)
    if name == "static":
        scores = Scores(learned.static(), learned.score_columns, size)
        return ScoreOnly(observed, scores, learned.configuration.catalogue)
    if name == "propensity":
        scores = Scores(learned.full(), learned.score_columns, size)
        return ScoreOnly(observed, scores, learned.configuration.catalogue)
    scores = Scores(learned.with_effects(), learned.score_columns + learned.effect_columns, size)
    catalogue = learned.configuration.catalogue
    return ByProduct(observed, scores, pulled(catalogue, settings.levers) if name == WITH_LEVERS else catalogue)
