"""The contest: every policy on the identical branch, branch by branch and teacher by teacher."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from experiments.policies.choice import (
    ALIASES,
    PLAIN,
    RANDOM,
    SERVED,
    TAUGHT,
    WITH_LEVERS,
    generation_of,
    policy,
    same_as,
)
from experiments.policies.kept import Runs
from experiments.policies.models import Learned
from experiments.policies.schools import School
from leads.errors import InvalidInput
from simulator.loop import HISTORIES, SCENARIOS, Opening, Outcome, live, opening

POLICIES = ("fifo", "blast", "static", "propensity", "nba", "reference")
"""By default."""

BEGIN = datetime(2025, 1, 1, 1, tzinfo=UTC)
"""Nine in Shanghai, where a day of the loop begins."""

PAST = 365
"""Days of history before the test."""

TEACHER = 1_000_003
"""Seed of the first insurer whose past the models learn from; no branch of the test has it."""

Tell = Callable[..., None]


@dataclass(frozen=True)
class Settings:
    """seeds: branches, from the seed `first` on. customers: of each branch. teachers: insurers whose past is learned
    from, from the seed `first_teacher` on. past_customers: of each of them. history: who led the past, of teachers and
    of branches. levers: by kind and name, for a further policy that is the next best action with these levers.
    generations: of models that learn from a year led by the one before, each a policy as it is served; 0 for none.
    """

    policies: Sequence[str] = POLICIES
    seeds: int = 10
    customers: int = 3_000
    past_customers: int = 120_000
    days: int = 120
    world: str = "default"
    levers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    first: int = 1
    teachers: int = 1
    first_teacher: int = TEACHER
    history: str = "drawn"
    generations: int = 0

    def __post_init__(self) -> None:
        if self.world not in SCENARIOS:
            raise InvalidInput("--world", self.world, f"one of {', '.join(SCENARIOS)}")
        if self.history not in HISTORIES:
            raise InvalidInput("--history", self.history, f"one of {', '.join(HISTORIES)}")
        for name in self.policies:
            if name not in (*PLAIN, *TAUGHT, *ALIASES):
                raise InvalidInput("--policies", name, f"one of {', '.join((*PLAIN, *TAUGHT))}")

    @property
    def names(self) -> tuple[str, ...]:
        """The policies that run."""
        later = [SERVED if number == 1 else f"{SERVED}-{number}" for number in range(1, self.generations + 1)]
        levered = [WITH_LEVERS] if self.levers else []
        return tuple(dict.fromkeys([*(ALIASES.get(name, name) for name in self.policies), *levered, *later]))

    @property
    def branches(self) -> range:
        """Their seeds."""
        return range(self.first, self.first + self.seeds)

    def teachers_of(self, name: str) -> range:
        """The seeds of the teachers that a policy learns from; one that learns from nobody, or draws, runs once."""
        return range(self.first_teacher, self.first_teacher + (1 if name in (*PLAIN, RANDOM) else self.teachers))

    def run(self, name: str, teacher: int, branch: int) -> dict[str, Any]:
        """What makes a run the run it is."""
        learned = {} if name in PLAIN else {"teacher": teacher, "past_customers": self.past_customers}
        levers = {"levers": self.levers} if name == WITH_LEVERS else {}
        return {"policy": name, "branch": branch, "customers": self.customers, "days": self.days, "world": self.world,
                "history": self.history, **learned, **levers}  # fmt: skip


@dataclass(frozen=True)
class Result:
    """outcomes: by policy, teacher and branch. models: what was learned, by home; empty when no policy needed any."""

    outcomes: Mapping[str, Sequence[Sequence[Outcome]]]
    models: Mapping[str, Any]


def contest(settings: Settings, home: Path | None, tell: Tell, kept: Path | None = None) -> Result:
    """Run it. home: where the models lie, or are put when they are not there yet; by default they are not kept. kept: a
    file of runs, to which each is added; those that are there are not made again.
    """
    with tempfile.TemporaryDirectory(prefix="nextlead-") as folder:
        bout = _Bout(settings, home or Path(folder) / "home", Runs(kept), tell)
        for branch in settings.branches:
            bout.meet(branch)
        return Result(bout.outcomes(), bout.models)


class _Bout:
    """Meets branch after branch."""

    def __init__(self, settings: Settings, home: Path, runs: Runs, tell: Tell) -> None:
        self._settings = settings
        self._home = home
        self._runs = runs
        self._tell = tell
        self.models: dict[str, Any] = {}
        self._learned: dict[Path, Learned] = {}

    def meet(self, branch: int) -> None:
        """Every policy on one branch."""
        opened = cache(lambda: opening_of(self._settings, branch))
        for name in self._settings.names:
            for teacher in self._settings.teachers_of(name):
                run = self._settings.run(name, teacher, branch)
                if run not in self._runs:
                    self._runs.keep(run, self._outcome(name, teacher, branch, opened))

    def outcomes(self) -> dict[str, list[list[Outcome]]]:
        """Of every policy by teacher and branch."""
        return {
            name: [
                [self._runs[self._settings.run(name, teacher, branch)] for branch in self._settings.branches]
                for teacher in self._settings.teachers_of(name)
            ]
            for name in self._settings.names
        }

    def _outcome(self, name: str, teacher: int, branch: int, opened: Callable[[], Opening]) -> Outcome:
        settings = self._settings
        learned = None if name in PLAIN else self._taught(teacher, generation_of(name) or 1)
        if learned is not None and (same := same_as(name, learned)) != name:
            there = settings.run(same, teacher, branch)
            if there in self._runs:
                return self._runs[there]
        done = branch - settings.first
        self._tell(f"branch {branch}: the year before", done / settings.seeds)
        start = opened()
        whose = "" if learned is None else f", teacher {teacher}"
        self._tell(f"branch {branch}: {name}{whose}", done / settings.seeds)
        return live(start, policy(name, start, learned, settings.levers, branch))

    def _taught(self, teacher: int, generation: int) -> Learned:
        settings = self._settings
        single = settings.teachers == 1 and settings.generations < 2
        school = School(
            self._home, settings.past_customers, PAST, settings.days, BEGIN, SCENARIOS[settings.world], settings.history
        )
        place = self._home if single else school.place(teacher, generation)
        if place not in self._learned:
            self._learned[place] = school.taught(place, teacher, generation, self._tell)
            self.models[place.name] = self._learned[place].metrics()
        return self._learned[place]


def opening_of(settings: Settings, branch: int) -> Opening:
    """A branch on its first test day, the same for every policy."""
    scenario = SCENARIOS[settings.world]
    return opening(settings.customers, PAST, settings.days, BEGIN, branch, scenario, settings.history)
