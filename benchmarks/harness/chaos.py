"""Processes killed at random moments, and started again a moment later."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

import numpy as np

from benchmarks.harness.fleet import Fleet
from serving.composition import Composition

PAUSE = (0.3, 8.0)
"""Seconds between a restart and the next kill: the service needs several to be ready, some kills come before."""

DOWN = (0.05, 1.5)
"""Seconds that a killed process stays away."""


@dataclass
class Chaos:
    """Kills members of a fleet. kills: how often each was killed; deaths: how often it had ended by itself."""

    fleet: Fleet
    rng: np.random.Generator
    kills: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)

    def rage_for(self, seconds: float, spared: Set[str], report: Callable[[float], None]) -> None:
        """Kill members that are not spared for so long."""
        names = [name for name in self.fleet.members if name not in spared]
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < seconds:
            report(passed / seconds)
            self._strike(names)

    def rage(self, times: int, report: Callable[[int], None]) -> None:
        """Kill so often, a member at random each time, without waiting for the last one to be of use again."""
        names = list(self.fleet.members)
        for number in range(times):
            report(number)
            self._strike(names)

    def _strike(self, names: Sequence[str]) -> None:
        self._pause(*PAUSE)
        name = names[int(self.rng.integers(len(names)))]
        self.revive()
        self.fleet.members[name].kill()
        self.kills[name] += 1
        self._pause(*DOWN)
        self.fleet.start(name)

    def revive(self) -> None:
        """Start again whoever ended without being asked to, the store first."""
        for name, member in self.fleet.members.items():
            if not member.alive:
                self.deaths[name] += 1
                self.fleet.start(name)

    def settle(self) -> None:
        """Until everything runs and the service answers."""
        self.revive()
        self.fleet.await_store()
        self.fleet.await_ready()
        self.revive()

    def _pause(self, least: float, most: float) -> None:
        time.sleep(float(self.rng.uniform(least, most)))


def await_drained(parts: Composition, seconds: float) -> bool:
    """Whether everything accepted was applied and every lease had ended within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if parts.queue.leases.count() == 0 and parts.stream.reached(parts.stream.position()):
            return True
        time.sleep(0.2)
    return False
