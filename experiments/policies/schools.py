"""Teachers: insurers from whose past models learn, and the generations that learn from a year led by the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from experiments.policies.models import Learned, learn, opened
from experiments.policies.observed import Observed
from experiments.policies.scores import Scores
from experiments.policies.served import Served
from features.home import Home
from features.opened_home import target
from leads.history import History
from simulator.loop import Opening, Scenario, beginning, opening, year

Tell = Callable[[str], None]


@dataclass(frozen=True)
class School:
    """Where teachers come from. customers: of each. past, days: of its history, and of the test that follows it.
    history: who leads the first generation's year. folder: a folder per teacher and generation is in it.
    """

    folder: Path
    customers: int
    past: int
    days: int
    begin: datetime
    scenario: Scenario
    history: str

    def taught(self, home: Path, teacher: int, generation: int, tell: Tell) -> Learned:
        """The models of a home, learned first where there are none. generation: 1 learns from the legacy's year, the
        next from a year that the one before led from its first day.
        """
        if (home / "home.json").is_file():
            return opened(Home.open(home))
        tell(f"teacher {teacher}: the year that generation {generation} learns from")
        past = self._legacy(teacher) if generation == 1 else self._led(home, teacher, generation, tell)
        with target(home, "--home"):
            return learn(home, past, teacher % 1_000, tell)

    def _legacy(self, teacher: int) -> History:
        at = opening(self.customers, self.past, self.days, self.begin, teacher, self.scenario, self.history)
        return at.history

    def _led(self, home: Path, teacher: int, generation: int, tell: Tell) -> History:
        before = self.taught(self.place(teacher, generation - 1), teacher, generation - 1, tell)
        start = beginning(self.customers, self.past, self.days, self.begin, teacher, self.scenario)
        policy = served(start, before)
        last = year(start, policy)
        return History(last.customers, policy.close(last.events), last.observed_until)

    def place(self, teacher: int, generation: int) -> Path:
        """Where the models of a teacher's generation lie."""
        return self.folder / (f"{teacher}" if generation == 1 else f"{teacher}-{generation}")


def served(start: Opening, learned: Learned) -> Served:
    """The product as it is served, at an opening."""
    size = len(start.insurer.market.people)
    scores = Scores(learned.with_effects(), learned.score_columns + learned.effect_columns, size)
    catalogue = learned.configuration.catalogue
    return Served(Observed(learned.configuration, start.history, size), scores, catalogue)
