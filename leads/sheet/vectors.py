"""Rules over a sheet as code: over whole columns with NumPy, or for one row after another with plain numbers, where
Polars' own start costs more than the work.

Compiled from the expression's serialised form, so that both ways read the same SQL. What is not known here is not
compiled, and stays with Polars. Nulls follow SQL: they spread through comparisons and sums, and AND and OR know three
values, so a condition is two: where it holds, and where it fails. A number that is missing is NaN; where a quotient or
a logarithm makes another NaN, NotANumber is raised, and these rows stay with Polars too. Each node writes itself as an
expression that means the same of arrays and of numbers; `leads.sheet.code` says what its few functions do to either.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Any

import polars as pl

from leads.sheet.code import Writer
from leads.sheet.columns import FLAG, TEXT, Columns

Written = Callable[[Writer], str]
"""An expression, written where a function is made of it."""


class _Unknown(Exception):
    """A node that is not compiled."""


@dataclass(frozen=True, eq=False)
class Number:
    """A number, NaN where missing. whole: written as a whole number."""

    of: Written
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Condition:
    """Whether it holds, and whether it fails; neither where it is unknown."""

    holds: Written
    fails: Written


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

_COMPARISONS: Mapping[str, tuple[str, str]] = {
    "Eq": ("==", "!="), "NotEq": ("!=", "=="), "Lt": ("<", ">="), "LtEq": ("<=", ">"), "Gt": (">", "<="),
    "GtEq": (">=", "<"),
}  # fmt: skip
"""By name the comparison, and the one that holds where it fails."""

_SUMS: Mapping[str, str] = {
    "Plus": "+", "Minus": "-", "Multiply": "*", "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Divide": "/",
    "TrueDivide": "/",
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
        except (_Unknown, pl.exceptions.PolarsError, ValueError, RecursionError):
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

    def _once(self, write: Written) -> Written:
        self._count += 1
        place = self._count
        return lambda writer: writer.once(place, write)

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
        place = self._columns.places[str(name)]
        number = Number(lambda writer: f"S[{place}]")
        return _yes_or_no(number) if dtype == FLAG else number

    def _literal(self, inner: Any) -> Node:
        value = _constant({"Literal": inner})
        if isinstance(value, str):
            return Texts((Word(value),))
        if isinstance(value, bool):
            return Condition(lambda writer: repr(value), lambda writer: repr(not value))
        if value is not None and not isinstance(value, int | float | Decimal):
            raise _Unknown
        number = repr(float("nan") if value is None else float(value))
        return Number(lambda writer: number, isinstance(value, int))

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
            return _compared(self._columns, name, left, right)
        if name not in _SUMS or not (isinstance(left, Number) and isinstance(right, Number)):
            raise _Unknown
        if _SUMS[name] == "/" and left.whole and right.whole:
            raise _Unknown
        return _summed(_SUMS[name], left, right)

    def _ternary(self, inner: Any) -> Node:
        asked, yes, no = (self._made(inner[part]) for part in ("predicate", "truthy", "falsy"))
        if not isinstance(asked, Condition):
            raise _Unknown
        if isinstance(yes, Condition) and isinstance(no, Condition):
            return Condition(
                lambda writer: f"where({asked.holds(writer)}, {yes.holds(writer)}, {no.holds(writer)})",
                lambda writer: f"where({asked.holds(writer)}, {yes.fails(writer)}, {no.fails(writer)})",
            )
        if isinstance(yes, Number) and isinstance(no, Number):
            return Number(
                lambda writer: f"where({asked.holds(writer)}, {yes.of(writer)}, {no.of(writer)})",
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
        return _FUNCTIONS[name](self._columns, [self._made(item) for item in inner["input"]])

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
        return _among(self._columns, asked, values)


def _constant(written: Any) -> Any:
    """What a literal is, asked of Polars itself."""
    return pl.select(pl.Expr.deserialize(StringIO(json.dumps(written)), format="json")).item()


def _yes_or_no(number: Number) -> Condition:
    """A number as a condition: what is not 0 holds."""

    def holds(writer: Writer) -> str:
        value = number.of(writer)
        return f"(({value} != 0.0) & ({value} == {value}))"

    return Condition(holds, lambda writer: f"({number.of(writer)} == 0.0)")


def _number(node: Node) -> Number:
    """A condition as a number: 1, 0 or missing."""
    if isinstance(node, Number):
        return node
    if not isinstance(node, Condition):
        raise _Unknown
    return Number(lambda writer: f"where({node.holds(writer)}, 1.0, where({node.fails(writer)}, 0.0, nan))")


def _joined(name: str, left: Node, right: Node) -> Condition:
    if not (isinstance(left, Condition) and isinstance(right, Condition)):
        raise _Unknown

    def both(a: Written, b: Written) -> Written:
        return lambda writer: f"({a(writer)} & {b(writer)})"

    def either(a: Written, b: Written) -> Written:
        return lambda writer: f"({a(writer)} | {b(writer)})"

    if name == "And":
        return Condition(both(left.holds, right.holds), either(left.fails, right.fails))
    return Condition(either(left.holds, right.holds), both(left.fails, right.fails))


def _compared(columns: Columns, name: str, left: Node, right: Node) -> Condition:
    if isinstance(left, Texts) and isinstance(right, Texts) and name in ("Eq", "NotEq"):
        asked, word = (left, right.word) if right.word is not None else (right, left.word)
        if word is None:
            raise _Unknown
        found = _words_among(columns, asked, (word,))
        return found if name == "Eq" else Condition(found.fails, found.holds)
    if isinstance(left, Condition) != isinstance(right, Condition):
        raise _Unknown
    a, b = _number(left), _number(right)

    def answered(compare: str) -> Written:
        def write(writer: Writer) -> str:
            x, y = a.of(writer), b.of(writer)
            known = f" & ({x} == {x}) & ({y} == {y})" if compare == "!=" else ""
            return f"(({x} {compare} {y}){known})"

        return write

    true, false = _COMPARISONS[name]
    return Condition(answered(true), answered(false))


def _among(columns: Columns, asked: Node, values: Sequence[Any]) -> Condition:
    if isinstance(asked, Texts):
        if not all(isinstance(value, str) for value in values):
            raise _Unknown
        return _words_among(columns, asked, tuple(values))
    if not isinstance(asked, Number) or not all(type(value) in (int, float) for value in values):
        raise _Unknown
    numbers = tuple(map(float, values))

    def holds(writer: Writer) -> str:
        return f"isin({asked.of(writer)}, {writer.constant(numbers)})"

    def fails(writer: Writer) -> str:
        value = asked.of(writer)
        return f"((isin({value}, {writer.constant(numbers)}) ^ True) & ({value} == {value}))"

    return Condition(holds, fails)


def _words_among(columns: Columns, asked: Texts, words: tuple[str, ...]) -> Condition:
    def found(writer: Writer) -> tuple[str, str]:
        """Where it is one of the words, and where it is nothing."""
        holds, unknown = "False", "True"
        for part in asked.parts:
            if isinstance(part, Word):
                return (f"({holds} | {unknown})" if part.text in words else holds), "False"
            codes = f"S[{columns.places[part]}]"
            for word in words:
                holds = writer.line(f"{holds} | ({unknown} & ({codes} == {writer.code(part, word)}))")
            unknown = writer.line(f"{unknown} & ({codes} != {codes})")
        return holds, unknown

    def fails(writer: Writer) -> str:
        holds, unknown = found(writer)
        return f"(({holds} | {unknown}) ^ True)"

    return Condition(lambda writer: found(writer)[0], fails)


def _summed(sign: str, left: Number, right: Number) -> Number:
    def of(writer: Writer) -> str:
        a, b = left.of(writer), right.of(writer)
        found = f"divided({a}, {b})" if sign == "/" else f"{a} {sign} {b}"
        return f"checked({found}, {a}, {b})"

    return Number(of, left.whole and right.whole)


def _coalesced(columns: Columns, inputs: Sequence[Node]) -> Node:
    if all(isinstance(each, Number) for each in inputs):
        numbers = [each for each in inputs if isinstance(each, Number)]

        def of(writer: Writer) -> str:
            found = numbers[0].of(writer)
            for each in numbers[1:]:
                found = writer.line(found)
                found = f"where({found} != {found}, {each.of(writer)}, {found})"
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

    def write(mine: Written, other: Written, against: Written) -> Written:
        return lambda writer: f"({mine(writer)} | ({other(writer)} & ({against(writer)} ^ True)))"

    return Condition(write(first.holds, second.holds, first.fails), write(first.fails, second.fails, first.holds))


def _extreme(name: str) -> Callable[[Columns, Sequence[Node]], Node]:
    def build(columns: Columns, inputs: Sequence[Node]) -> Node:
        numbers = [each for each in inputs if isinstance(each, Number)]
        if len(numbers) != len(inputs):
            raise _Unknown

        def of(writer: Writer) -> str:
            found = numbers[0].of(writer)
            for each in numbers[1:]:
                found = f"{name}({found}, {each.of(writer)})"
            return found

        return Number(of, all(each.whole for each in numbers))

    return build


def _logarithm(columns: Columns, inputs: Sequence[Node]) -> Node:
    value, base = inputs
    if not (isinstance(value, Number) and isinstance(base, Number)):
        raise _Unknown

    def of(writer: Writer) -> str:
        a, b = value.of(writer), base.of(writer)
        return f"checked(divided(log({a}), log({b})), {a}, {b})"

    return Number(of)


def _not(columns: Columns, inputs: Sequence[Node]) -> Node:
    (asked,) = inputs
    if not isinstance(asked, Condition):
        raise _Unknown
    return Condition(asked.fails, asked.holds)


def _missing(columns: Columns, inputs: Sequence[Node]) -> Condition:
    (asked,) = inputs

    def unknown(writer: Writer) -> str:
        if isinstance(asked, Condition):
            return f"(({asked.holds(writer)} | {asked.fails(writer)}) ^ True)"
        if isinstance(asked, Number):
            value = asked.of(writer)
            return f"({value} != {value})"
        if any(isinstance(part, Word) for part in asked.parts):
            return "False"
        codes = [f"S[{columns.places[str(part)]}]" for part in asked.parts]
        return "(" + " & ".join(f"({code} != {code})" for code in codes) + ")"

    return Condition(unknown, lambda writer: f"({unknown(writer)} ^ True)")


def _present(columns: Columns, inputs: Sequence[Node]) -> Node:
    found = _missing(columns, inputs)
    return Condition(found.fails, found.holds)


_FUNCTIONS: Mapping[str, Callable[[Columns, Sequence[Node]], Node]] = {
    "Coalesce": _coalesced, "MinHorizontal": _extreme("fmin"), "MaxHorizontal": _extreme("fmax"), "Not": _not,
    "IsNull": _missing, "IsNotNull": _present, "FillNull": _coalesced, "Log": _logarithm,
}  # fmt: skip
