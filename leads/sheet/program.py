"""Expressions that are asked of sheets again and again, worked out together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from leads.errors import InvalidInput
from leads.sheet.columns import Columns
from leads.sheet.sheet import Sheet
from leads.sheet.vectors import Compiler, Condition, Memo, Node, NotANumber, Number

_REMEMBERED = 16
"""So many kinds of sheet a program is compiled for before it forgets them."""


class Program:
    """Expressions in their order; what two of them share is worked out once for a sheet.

    What the compiler does not know, and rows where a number is none, are asked of Polars, which gives the same.
    """

    def __init__(self, expressions: Sequence[pl.Expr]) -> None:
        self.expressions = tuple(expressions)
        self._compiled: dict[Columns, tuple[Node | None, ...]] = {}

    def __reduce__(self) -> tuple[type[Program], tuple[tuple[pl.Expr, ...]]]:
        """For another process: the expressions, which are compiled there anew."""
        return Program, (self.expressions,)

    def conditions(self, sheet: Sheet, wanted: Sequence[int], memo: Memo | None = None) -> list[np.ndarray]:
        """Where each of the wanted expressions holds: (n,) bool; what is unknown does not.

        memo: of this sheet, where it is asked several times. Raises InvalidInput naming a column that is missing.
        """
        memo = {} if memo is None else memo
        nodes = self._nodes(sheet.columns)
        return [self._condition(sheet, place, nodes[place], memo) for place in wanted]

    def numbers(self, sheet: Sheet, wanted: Sequence[int], memo: Memo | None = None) -> list[np.ndarray]:
        """What each of the wanted expressions gives: (n,) float64, NaN where it gives nothing."""
        memo = {} if memo is None else memo
        nodes = self._nodes(sheet.columns)
        return [self._number(sheet, place, nodes[place], memo) for place in wanted]

    def compiled(self, columns: Columns) -> list[bool]:
        """Of each expression whether it is worked out here over such columns, not by Polars."""
        return [node is not None for node in self._nodes(columns)]

    def _nodes(self, columns: Columns) -> tuple[Node | None, ...]:
        found = self._compiled.get(columns)
        if found is None:
            if len(self._compiled) >= _REMEMBERED:
                self._compiled.clear()
            compiler = Compiler(columns)
            found = self._compiled[columns] = tuple(map(compiler.node, self.expressions))
        return found

    def _condition(self, sheet: Sheet, place: int, node: Node | None, memo: Memo) -> np.ndarray:
        if isinstance(node, Condition):
            try:
                return node.holds(sheet, memo)
            except NotANumber:
                pass
        return np.asarray(self._asked(sheet, place).fill_null(False).to_numpy())

    def _number(self, sheet: Sheet, place: int, node: Node | None, memo: Memo) -> np.ndarray:
        if isinstance(node, Number):
            try:
                return node.of(sheet, memo)
            except NotANumber:
                pass
        return np.asarray(self._asked(sheet, place).cast(pl.Float64).fill_null(np.nan).to_numpy())

    def _asked(self, sheet: Sheet, place: int) -> pl.Series:
        """What Polars says, a value for each row."""
        expression = self.expressions[place]
        names = sorted(set(expression.meta.root_names()))
        missing = [name for name in names if name not in sheet]
        if missing:
            raise InvalidInput("frame", missing, "every column that the catalogue's rules read")
        frame = sheet.frame(names) if names else pl.DataFrame({"row": np.zeros(len(sheet))})
        found = frame.select(expression.alias("found"))["found"]
        return found if len(found) == len(sheet) else found.extend_constant(found[0], len(sheet) - 1)
