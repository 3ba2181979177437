"""Rules over a sheet: an expression as NumPy over whole columns, where Polars' own start costs more than the work.

Compiled from the expression's serialised form, so that both ways read the same SQL. What is not known here is not
compiled, and stays with Polars. Nulls follow SQL: they spread through comparisons and sums, and AND and OR know three
values, so a condition is two arrays: where it holds, and where it fails. A number that is missing is NaN; where a
quotient or a logarithm makes another NaN, NotANumber is raised, and these rows stay with Polars too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Any

import numpy as np
import polars as pl

from leads.sheet.columns import FLAG, TEXT, Columns
from leads.sheet.sheet import Sheet

Array = np.ndarray
Memo = dict[int, Any]
"""What the nodes have said of a sheet, by node, so that each is asked once."""


class NotANumber(ArithmeticError):
    """A NaN that is no missing value: Polars orders it otherwise than NumPy."""


class _Unknown(Exception):
    """A node that is not compiled."""


@dataclass(frozen=True, eq=False)
class Number:
    """(n,) float64 of a sheet, NaN where missing. whole: written as a whole number."""

    of: Callable[[Sheet, Memo], Array]
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Condition:
    """(n,) bool of a sheet: where it holds, and where it fails; neither where it is unknown."""

    holds: Callable[[Sheet, Memo], Array]
    fails: Callable[[Sheet, Memo], Array]


@dataclass(frozen=True, eq=False)
class Word:
    """A text that is written in a rule."""

    text: str


@dataclass(frozen=True, eq=False)
class Texts:
    """A text: the first of these columns and words that is there."""

    parts: tuple[str | Word, ...]

    @property
    def word(self) -> str | None:
        """The text, where it is one that is written."""
        first = self.parts[0]
        return first.text if isinstance(first, Word) else None


Node = Number | Condition | Texts

_COMPARISONS: Mapping[str, tuple[Callable[[Array, Array], Array], Callable[[Array, Array], Array]]] = {
    "Eq": (np.equal, np.not_equal), "NotEq": (np.not_equal, np.equal), "Lt": (np.less, np.greater_equal),
    "LtEq": (np.less_equal, np.greater), "Gt": (np.greater, np.less_equal), "GtEq": (np.greater_equal, np.less),
}  # fmt: skip
_SUMS: Mapping[str, Callable[[Array, Array], Array]] = {
    "Plus": np.add, "Minus": np.subtract, "Multiply": np.multiply, "Add": np.add, "Sub": np.subtract,
    "Mul": np.multiply, "Div": np.divide, "Divide": np.divide, "TrueDivide": np.divide,
}  # fmt: skip


class Compiler:
    """Nodes over columns of known types; the same expression is one node, however often it is asked for."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._nodes: dict[str, Node | None] = {}
        self._count = 0

    def node(self, expression: pl.Expr) -> Node | None:
        """The expression's node; None where it holds something that only Polars knows."""
        try:
            return self._made(json.loads(expression.meta.serialize(format="json")))
        except (_Unknown, pl.exceptions.PolarsError, ValueError):
            return None

    def _made(self, written: Any) -> Node:
        key = json.dumps(written, sort_keys=True)
        if key not in self._nodes:
            try:
                self._nodes[key] = self._remembered(self._read(written))
            except _Unknown:
                self._nodes[key] = None
        found = self._nodes[key]
        if found is None:
            raise _Unknown
        return found

    def _remembered(self, node: Node) -> Node:
        if isinstance(node, Number):
            return Number(self._once(node.of), node.whole)
        if isinstance(node, Condition):
            return Condition(self._once(node.holds), self._once(node.fails))
        return node

    def _once(self, work: Callable[[Sheet, Memo], Array]) -> Callable[[Sheet, Memo], Array]:
        self._count += 1
        place = self._count

        def remembered(sheet: Sheet, memo: Memo) -> Array:
            found = memo.get(place)
            if found is None:
                found = memo[place] = work(sheet, memo)
            return np.asarray(found)

        return remembered

    def _read(self, written: Any) -> Node:
        if not isinstance(written, dict) or len(written) != 1:
            raise _Unknown
        ((kind, inner),) = written.items()
        readers: Mapping[str, Callable[[Any], Node]] = {
            "Column": self._column, "Literal": self._literal, "BinaryExpr": self._binary, "Ternary": self._ternary,
            "Function": self._function, "Cast": self._cast, "Alias": self._alias,
        }  # fmt: skip
        if kind not in readers:
            raise _Unknown
        return readers[kind](inner)

    def _column(self, name: Any) -> Node:
        dtype = self._columns.dtypes.get(str(name))
        if dtype is None:
            raise _Unknown
        if dtype == TEXT:
            return Texts((str(name),))
        number = Number(lambda sheet, memo: sheet.numbers(str(name)))
        return _yes_or_no(number) if dtype == FLAG else number

    def _literal(self, inner: Any) -> Node:
        value = _constant({"Literal": inner})
        if isinstance(value, str):
            return Texts((Word(value),))
        if isinstance(value, bool):
            return Condition(lambda sheet, memo: _filled(sheet, value), lambda sheet, memo: _filled(sheet, not value))
        if value is not None and not isinstance(value, int | float | Decimal):
            raise _Unknown
        number = np.float64(np.nan if value is None else value)
        return Number(lambda sheet, memo: np.full(len(sheet), number), isinstance(value, int))

    def _cast(self, inner: Any) -> Node:
        """Only what is put around conditions and numbers: a cast to what they are already, or between them."""
        value = self._made(inner["expr"])
        dtype = inner["dtype"].get("Literal") if isinstance(inner["dtype"], dict) else None
        if dtype == "Boolean" and isinstance(value, Condition):
            return value
        if dtype == "Boolean" and isinstance(value, Number):
            return _yes_or_no(value)
        if dtype == "Float64" and isinstance(value, Number | Condition):
            return Number(_number(value).of)
        raise _Unknown

    def _alias(self, inner: Any) -> Node:
        return self._made(inner[0])

    def _binary(self, inner: Any) -> Node:
        return self._applied(inner["op"], self._made(inner["left"]), self._made(inner["right"]))

    def _applied(self, name: str, left: Node, right: Node) -> Node:
        if name in ("And", "Or"):
            return _joined(name, left, right)
        if name in _COMPARISONS:
            return _compared(name, left, right)
        if name not in _SUMS or not (isinstance(left, Number) and isinstance(right, Number)):
            raise _Unknown
        if _SUMS[name] is np.divide and left.whole and right.whole:
            raise _Unknown
        return _summed(_SUMS[name], left, right)

    def _ternary(self, inner: Any) -> Node:
        asked, yes, no = (self._made(inner[part]) for part in ("predicate", "truthy", "falsy"))
        if not isinstance(asked, Condition):
            raise _Unknown
        if isinstance(yes, Condition) and isinstance(no, Condition):
            return Condition(
                lambda sheet, memo: np.where(asked.holds(sheet, memo), yes.holds(sheet, memo), no.holds(sheet, memo)),
                lambda sheet, memo: np.where(asked.holds(sheet, memo), yes.fails(sheet, memo), no.fails(sheet, memo)),
            )
        if isinstance(yes, Number) and isinstance(no, Number):
            return Number(
                lambda sheet, memo: np.where(asked.holds(sheet, memo), yes.of(sheet, memo), no.of(sheet, memo)),
                yes.whole and no.whole,
            )
        raise _Unknown

    def _function(self, inner: Any) -> Node:
        name = inner["function"]
        if isinstance(name, dict) and set(name) == {"Boolean"}:
            name = name["Boolean"]
        if isinstance(name, dict) and set(name) == {"Sql"}:
            return self._sql(name["Sql"], inner["input"])
        if not isinstance(name, str) or name not in _FUNCTIONS:
            raise _Unknown
        return _FUNCTIONS[name]([self._made(item) for item in inner["input"]])

    def _sql(self, name: Any, inputs: Sequence[Any]) -> Node:
        """Comparisons and sums with a decimal, and IN."""
        if isinstance(name, dict) and "Binary" in name:
            left, right = map(self._made, inputs)
            return self._applied(name["Binary"], left, right)
        if not isinstance(name, dict) or "IsIn" not in name:
            raise _Unknown
        asked, among = self._made(inputs[0]), _constant(inputs[1])
        values = among.to_list() if isinstance(among, pl.Series) else None
        if values is None or None in values:
            raise _Unknown
        return _among(asked, values)


def _constant(written: Any) -> Any:
    """What a literal is, asked of Polars itself."""
    return pl.select(pl.Expr.deserialize(StringIO(json.dumps(written)), format="json")).item()


def _filled(sheet: Sheet, value: bool) -> Array:
    return np.full(len(sheet), value)


def _yes_or_no(number: Number) -> Condition:
    """A number as a condition: what is not 0 holds."""

    def holds(sheet: Sheet, memo: Memo) -> Array:
        value = number.of(sheet, memo)
        return np.asarray((value != 0.0) & (value == value))

    return Condition(holds, lambda sheet, memo: number.of(sheet, memo) == 0.0)


def _number(node: Node) -> Number:
    """A condition as a number: 1, 0 or missing."""
    if isinstance(node, Number):
        return node
    if not isinstance(node, Condition):
        raise _Unknown
    return Number(
        lambda sheet, memo: np.where(
            node.holds(sheet, memo), 1.0, np.where(node.fails(sheet, memo), 0.0, np.float64(np.nan))
        )
    )


def _joined(name: str, left: Node, right: Node) -> Condition:
    if not (isinstance(left, Condition) and isinstance(right, Condition)):
        raise _Unknown

    def both(a: Callable[[Sheet, Memo], Array], b: Callable[[Sheet, Memo], Array]) -> Callable[[Sheet, Memo], Array]:
        return lambda sheet, memo: a(sheet, memo) & b(sheet, memo)

    def either(a: Callable[[Sheet, Memo], Array], b: Callable[[Sheet, Memo], Array]) -> Callable[[Sheet, Memo], Array]:
        return lambda sheet, memo: a(sheet, memo) | b(sheet, memo)

    if name == "And":
        return Condition(both(left.holds, right.holds), either(left.fails, right.fails))
    return Condition(either(left.holds, right.holds), both(left.fails, right.fails))


def _compared(name: str, left: Node, right: Node) -> Condition:
    if isinstance(left, Texts) and isinstance(right, Texts) and name in ("Eq", "NotEq"):
        asked, word = (left, right.word) if right.word is not None else (right, left.word)
        if word is None:
            raise _Unknown
        found = _words_among(asked, (word,))
        return found if name == "Eq" else Condition(found.fails, found.holds)
    if isinstance(left, Condition) != isinstance(right, Condition):
        raise _Unknown
    a, b = _number(left), _number(right)
    true, false = _COMPARISONS[name]

    def answered(compare: Callable[[Array, Array], Array]) -> Callable[[Sheet, Memo], Array]:
        if compare is not np.not_equal:
            return lambda sheet, memo: compare(a.of(sheet, memo), b.of(sheet, memo))

        def unequal(sheet: Sheet, memo: Memo) -> Array:
            x, y = a.of(sheet, memo), b.of(sheet, memo)
            return np.asarray((x != y) & (x == x) & (y == y))

        return unequal

    return Condition(answered(true), answered(false))


def _among(asked: Node, values: Sequence[Any]) -> Condition:
    if isinstance(asked, Texts):
        if not all(isinstance(value, str) for value in values):
            raise _Unknown
        return _words_among(asked, tuple(values))
    if not isinstance(asked, Number) or not all(type(value) in (int, float) for value in values):
        raise _Unknown
    numbers = np.array(values, dtype=np.float64)

    def fails(sheet: Sheet, memo: Memo) -> Array:
        value = asked.of(sheet, memo)
        return np.asarray(~np.isin(value, numbers) & (value == value))

    return Condition(lambda sheet, memo: np.isin(asked.of(sheet, memo), numbers), fails)


def _words_among(asked: Texts, words: tuple[str, ...]) -> Condition:
    def found(sheet: Sheet) -> tuple[Array, Array]:
        """Where it is one of the words, and where it is nothing."""
        holds, unknown = _filled(sheet, False), _filled(sheet, True)
        for part in asked.parts:
            if isinstance(part, Word):
                return (holds | unknown if part.text in words else holds), _filled(sheet, False)
            codes = sheet.numbers(part)
            for word in words:
                holds |= unknown & (codes == sheet.code(part, word))
            unknown &= codes != codes
        return holds, unknown

    def fails(sheet: Sheet, memo: Memo) -> Array:
        holds, unknown = found(sheet)
        return np.asarray(~(holds | unknown))

    return Condition(lambda sheet, memo: found(sheet)[0], fails)


def _summed(apply: Callable[[Array, Array], Array], left: Number, right: Number) -> Number:
    def of(sheet: Sheet, memo: Memo) -> Array:
        a, b = left.of(sheet, memo), right.of(sheet, memo)
        with np.errstate(all="ignore"):
            return _checked(apply(a, b), a, b)

    return Number(of, left.whole and right.whole)


def _checked(found: Array, *of: Array) -> Array:
    """Raises NotANumber where a NaN came of what was there."""
    missing = np.isnan(found)
    if missing.any():
        for each in of:
            missing &= ~np.isnan(each)
        if missing.any():
            raise NotANumber
    return found


def _coalesced(inputs: Sequence[Node]) -> Node:
    if all(isinstance(each, Number) for each in inputs):
        numbers = [each for each in inputs if isinstance(each, Number)]

        def of(sheet: Sheet, memo: Memo) -> Array:
            found = numbers[0].of(sheet, memo)
            for each in numbers[1:]:
                found = np.where(np.isnan(found), each.of(sheet, memo), found)
            return found

        return Number(of, all(each.whole for each in numbers))
    if all(isinstance(each, Condition) for each in inputs):
        found, *others = [each for each in inputs if isinstance(each, Condition)]
        for each in others:
            found = _otherwise(found, each)
        return found
    if all(isinstance(each, Texts) for each in inputs):
        return Texts(tuple(part for each in inputs if isinstance(each, Texts) for part in each.parts))
    raise _Unknown


def _otherwise(first: Condition, second: Condition) -> Condition:
    """The second where the first is unknown."""

    def holds(sheet: Sheet, memo: Memo) -> Array:
        return np.asarray(first.holds(sheet, memo) | (second.holds(sheet, memo) & ~first.fails(sheet, memo)))

    def fails(sheet: Sheet, memo: Memo) -> Array:
        return np.asarray(first.fails(sheet, memo) | (second.fails(sheet, memo) & ~first.holds(sheet, memo)))

    return Condition(holds, fails)


def _extreme(choose: Callable[[Array, Array], Array]) -> Callable[[Sequence[Node]], Node]:
    def build(inputs: Sequence[Node]) -> Node:
        numbers = [each for each in inputs if isinstance(each, Number)]
        if len(numbers) != len(inputs):
            raise _Unknown

        def of(sheet: Sheet, memo: Memo) -> Array:
            found = numbers[0].of(sheet, memo)
            for each in numbers[1:]:
                found = choose(found, each.of(sheet, memo))
            return found

        return Number(of, all(each.whole for each in numbers))

    return build


def _logarithm(inputs: Sequence[Node]) -> Node:
    value, base = inputs
    if not (isinstance(value, Number) and isinstance(base, Number)):
        raise _Unknown

    def of(sheet: Sheet, memo: Memo) -> Array:
        a, b = value.of(sheet, memo), base.of(sheet, memo)
        with np.errstate(all="ignore"):
            return _checked(np.log(a) / np.log(b), a, b)

    return Number(of)


def _not(inputs: Sequence[Node]) -> Node:
    (asked,) = inputs
    if not isinstance(asked, Condition):
        raise _Unknown
    return Condition(asked.fails, asked.holds)


def _missing(inputs: Sequence[Node]) -> Condition:
    (asked,) = inputs

    def unknown(sheet: Sheet, memo: Memo) -> Array:
        if isinstance(asked, Condition):
            return np.asarray(~(asked.holds(sheet, memo) | asked.fails(sheet, memo)))
        if isinstance(asked, Number):
            return np.asarray(np.isnan(asked.of(sheet, memo)))
        if asked.word is not None or any(isinstance(part, Word) for part in asked.parts):
            return _filled(sheet, False)
        return np.asarray(np.all([np.isnan(sheet.numbers(str(part))) for part in asked.parts], axis=0))

    return Condition(unknown, lambda sheet, memo: np.asarray(~unknown(sheet, memo)))


def _present(inputs: Sequence[Node]) -> Node:
    found = _missing(inputs)
    return Condition(found.fails, found.holds)


_FUNCTIONS: Mapping[str, Callable[[Sequence[Node]], Node]] = {
    "Coalesce": _coalesced, "MinHorizontal": _extreme(np.fmin), "MaxHorizontal": _extreme(np.fmax), "Not": _not,
    "IsNull": _missing, "IsNotNull": _present, "FillNull": _coalesced, "Log": _logarithm,
}  # fmt: skip
