"""The bounds of the live door on a source's columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from leads.bounds import TOLERANCE, Bounds
from leads.history import IDENTITIES, TIME

KEYS = ("id", "source", "type", "customer_id")
"""Texts by which rows are known and joined."""

HAPPENED = ("time", "at")
"""When something was, so that it cannot lie ahead."""

_LENGTH = 256
"""Characters of an id or source at most."""


def rules(name: str, dtype: pl.DataType, bounds: Bounds, now: datetime) -> Iterator[tuple[pl.Expr, str]]:
    """What breaks the door's rules for a column, as a condition on `value`, and what is allowed. Null breaks
    none; identities and zones have rules of their own.
    """
    value = pl.col("value")
    if name in HAPPENED:
        yield value < bounds.oldest, f"not before {bounds.oldest:%Y-%m-%d}"
        yield value > now + TOLERANCE, f"at most {TOLERANCE.seconds} seconds after now"
    elif dtype == TIME:
        within = f"between {bounds.earliest:%Y-%m-%d} and {bounds.latest:%Y-%m-%d}"
        yield ~value.is_between(bounds.earliest, bounds.latest), within
    elif dtype == pl.Float64():
        within = f"a finite number, between -{bounds.number:g} and {bounds.number:g}"
        yield ~value.is_between(-bounds.number, bounds.number), within
    elif name in KEYS:
        control = value.str.contains(r"\p{Cc}")
        yield (value.str.len_chars() > _LENGTH) | control, f"1 to {_LENGTH} characters, without control characters"
    elif dtype == pl.String() and name not in (*IDENTITIES, "timezone"):
        yield value.str.len_chars() > bounds.text, f"a text of at most {bounds.text:,} characters"
