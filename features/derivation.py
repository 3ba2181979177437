"""Columns that are worked out from other columns of the feature frame, for few rows and for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from leads.arbitration.rowwise import compiled, readable

_FEW = 8
"""Up to so many rows are worked out one by one: a query over the frame costs more."""


class Derivation:
    """Expressions by the column that each becomes, of the given types; none of them reads another."""

    def __init__(self, schema: Mapping[str, pl.DataType], expressions: Sequence[pl.Expr]) -> None:
        self._schema = schema
        self._expressions = [
            expression.cast(dtype).alias(name)
            for (name, dtype), expression in zip(schema.items(), expressions, strict=True)
        ]
        found = [compiled(expression) for expression in expressions]
        self._rowwise = [each for each in found if each is not None]

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with its columns."""
        if not self._expressions:
            return frame
        if len(frame) <= _FEW and len(self._rowwise) == len(self._expressions):
            rows = [frame.row(i, named=True) for i in range(len(frame))]
            if all(map(readable, rows)):
                values = [[each(row) for row in rows] for each in self._rowwise]
                columns = zip(self._schema.items(), values, strict=True)
                return frame.hstack([pl.Series(name, found, dtype, strict=False) for (name, dtype), found in columns])
        return frame.with_columns(self._expressions)
