"""Functions made of written expressions: of many rows at once, or of one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Function = Callable[[Any, Callable[[str, str], float]], tuple[Any, ...]]
"""Of the columns by place, and what stands for a text in a column."""


class NotANumber(ArithmeticError):
    """A NaN that is no missing value: Polars orders it otherwise than NumPy."""


class Writer:
    """The lines of one function; what is asked for again is written once."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[Any, str] = {}
        self._constants: dict[tuple[float, ...], str] = {}

    def line(self, expression: str) -> str:
        """A name for the value of an expression from here on."""
        if expression.isidentifier():
            return expression
        name = f"v{len(self._lines)}"
        self._lines.append(f"{name} = {expression}")
        return name

    def once(self, key: Any, write: Callable[[Writer], str]) -> str:
        """A name for what is written under a key."""
        if key not in self._names:
            self._names[key] = self.line(write(self))
        return self._names[key]

    def code(self, column: str, text: str) -> str:
        """A name for what stands for a text in a column."""
        return self.once((column, text), lambda _: f"code({column!r}, {text!r})")

    def constant(self, numbers: tuple[float, ...]) -> str:
        """A name for some numbers among which one is looked for."""
        return self._constants.setdefault(numbers, f"k{len(self._constants)}")

    def made(self, answers: Sequence[str], by_row: bool) -> Function:
        """The function that gives these answers. by_row: its columns are numbers, not arrays."""
        body = "".join(f"    {line}\n" for line in self._lines)
        text = f"def answer(S, code):\n{body}    return ({''.join(f'{answer}, ' for answer in answers)})\n"
        looked_for = frozenset if by_row else np.array
        names: dict[str, Any] = {**(_OF_ROWS if by_row else _OF_COLUMNS), "nan": math.nan, "inf": math.inf}
        names |= {name: looked_for(numbers) for numbers, name in self._constants.items()}
        exec(compile(text, "<rules>", "exec"), names)
        made: Function = names["answer"]
        return made


def _checked(found: np.ndarray, *of: Any) -> np.ndarray:
    """Raises NotANumber where a NaN came of what was there."""
    missing = np.isnan(found)
    if missing.any():
        for each in of:
            missing = missing & ~np.isnan(each)
        if missing.any():
            raise NotANumber
    return found


def _checked_row(found: float, a: float, b: float) -> float:
    if found != found and a == a and b == b:
        raise NotANumber
    return found


def _divided_row(a: float, b: float) -> float:
    if b != 0.0:
        return a / b
    return math.nan if a == 0.0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def _log_row(value: float) -> float:
    if value > 0.0:
        return float(np.log(value))
    return -math.inf if value == 0.0 else math.nan


def _fmin_row(a: float, b: float) -> float:
    return b if a != a or b < a else a


def _fmax_row(a: float, b: float) -> float:
    return b if a != a or b > a else a


_OF_COLUMNS: dict[str, Any] = {
    "where": np.where, "isin": np.isin, "divided": np.divide, "log": np.log, "fmin": np.fmin, "fmax": np.fmax,
    "checked": _checked,
}  # fmt: skip

_OF_ROWS: dict[str, Any] = {
    "where": lambda asked, yes, no: yes if asked else no, "isin": lambda value, among: value in among,
    "divided": _divided_row, "log": _log_row, "fmin": _fmin_row, "fmax": _fmax_row, "checked": _checked_row,
}  # fmt: skip
"""The same of one row's numbers, to the last bit."""
