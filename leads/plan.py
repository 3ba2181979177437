"""A catalogue worked out once for speed: each distinct rule and amount asked once, actions as index arrays."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import polars as pl

from leads.amount import Amount
from leads.catalogue import CHANNEL_ASKED, Catalogue, Refusal, hours_refusal
from leads.errors import InvalidInput

NEVER, ALWAYS = 0, 1
"""Positions of the facts that never and always hold."""


class Plan:
    """Facts are what refuses or allows, a boolean per customer: the two constants, then whether each score is there,
    then each distinct rule, then whether each channel is open.

    checks: (A, K) positions of the facts that each action needs, in the order in which they are asked; the first is
        the channel asked for, the rest of a shorter row is NEVER. codes: (A, K) what `rejected` says when that fact
        is the first that fails, 0 for the filling.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        actions = catalogue.actions
        self.actions = len(actions)
        self.channels = tuple(name for name, hours in catalogue.contact.channels.items() if not hours.always_open)
        self.action_channels = tuple(action.channel for action in actions)
        columns = [catalogue.score_column(action) for action in actions]
        self.scores = tuple(dict.fromkeys(column for column in columns if column is not None))
        self.action_scores = np.array([self._score(column) for column in columns], dtype=np.intp)
        refusals = [catalogue.refusals_of(action) for action in actions]
        rules = {r.rule.sql: r.rule for asked in refusals for r in asked if _is_rule(r)}
        self.rules = {sql: position for position, sql in enumerate(rules)}
        self.conditions = [rule.expression.fill_null(False) for rule in rules.values()]
        width = max((len(asked) for asked in refusals), default=0) + 1
        self.checks = np.full((self.actions, width), NEVER, dtype=np.intp)
        self.codes = np.zeros((self.actions, width), dtype=np.int32)
        code = {refusal: position for position, refusal in enumerate(catalogue.refusals, start=1)}
        for row, asked in enumerate(refusals):
            for k, refusal in enumerate(asked):
                self.checks[row, k] = self._fact(refusal, int(self.action_scores[row]))
                self.codes[row, k] = code[refusal]
        self.amounts: dict[str, pl.Expr] = {}
        self.value, self.value_from = self._amounts(action.value for action in actions)
        self.context, self.context_from = self._amounts(action.context for action in actions)
        self.lever = np.array([catalogue.lever(action) for action in actions], dtype=np.float64)
        self.cost = np.array([action.cost for action in actions], dtype=np.float64)
        self.select = [
            *(condition.alias(f"c{i}") for i, condition in enumerate(self.conditions)),
            *(amount.alias(f"a{i}") for i, amount in enumerate(self.amounts.values())),
            pl.int_range(pl.len()).alias("row"),
        ]

    def _score(self, column: str | None) -> int:
        """Position among the scores; one past the last, where a column of zeros stands, for no score."""
        return len(self.scores) if column is None else self.scores.index(column)

    def _fact(self, refusal: Refusal, score: int) -> int:
        if refusal is CHANNEL_ASKED:
            return ALWAYS
        if refusal.stage == "population":
            return 2 + score
        if _is_rule(refusal):
            return 2 + len(self.scores) + self.rules[refusal.rule.sql]
        return 2 + len(self.scores) + len(self.rules) + self.channels.index(refusal.rule.where)

    def _amounts(self, amounts: Iterable[Amount]) -> tuple[np.ndarray, list[tuple[int, int]]]:
        """The numbers, and which actions take theirs from which of the distinct expressions."""
        numbers, sources = [], []
        for action, amount in enumerate(amounts):
            numbers.append(amount.number)
            if amount.rule is not None:
                self.amounts.setdefault(amount.rule.sql, amount.expression)
                sources.append((action, list(self.amounts).index(amount.rule.sql)))
        return np.array(numbers, dtype=np.float64), sources

    def checks_for(self, channel: str | None) -> np.ndarray:
        """The checks when a channel is asked for: actions of other channels fail the first."""
        if channel is None:
            return self.checks
        checks = self.checks.copy()
        checks[[name != channel for name in self.action_channels], 0] = NEVER
        return checks

    def read(self, frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Which rules hold, (n, rules) bool, and the distinct amounts, (n, amounts) float64."""
        try:
            answers = frame.select(self.select)
        except pl.exceptions.ColumnNotFoundError as error:
            missing = str(error).splitlines()[0]
            raise InvalidInput("frame", missing, "every column that the catalogue's rules read") from error
        columns = answers.get_columns()
        rules = len(self.conditions)
        return _matrix(columns[:rules], bool, len(frame)), _matrix(columns[rules:-1], np.float64, len(frame))

    def read_scores(self, frame: pl.DataFrame) -> np.ndarray:
        """(n, scores + 1) float64: NaN where an objective does not apply, and zeros for actions without one."""
        scores = np.full((len(frame), len(self.scores) + 1), np.nan)
        scores[:, -1] = 0.0
        for position, name in enumerate(self.scores):
            if name in frame.columns:
                scores[:, position] = frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return scores


def _is_rule(refusal: Refusal) -> bool:
    """Whether it is a rule over the frame, not one of those the product asks itself."""
    return refusal.stage not in ("request", "population") and refusal != hours_refusal(refusal.rule.where)


def _matrix(columns: list[pl.Series], dtype: type, rows: int) -> np.ndarray:
    return pl.DataFrame(columns).to_numpy() if columns else np.empty((rows, 0), dtype=dtype)


@lru_cache(maxsize=64)
def plan_of(catalogue: Catalogue) -> Plan:
    """The plan of a catalogue, worked out when first asked for."""
    return Plan(catalogue)
