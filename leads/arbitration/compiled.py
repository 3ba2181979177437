"""A catalogue worked out once for speed: each rule and amount asked once, actions as index arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from leads.actions.action import WAIT
from leads.actions.catalogue import Catalogue
from leads.actions.refusal import CHANNEL_ASKED, Refusal, is_rule
from leads.arbitration.uplift_valuation import UpliftValuation
from leads.configuration.amount import Amount
from leads.sheet.program import Program
from leads.sheet.sheet import Sheet

NEVER, ALWAYS = 0, 1
"""Positions of the facts that never and always hold."""


@dataclass(frozen=True)
class Amounts:
    """One amount per action: `numbers` (A, 1), and the actions whose amount is not a number but one of the
    distinct expressions, each with that expression's position.
    """

    numbers: np.ndarray
    sources: tuple[tuple[int, int], ...]


class CompiledCatalogue:
    """Facts are what allows an action, a boolean per customer: the two constants, then whether each score is
    there, then each distinct rule, then whether each channel is open.

    scores: columns read. action_scores: (A,) the score of each action, past the last the constants it may have instead;
        gates: (A,) the fact that this score is there.
    cost, fatigue: (A,) what is the same for everyone, and how each action weighs on a customer. price: of that weight,
        the amount's position where it is worked out for each customer, else None, with `flat_price` and `flat_cost`.
    checks: (A, K) the facts that each action needs, in the order in which they are asked; the first is the
        channel asked for, and a shorter row is filled with ALWAYS. codes: (A, K) what `rejected` says where
        that fact fails.
    counting: the actions that count what they change.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        actions = catalogue.actions
        self.channels = [name for name, policy in catalogue.contact.channels.items() if not policy.always_open]
        self.action_channels = [action.channel for action in actions]
        columns = [catalogue.actions.score_column(action) for action in actions]
        self.scores = list(dict.fromkeys(column for column in columns if column is not None))
        positions = {column: position for position, column in enumerate(self.scores)}
        nowhere = len(self.scores)
        declared = [0.0 if action.propensity is None else action.propensity for action in actions]
        self.constants = list(dict.fromkeys([0.0, *declared]))
        self.action_scores = np.array(
            [
                positions.get(column or "", nowhere + self.constants.index(chance))
                for column, chance in zip(columns, declared, strict=True)
            ],
            dtype=np.intp,
        )
        self.gates = np.where(self.action_scores < nowhere, 2 + self.action_scores, ALWAYS)
        asked = [catalogue.refusals.of(action) for action in actions]
        self.rules = {r.rule.sql: r.rule.expression for refusals in asked for r in refusals if is_rule(r)}
        self.checks, self.codes = self._checks(asked, catalogue.refusals.all)
        self.amounts: dict[str, pl.Expr] = {}
        one = Amount(1.0)
        valued, fitted = "value" in catalogue.valuation.parts, "context" in catalogue.valuation.parts
        self.certain = "propensity" not in catalogue.valuation.parts
        self.value = self._numbers(a.value if valued or a.name == WAIT else one for a in actions)
        self.context = self._numbers(action.context if fitted else one for action in actions)
        self.counting = UpliftValuation.of(catalogue)
        self.lever = np.array([catalogue.valuation.lever(action) for action in actions], dtype=np.float64)
        self.cost = np.array([catalogue.valuation.cost(action) for action in actions], dtype=np.float64)
        self.fatigue = np.array([catalogue.valuation.counted(action).fatigue for action in actions], dtype=np.float64)
        self.flat_price, self.price = self._price(catalogue.valuation.fatigue_price)
        self.flat_cost = self.cost + self.fatigue * self.flat_price
        self.first_rule = 2 + len(self.scores)
        self.first_channel = self.first_rule + len(self.rules)
        self.program = Program([*self.rules.values(), *self.amounts.values()])

    def _checks(self, asked: list[tuple[Refusal, ...]], refusals: tuple[Refusal, ...]) -> tuple[np.ndarray, np.ndarray]:
        shape = (len(asked), max(map(len, asked), default=1))
        checks, codes = np.full(shape, ALWAYS, dtype=np.intp), np.zeros(shape, dtype=np.int32)
        code = {refusal: position for position, refusal in enumerate(refusals, start=1)}
        rules = {sql: position for position, sql in enumerate(self.rules, start=2 + len(self.scores))}
        channels = {c: position for position, c in enumerate(self.channels, start=2 + len(self.scores) + len(rules))}
        for action, its_refusals in enumerate(asked):
            for k, refusal in enumerate(its_refusals):
                codes[action, k] = code[refusal]
                if refusal.stage == "population":
                    checks[action, k] = self.gates[action]
                elif refusal is not CHANNEL_ASKED:
                    known = rules if is_rule(refusal) else channels
                    checks[action, k] = known[refusal.rule.sql if is_rule(refusal) else refusal.rule.where]
        return checks, codes

    def _numbers(self, amounts: Iterable[Amount]) -> Amounts:
        numbers: list[float] = []
        sources: list[tuple[int, int]] = []
        for action, amount in enumerate(amounts):
            numbers.append(amount.number)
            if amount.rule is not None:
                self.amounts.setdefault(amount.rule.sql, amount.rule.expression)
                sources.append((action, list(self.amounts).index(amount.rule.sql)))
        return Amounts(np.array(numbers, dtype=np.float64)[:, None], tuple(sources))

    def _price(self, amount: Amount) -> tuple[float, int | None]:
        prices = self._numbers([amount] if self.fatigue.any() else [])
        return amount.number, prices.sources[0][1] if prices.sources else None

    def checks_for(self, channel: str | None) -> np.ndarray:
        """The checks when a channel is asked for: actions of other channels fail the first."""
        if channel is None:
            return self.checks
        checks = self.checks.copy()
        checks[[name != channel for name in self.action_channels], 0] = NEVER
        return checks

    def read_scores(self, sheet: Sheet) -> np.ndarray:
        """(scores + constants, n) float64: NaN where an objective does not apply; then a row for each declared
        propensity, the first of them 0 for no score.
        """
        scores = np.full((len(self.scores) + len(self.constants), len(sheet)), np.nan)
        scores[len(self.scores) :] = np.array(self.constants)[:, None]
        for position, name in enumerate(self.scores):
            if name in sheet:
                scores[position] = sheet.numbers(name)
        if self.certain:
            scores[np.isfinite(scores)] = 1.0
        return scores

    def open_to(self, checks: np.ndarray, facts: np.ndarray) -> np.ndarray:
        """Who is not refused for the channel or the score already: (A, n) bool."""
        opened: np.ndarray = facts[checks[:, 0]] & facts[self.gates]
        return opened

    def read(self, sheet: Sheet, checks: np.ndarray, facts: np.ndarray, opened: np.ndarray) -> np.ndarray:
        """Fill in the rules among the facts (facts, n), and give the distinct amounts: (amounts, n) float64,
        where what is missing or not finite is 0.

        What is only asked of actions that are open to nobody here stays unasked, and so false or 0.
        """
        possible: np.ndarray = np.any(opened, axis=1)
        needed = np.unique(checks[possible])
        needed = needed[(needed >= self.first_rule) & (needed < self.first_channel)]
        asked = {amount for action, amount in self.value.sources + self.context.sources if possible[action]}
        wanted = sorted(asked if self.price is None else asked | {self.price})
        sums = [len(self.rules) + amount for amount in wanted]
        answers, numbers = self.program.answers(sheet, (needed - self.first_rule).tolist(), sums)
        for fact, answer in zip(needed, answers, strict=True):
            facts[fact] = answer
        amounts = np.zeros((len(self.amounts), len(sheet)))
        for amount, answer in zip(wanted, numbers, strict=True):
            amounts[amount] = answer
        amounts[~np.isfinite(amounts)] = 0.0
        return amounts


@lru_cache(maxsize=64)
def plan_of(catalogue: Catalogue) -> CompiledCatalogue:
    """The plan of a catalogue, worked out when first asked for."""
    return CompiledCatalogue(catalogue)
