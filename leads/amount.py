"""Amounts: a number, or a SQL expression over the feature frame that gives one per customer."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from leads.rules import Rule, parse_rule
from leads.section import Section


@dataclass(frozen=True)
class Amount:
    """`number` when it is the same for everyone, else `rule`, whose expression gives a number per row."""

    number: float
    rule: Rule | None = None

    @property
    def expression(self) -> pl.Expr:
        """A Float64 per row, never null: what is missing or not finite counts as 0."""
        if self.rule is None:
            return pl.lit(self.number)
        value = self.rule.expression.cast(pl.Float64)
        return pl.when(value.is_finite()).then(value).otherwise(0.0)

    def check(self) -> tuple[Rule, ...]:
        """The rule to check against a schema: true or false, and an error where the amount is not a number."""
        if self.rule is None:
            return ()
        numeric = (self.rule.expression + 0.0).is_finite()
        rule = self.rule
        return (Rule(rule.name, rule.sql, rule.where, rule.file, rule.columns, numeric),)


def parse_amount(section: Section, name: str, default: float) -> Amount:
    """The amount under a key: a number, or SQL such as `policy_premium_active * 0.2`."""
    value = section.values.get(name, default)
    if isinstance(value, str):
        try:
            return Amount(float(value))
        except ValueError:
            return Amount(0.0, parse_rule(name, value, section, name))
    return Amount(section.number(name, default))
