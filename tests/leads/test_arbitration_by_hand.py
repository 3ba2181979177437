"""Arbitration against a second opinion: SQLite and plain Python, one customer and one action at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from math import exp
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
import pytest

from features.configuration import Configuration
from leads.actions.action import Action
from leads.configuration.amount import Amount
from tests.frames import arbitrate


def least(*values: Any) -> Any:
    return min((value for value in values if value is not None), default=None)


def greatest(*values: Any) -> Any:
    return max((value for value in values if value is not None), default=None)


@dataclass
class Checker:
    """Decides one row, slowly. `row`: column → value."""

    insurer: Configuration
    row: dict[str, Any]
    now: datetime

    def __post_init__(self) -> None:
        self.base = sqlite3.connect(":memory:")
        self.base.create_function("least", -1, least)
        self.base.create_function("greatest", -1, greatest)
        told = dict.fromkeys(self.insurer.layout.reported_schema) | self.row
        names = ", ".join(f'"{name}"' for name in told)
        marks = ", ".join("?" for _ in told)
        self.base.execute(f"CREATE TABLE customer ({names})")
        self.base.execute(f"INSERT INTO customer VALUES ({marks})", list(told.values()))

    def ask(self, sql: str) -> Any:
        return self.base.execute(f"SELECT {sql} FROM customer").fetchone()[0]

    def score(self, action: Action) -> float | None:
        if action.objective is None:
            return action.propensity or 0.0
        each = self.insurer.workspace.objectives[action.objective].product == "each"
        score = self.row[f"score_{action.objective}__{action.product}" if each else f"score_{action.objective}"]
        return None if score is None else float(score)

    def refusal(self, action: Action, channel: str | None) -> tuple[str, str] | None:
        if channel is not None and action.channel != channel:
            return "request", "channel"
        if self.score(action) is None:
            return "population", "population"
        for stage in ("eligibility", "applicability", "suitability"):
            for rule in getattr(action, stage):
                if not self.ask(rule.sql):
                    return stage, rule.name
        policy = self.insurer.catalogue.contact.channels.get(action.channel)
        for rule in policy.rules if policy else ():
            if not self.ask(rule.sql):
                return "contact", rule.name
        for limit in self.insurer.catalogue.contact.limits if policy else ():
            concerns = action.channel in (limit.channels or (action.channel,))
            concerns = concerns and action.scene in (limit.scenes or (action.scene,))
            if concerns and not self.ask(limit.rule.sql):
                return "contact", limit.rule.name
        if policy and policy.opens and policy.closes and not self.is_open(policy.opens, policy.closes):
            return "contact", "hours"
        return None

    def is_open(self, opens: time, closes: time) -> bool:
        try:
            zone = ZoneInfo(self.row["timezone"] or "Asia/Shanghai")
        except ZoneInfoNotFoundError:
            zone = ZoneInfo("Asia/Shanghai")
        return opens <= self.now.astimezone(zone).time() < closes

    def amount(self, amount: Amount) -> float:
        if amount.rule is None:
            return amount.number
        return float(self.ask(amount.rule.sql) or 0.0)

    def priority(self, action: Action) -> float:
        levers = self.insurer.catalogue.valuation.levers
        lever = action.lever * levers["scene"].get(action.scene, 1.0)
        lever *= levers["objective"].get(action.objective or "", 1.0)
        gain = (self.score(action) or 0.0) * self.amount(action.value) * self.amount(action.context) * lever
        # Nothing is known here of what contact does: it is taken to add 0.44 to the log-odds of a chance.
        if action.objective is not None:
            chance = self.score(action) or 0.0
            gain *= 0.0 if chance == 0 else (1 / (1 + (1 / chance - 1) * exp(-0.44)) - chance) / chance
        patience = max(self.amount(self.insurer.catalogue.valuation.fatigue_price), 0.0)
        return gain - action.cost.fixed - action.cost.fatigue * patience


def welcoming(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every other customer one who may be contacted, so that not everything ends at that."""
    told: dict[str, Any] = {"age": 40.0}
    told |= {f"consent_{channel}": True for channel in ("call", "wecom", "sms")}
    told |= {name: 0.0 for name in frame.columns if name.startswith(("cap__", "rest__", "open__"))}
    chosen = pl.int_range(pl.len()) % 2 == 0
    return frame.with_columns(
        pl.when(chosen).then(pl.lit(value, frame.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in told.items()
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("channel", [None, "call"])
@pytest.mark.parametrize("hour", [2, 12])
def test_every_decision_is_the_one_that_is_made_by_hand(
    insurer: Configuration, random_frame: Callable[[int, int], pl.DataFrame], seed: int, channel: str | None,
    hour: int,
) -> None:  # fmt: skip
    now = datetime(2026, 7, 1, hour, 30, tzinfo=UTC)
    # More rows than the few at which nulls are dropped differently; the checker sees some of them.
    frame = welcoming(random_frame(300 if seed % 2 else 40, seed))
    actions = insurer.catalogue.actions
    decisions = arbitrate(frame, insurer.catalogue, now, channel=channel, limit=len(actions))
    assert len(frame) >= 40
    for index, row in enumerate(frame.head(40).iter_rows(named=True)):
        checker = Checker(insurer, row, now)
        offered = {}
        for position, action in enumerate(actions):
            expected = checker.refusal(action, channel)
            found = decisions.refusal(index, position)
            assert (None if found is None else (found.stage, found.rule.name)) == expected, action.name
            if expected is None:
                offered[position] = checker.priority(action)
                assert decisions.priority[index, position] == pytest.approx(offered[position], rel=1e-12)
        ranked = [int(i) for i in decisions.order[index] if i >= 0]
        assert ranked == sorted(offered, key=lambda i: (-offered[i], i))


def test_the_random_customers_are_offered_most_actions(
    insurer: Configuration, random_frame: Callable[[int, int], pl.DataFrame]
) -> None:
    """Otherwise the comparison above would compare refusals only."""
    frame = welcoming(random_frame(2_000, 1))
    decisions = arbitrate(frame, insurer.catalogue, datetime(2026, 7, 1, 2, 30, tzinfo=UTC))
    offered = (decisions.rejected == 0).sum(axis=0)
    timed = {step.action for play in insurer.catalogue.cadence.plays for step in play.steps}
    assert all(count >= 5 for count, a in zip(offered, insurer.catalogue.actions, strict=True) if a.name not in timed)
