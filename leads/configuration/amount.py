"""Amounts: a number, or a SQL expression over the feature sheet that gives one per customer."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import polars as pl

from leads.configuration.rules import Rule, numeric, parse_rule
from leads.configuration.section import Section


@dataclass(frozen=True)
class Amount:
    """`number` when it is the same for everyone, else `rule`, whose expression gives a number per row.

    A number that is missing or not finite counts as 0.
    """

    number: float
    rule: Rule | None = None

    def check(self) -> tuple[Rule, ...]:
        """The rule to check against a schema: true or false, and an error where the amount is not a
        number.
        """
        return () if self.rule is None else (numeric(self.rule),)


def parse_amount(section: Section, name: str, default: float) -> Amount:
    """The amount under a key: a number, or SQL such as `policy_premium_active * 0.2`."""
    value = section.values.get(name, default)
    if not isinstance(value, str):
        return Amount(section.number(name, default))
    rule = parse_rule(name, value, section, name)
    return Amount(0.0, rule) if rule.columns else Amount(_constant(rule, section, name))


def _constant(rule: Rule, section: Section, name: str) -> float:
    """The number of an expression that reads nothing, such as `162.5 * 3`."""
    try:
        value = pl.select(rule.expression.cast(pl.Float64)).item()
    except pl.exceptions.PolarsError as error:
        raise section.refuse(name, f"a number, or SQL that gives one ({error})") from error
    if value is None or not isfinite(value):
        raise section.refuse(name, "a number, or SQL that gives one")
    return float(value)
