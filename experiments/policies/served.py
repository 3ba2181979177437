"""The next best action as it is served: a control group, exploration, and evidence from what came of its actions."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from experiments.policies.observed import Carried, Observed
from experiments.policies.product import ByProduct, best
from experiments.policies.scores import Scores, sheet_of
from leads.actions.catalogue import Catalogue
from leads.actions.learning import CONTROL
from leads.arbitration.arms import Assignment, assign
from leads.arbitration.choosing import Chooser
from leads.arbitration.decisions import arbitrate
from leads.arbitration.draws import seed_of, uniform
from leads.arbitration.evidence import NOTHING
from leads.arbitration.tuning import tune
from serving.decisions.attribution import attributed
from serving.decisions.outcomes import evidence_of
from simulator.loop import Morning, Orders

LEARNS = timedelta(days=7)
"""A service learns every day; the evidence of a week moves little in one."""


class Served(ByProduct):
    """Decides, explores and learns with the product's own functions. evidence: what was learned so far."""

    def __init__(self, observed: Observed, scores: Scores, catalogue: Catalogue) -> None:
        super().__init__(observed, scores, catalogue)
        self.evidence = NOTHING
        self._workspace = observed.configuration.workspace
        self._heard: list[pl.DataFrame] = [observed.heard]
        self._made: list[pl.DataFrame] = []
        self._month: tuple[str, int] | None = None
        self._assignment: Assignment | None = None
        self._learned: datetime | None = None

    def decide(self, morning: Morning) -> Orders:
        """As without learning, and what was told and decided is kept."""
        orders = super().decide(morning)
        self._heard.append(self._observed.heard)
        return orders

    def close(self, events: pl.DataFrame) -> pl.DataFrame:
        """All events up to an end, these being the last that were not told yet."""
        whole = self._observed.whole(events)
        return pl.concat([*self._heard, whole if self._carried is None else self._carried.with_purposes(whole)])

    def choose(self, scored: pl.DataFrame, now: datetime) -> tuple[np.ndarray, np.ndarray]:
        """What is worth most; for a share what Thompson sampling draws; none for the control group."""
        self._learn(now)
        ids = scored["customer_id"].to_list()
        assignment = self._assigned(ids, now)
        decisions = arbitrate(
            sheet_of(scored), self.catalogue, now, tuning=tune(self.catalogue, self.evidence, ids, assignment)
        )
        action, priority = best(decisions)
        learning = self.catalogue.experiments.learning
        chooser = Chooser(decisions, self.evidence, learning.exploration)
        for row, customer in enumerate(ids):
            seed = seed_of(customer, now, learning.bucket, self.catalogue.digest)
            if priority[row] > -np.inf and uniform(seed, "explore") < learning.exploration:
                action[row] = chooser.choose(row, customer, now).action
                priority[row] = decisions.priority[row, action[row]]
        controlled = assignment.arm == assignment.names.index(CONTROL)
        return action, np.where(controlled, -np.inf, priority)

    def carried(self, scored: pl.DataFrame, action: np.ndarray, now: datetime) -> Carried:
        """With the decisions' ids, which the contacts' events name."""
        ids = pl.Series("id", [f"d{now:%Y%m%d}-{customer}" for customer in scored["customer_id"]], pl.String)
        self._made.append(self._decided(scored.with_columns(ids), action, now))
        return Carried.of(self.catalogue, scored["customer_id"], action, ids)

    def _decided(self, scored: pl.DataFrame, action: np.ndarray, now: datetime) -> pl.DataFrame:
        """A row per decision, as evidence is worked out from."""
        actions = [self.catalogue.actions[place] for place in action.tolist()]
        columns = [self.catalogue.actions.score_column(item) for item in actions]
        scores = {name: scored[name].to_list() for name in {column for column in columns if column is not None}}
        predicted = [None if name is None else scores[name][row] for row, name in enumerate(columns)]
        return pl.DataFrame(
            {
                "id": scored["id"],
                "customer_id": scored["customer_id"],
                "time": pl.Series([now] * len(actions), dtype=pl.Datetime("us", "UTC")),
                "action": pl.Series([item.name for item in actions], dtype=pl.String),
                "objective": pl.Series([item.objective for item in actions], dtype=pl.String),
                "product": pl.Series([item.product for item in actions], dtype=pl.String),
                "predicted": pl.Series(predicted, dtype=pl.Float64),
            }
        ).filter(pl.col("objective").is_not_null())

    def _assigned(self, ids: list[str], now: datetime) -> Assignment:
        """The same for a month, unless somebody new is known."""
        month = f"{now:%Y-%m}", len(ids)
        if self._assignment is None or month != self._month:
            self._month = month
            self._assignment = assign(self.catalogue.experiments, ids, now, self._workspace.timezone)
        return self._assignment

    def _learn(self, now: datetime) -> None:
        self._learned = self._learned or now
        if now < self._learned + LEARNS or not self._made:
            return
        self._learned = now
        targets = {objective.target for objective in self._workspace.objectives.values()}
        telling = [e.filter(pl.col("type").is_in(targets) | pl.col("decision_id").is_not_null()) for e in self._heard]
        decided = attributed(pl.concat(self._made), pl.concat(telling), self._workspace.objectives, now)
        self.evidence = evidence_of(decided)
