"""Rules: SQL boolean expressions over the feature sheet, which business people can read and change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl

from leads.configuration.section import Section
from leads.sheet.program import Program
from leads.sheet.sheet import Sheet


@dataclass(frozen=True)
class Rule:
    """A named condition. `columns` are what it reads; a null result counts as false."""

    name: str
    sql: str
    where: str = ""
    file: str = ""
    columns: tuple[str, ...] = ()
    expression: pl.Expr = field(default_factory=lambda: pl.lit(True), compare=False, repr=False)

    def holds(self, sheet: Sheet) -> np.ndarray:
        """Which rows satisfy it: (n,) bool."""
        return self._program.conditions(sheet, (0,))[0]

    def numbers(self, sheet: Sheet) -> np.ndarray:
        """What it gives for each row: (n,) float64, NaN where it gives nothing."""
        return self._program.numbers(sheet, (0,))[0]

    @cached_property
    def _program(self) -> Program:
        return Program((self.expression,))


def parse_rule(name: str, sql: Any, section: Section, key: str) -> Rule:
    """A rule from configuration; raises InvalidWorkspace when it is not a SQL expression."""
    if isinstance(sql, bool):
        sql = "true" if sql else "false"
    if not isinstance(sql, str):
        raise section.refuse(key, "a SQL condition such as age >= 18", sql)
    try:
        expression = pl.sql_expr(sql)
    except pl.exceptions.PolarsError as error:
        raise section.refuse(key, f"a SQL condition such as age >= 18 ({error})", sql) from error
    columns = tuple(sorted(set(expression.meta.root_names())))
    return Rule(name, sql, section.key(key), section.file, columns, expression)


def numeric(rule: Rule) -> Rule:
    """In place of an expression that must give a number: a rule to check, an error where it gives none."""
    return replace(rule, expression=(rule.expression + 0.0).is_finite())


def present(rule: Rule) -> Rule:
    """In place of an expression that gives a value or none: a rule to check, which holds where it gives one."""
    return replace(rule, expression=rule.expression.is_not_null())


def check_rules(rules: Iterable[Rule], schema: Mapping[str, pl.DataType]) -> None:
    """Refuse rules that read what does not exist or compare what cannot be compared.

    `schema` is that of the frame the rules will read. Raises InvalidWorkspace naming the rule's file and key, the
    column, and the nearest columns that do exist.
    """
    from difflib import get_close_matches

    from leads.errors import InvalidWorkspace

    empty = _empty(tuple(schema.items()))
    for rule in rules:
        for column in rule.columns:
            if column not in schema:
                near = get_close_matches(column, schema, n=5, cutoff=0.4) or sorted(schema)[:10]
                allowed = f"a tag or feature that exists ({column!r} does not), such as {', '.join(near)}"
                raise InvalidWorkspace(rule.file, rule.where, rule.sql, allowed)
        try:
            kind = empty.select(rule.expression.alias("r")).schema["r"]
        except pl.exceptions.PolarsError as error:
            raise InvalidWorkspace(rule.file, rule.where, rule.sql, f"a condition Polars accepts ({error})") from error
        if kind != pl.Boolean:
            raise InvalidWorkspace(rule.file, rule.where, rule.sql, f"a condition that is true or false, not {kind}")


@lru_cache(maxsize=32)
def _empty(schema: tuple[tuple[str, pl.DataType], ...]) -> pl.DataFrame:
    """Polars makes a frame without rows column by column, which takes longer than to check the rules of one."""
    return pl.DataFrame(schema=dict(schema))
