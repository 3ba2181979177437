"""Expressions that are asked of sheets again and again, worked out together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from leads.errors import InvalidInput
from leads.sheet.code import Function, NotANumber, Writer
from leads.sheet.columns import Columns
from leads.sheet.sheet import Sheet
from leads.sheet.vectors import Compiler, Condition, Node, Number

_REMEMBERED = 16
"""So many kinds of sheet a program is compiled for before it forgets them."""

BY_ROW = 12
"""Up to so many rows are worked out one by one: a NumPy call costs more than the work of so many."""

MANY = 4_000
"""From so many rows on it costs less to work out only what is wanted, by a function of its own."""

_FEW = 64
"""So many sets of expressions a sheet's kind has functions for; beyond that all are worked out."""


class Program:
    """Expressions in their order; what two of them share is worked out once for a sheet.

    What the compiler does not know, and rows where a number is none, are asked of Polars, which gives the same.
    """

    def __init__(self, expressions: Sequence[pl.Expr]) -> None:
        self.expressions = tuple(expressions)
        self._compiled: dict[Columns, _Compiled] = {}

    def __reduce__(self) -> tuple[type[Program], tuple[tuple[pl.Expr, ...]]]:
        """For another process: the expressions, which are compiled there anew."""
        return Program, (self.expressions,)

    def answers(
        self, sheet: Sheet, conditions: Sequence[int], numbers: Sequence[int]
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Where each of these conditions holds, (n,) bool, what is unknown does not; and what each of these numbers is,
        (n,) float64, NaN where it is none. Raises InvalidInput naming a column that is missing.
        """
        compiled = self._of(sheet.columns)
        found = compiled.answers(sheet, (*conditions, *numbers))
        asked, counted = compiled.conditions & found.keys(), compiled.numbers & found.keys()
        return (
            [found[at] if at in asked else self._condition(sheet, at) for at in conditions],
            [found[at] if at in counted else self._number(sheet, at) for at in numbers],
        )

    def conditions(self, sheet: Sheet, wanted: Sequence[int]) -> list[np.ndarray]:
        """Where each of the wanted expressions holds (see `answers`)."""
        return self.answers(sheet, wanted, ())[0]

    def numbers(self, sheet: Sheet, wanted: Sequence[int]) -> list[np.ndarray]:
        """What each of the wanted expressions gives (see `answers`)."""
        return self.answers(sheet, (), wanted)[1]

    def compiled(self, columns: Columns) -> list[bool]:
        """Of each expression whether it is worked out here over such columns, not by Polars."""
        return [node is not None for node in self._of(columns).nodes]

    def _of(self, columns: Columns) -> _Compiled:
        found = self._compiled.get(columns)
        if found is None:
            if len(self._compiled) >= _REMEMBERED:
                self._compiled.clear()
            compiler = Compiler(columns)
            found = self._compiled[columns] = _Compiled(tuple(map(compiler.node, self.expressions)))
        return found

    def _condition(self, sheet: Sheet, place: int) -> np.ndarray:
        return np.asarray(self._asked(sheet, place).fill_null(False).to_numpy())

    def _number(self, sheet: Sheet, place: int) -> np.ndarray:
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


class _Compiled:
    """Expressions over sheets of some columns; None for one that only Polars knows."""

    def __init__(self, nodes: tuple[Node | None, ...]) -> None:
        self.nodes = nodes
        self.conditions = frozenset(place for place, node in enumerate(nodes) if isinstance(node, Condition))
        self.numbers = frozenset(place for place, node in enumerate(nodes) if isinstance(node, Number))
        self._among = self.conditions | self.numbers
        self._known = tuple(sorted(self._among))
        self._functions: dict[tuple[bool, tuple[int, ...]], Function] = {}

    def answers(self, sheet: Sheet, wanted: Sequence[int]) -> dict[int, np.ndarray]:
        """By place those of the wanted that can be worked out: of few rows every one that is known, which costs less
        than a function of its own.
        """
        rows = sheet.values.shape[1]
        by_row = rows <= BY_ROW
        mine = tuple(dict.fromkeys([place for place in wanted if place in self._among]))
        asked = self._known if mine and rows < MANY else mine
        if not asked:
            return {}
        if len(self._functions) > _FEW and (by_row, asked) not in self._functions:
            asked = self._known
        try:
            return dict(zip(asked, self._worked_out(sheet, asked, by_row), strict=True))
        except NotANumber:
            return self._one_by_one(sheet, mine, by_row)

    def _one_by_one(self, sheet: Sheet, wanted: Sequence[int], by_row: bool) -> dict[int, np.ndarray]:
        """Without those in which a number is none."""
        found = {}
        for place in wanted:
            try:
                (found[place],) = self._worked_out(sheet, (place,), by_row)
            except NotANumber:
                continue
        return found

    def _worked_out(self, sheet: Sheet, asked: tuple[int, ...], by_row: bool) -> Sequence[np.ndarray]:
        function = self._functions.get((by_row, asked))
        if function is None:
            function = self._functions[by_row, asked] = self._made(asked, by_row)
        if by_row:
            return self._rows(sheet, asked, function)
        with np.errstate(all="ignore"):
            found = function(sheet.values, sheet.code)
        return [answer if np.ndim(answer) else np.full(len(sheet), answer) for answer in found]

    def _rows(self, sheet: Sheet, asked: Sequence[int], function: Function) -> Sequence[np.ndarray]:
        answers = [function(row, sheet.code) for row in sheet.values.T.tolist()]
        found = np.array(answers, dtype=np.float64).reshape(len(answers), len(asked)).T
        return [
            answer != 0.0 if place in self.conditions else answer for place, answer in zip(asked, found, strict=True)
        ]

    def _made(self, asked: Sequence[int], by_row: bool) -> Function:
        writer = Writer()
        return writer.made([_written(self.nodes[place], writer) for place in asked], by_row)


def _written(node: Any, writer: Writer) -> str:
    write: Callable[[Writer], str] = node.holds if isinstance(node, Condition) else node.of
    return write(writer)
