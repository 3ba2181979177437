"""Rules over a few rows: the expression as plain Python, where Polars' own start costs more than the work.

Compiled from the expression's serialised form, so that both ways read the same SQL. What is not known here is not
compiled, and stays with Polars. Nulls follow SQL: they spread through comparisons and sums, and AND and OR know three
values. Where a quotient or a logarithm is no number, ArithmeticError or ValueError is raised: such a row stays with
Polars too.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from io import StringIO
from math import log
from typing import Any

import polars as pl

Row = Mapping[str, Any]
Compiled = Callable[[Row], Any]


VERY_FEW = 8
"""Up to so many rows Python beats what it costs to ask Polars."""


class _Unknown(Exception):
    """A node that is not compiled."""


NOT_A_NUMBER = (ArithmeticError, ValueError)
"""What a compiled expression raises for a row that must be left to Polars."""


def _divided(left: Any, right: Any) -> float:
    """Of whole numbers alone only Polars knows the type."""
    if not isinstance(left, float) and not isinstance(right, float):
        raise ArithmeticError
    return float(left / right)


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt, "LtEq": operator.le, "Gt": operator.gt,
    "GtEq": operator.ge, "Plus": operator.add, "Minus": operator.sub, "Multiply": operator.mul,
    "Add": operator.add, "Sub": operator.sub, "Mul": operator.mul, "Div": _divided,
}  # fmt: skip


def compiled(expression: pl.Expr) -> Compiled | None:
    """The expression over one row, column → value; None where it holds something that only Polars knows."""
    try:
        return _node(json.loads(expression.meta.serialize(format="json")))
    except (_Unknown, pl.exceptions.PolarsError, ValueError):
        return None


def readable(row: Row) -> bool:
    """Whether a row may be read this way: Polars orders NaN otherwise than Python. Only NaN is not what it is."""
    values = row.values()
    return not any(map(operator.ne, values, values))


def _node(node: Any) -> Compiled:
    if not isinstance(node, dict) or len(node) != 1:
        raise _Unknown
    ((kind, inner),) = node.items()
    if kind not in _NODES:
        raise _Unknown
    return _NODES[kind](inner)


def _column(name: Any) -> Compiled:
    return operator.itemgetter(str(name))


def _literal(inner: Any) -> Compiled:
    value = _constant({"Literal": inner})
    if isinstance(value, Decimal):
        value = float(value)
    if not (value is None or isinstance(value, bool | int | float | str)):
        raise _Unknown
    return lambda row: value


def _constant(node: Any) -> Any:
    """What a literal is, asked of Polars itself."""
    return pl.select(pl.Expr.deserialize(StringIO(json.dumps(node)), format="json")).item()


def _cast(inner: Any) -> Compiled:
    """Only what is put around conditions and numbers: a cast to what they are already, or between numbers."""
    value = _node(inner["expr"])
    kinds: Mapping[str, Callable[[Any], Any]] = {"Boolean": bool, "Float64": float}
    dtype = inner["dtype"].get("Literal") if isinstance(inner["dtype"], dict) else None
    if not isinstance(dtype, str) or dtype not in kinds:
        raise _Unknown
    kind = kinds[dtype]
    return lambda row: None if (found := value(row)) is None else kind(found)


def _alias(inner: Any) -> Compiled:
    return _node(inner[0])


def _binary(inner: Any) -> Compiled:
    left, right, name = _node(inner["left"]), _node(inner["right"]), inner["op"]
    if name == "And":
        return _both(left, right)
    return _either(left, right) if name == "Or" else _applied(name, left, right)


def _applied(name: str, left: Compiled, right: Compiled) -> Compiled:
    if name not in _OPERATORS:
        raise _Unknown
    apply = _OPERATORS[name]

    def evaluate(row: Row) -> Any:
        a, b = left(row), right(row)
        return None if a is None or b is None else apply(a, b)

    return evaluate


def _both(left: Compiled, right: Compiled) -> Compiled:
    def evaluate(row: Row) -> bool | None:
        a = left(row)
        if a is False:
            return False
        b = right(row)
        return False if b is False else None if a is None or b is None else True

    return evaluate


def _either(left: Compiled, right: Compiled) -> Compiled:
    def evaluate(row: Row) -> bool | None:
        a = left(row)
        if a is True:
            return True
        b = right(row)
        return True if b is True else None if a is None or b is None else False

    return evaluate


def _ternary(inner: Any) -> Compiled:
    asked, yes, no = (_node(inner[part]) for part in ("predicate", "truthy", "falsy"))
    return lambda row: yes(row) if asked(row) is True else no(row)


def _function(inner: Any) -> Compiled:
    name = inner["function"]
    if isinstance(name, dict) and set(name) == {"Boolean"}:
        name = name["Boolean"]
    if isinstance(name, dict) and set(name) == {"Sql"}:
        return _sql(name["Sql"], inner["input"])
    if not isinstance(name, str) or name not in _FUNCTIONS:
        raise _Unknown
    return _FUNCTIONS[name]([_node(item) for item in inner["input"]])


def _sql(name: Any, inputs: Sequence[Any]) -> Compiled:
    """Comparisons and sums with a decimal, and IN."""
    if isinstance(name, dict) and "Binary" in name:
        left, right = map(_node, inputs)
        return _applied(name["Binary"], left, right)
    if not isinstance(name, dict) or "IsIn" not in name:
        raise _Unknown
    asked, among = _node(inputs[0]), _constant(inputs[1])
    values = among.to_list() if isinstance(among, pl.Series) else None
    if values is None or None in values:
        raise _Unknown
    members = frozenset(values)
    return lambda row: None if (found := asked(row)) is None else found in members


def _coalesce(inputs: Sequence[Compiled]) -> Compiled:
    def evaluate(row: Row) -> Any:
        for each in inputs:
            value = each(row)
            if value is not None:
                return value
        return None

    return evaluate


def _extreme(choose: Callable[..., Any]) -> Callable[[Sequence[Compiled]], Compiled]:
    def build(inputs: Sequence[Compiled]) -> Compiled:
        def evaluate(row: Row) -> Any:
            return choose((value for each in inputs if (value := each(row)) is not None), default=None)

        return evaluate

    return build


def _logarithm(inputs: Sequence[Compiled]) -> Compiled:
    value, base = inputs

    def evaluate(row: Row) -> float | None:
        number, root = value(row), base(row)
        return None if number is None or root is None else log(number) / log(root)

    return evaluate


def _not(inputs: Sequence[Compiled]) -> Compiled:
    (asked,) = inputs

    def evaluate(row: Row) -> bool | None:
        value = asked(row)
        return None if value is None else not value

    return evaluate


def _missing(inputs: Sequence[Compiled]) -> Compiled:
    (asked,) = inputs
    return lambda row: asked(row) is None


def _present(inputs: Sequence[Compiled]) -> Compiled:
    (asked,) = inputs
    return lambda row: asked(row) is not None


_FUNCTIONS: Mapping[str, Callable[[Sequence[Compiled]], Compiled]] = {
    "Coalesce": _coalesce, "MinHorizontal": _extreme(min), "MaxHorizontal": _extreme(max), "Not": _not,
    "IsNull": _missing, "IsNotNull": _present, "FillNull": _coalesce, "Log": _logarithm,
}  # fmt: skip
_NODES: Mapping[str, Callable[[Any], Compiled]] = {
    "Column": _column, "Literal": _literal, "BinaryExpr": _binary, "Ternary": _ternary, "Function": _function,
    "Cast": _cast, "Alias": _alias,
}  # fmt: skip
