"""The bounds of the live door on a source's columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import polars as pl

from leads.configuration.bounds import TOLERANCE, Bounds
from leads.history import IDENTITIES, TIME

KEYS: Mapping[str, Sequence[str]] = {"customers": ("customer_id",), "events": ("id", "source", "type", "customer_id")}
"""Texts by which rows of a table are known and joined; a tag of such a name is a tag like others."""

HAPPENED: Mapping[str, str] = {"customers": "at", "events": "time"}
"""When something was, so that it cannot lie ahead."""

_LENGTH = 256
"""Characters of an id or source at most."""


def rules(
    table: str, name: str, dtype: pl.DataType, bounds: Bounds, now: datetime
) -> Iterator[tuple[pl.Expr, str]]:  # fmt: skip
    """What breaks the door's rules for a column of customers or events, as a condition on `value`, and what is allowed.
    Null breaks none; identities and zones have rules of their own.
    """
    value = pl.col("value")
    if name == HAPPENED[table]:
        yield value < bounds.oldest, f"not before {bounds.oldest:%Y-%m-%d}"
        yield value > now + TOLERANCE, f"at most {TOLERANCE.seconds} seconds after now"
    elif dtype == TIME:
        within = f"between {bounds.earliest:%Y-%m-%d} and {bounds.latest:%Y-%m-%d}"
        yield ~value.is_between(bounds.earliest, bounds.latest), within
    elif dtype == pl.Float64():
        within = f"a finite number, between -{bounds.number:g} and {bounds.number:g}"
        yield ~value.is_between(-bounds.number, bounds.number), within
    elif name in KEYS[table]:
        control = value.str.contains(r"\p{Cc}")
        yield (value.str.len_chars() > _LENGTH) | control, f"1 to {_LENGTH} characters, without control characters"
    elif dtype == pl.String() and name not in (*IDENTITIES, "timezone"):
        yield value.str.len_chars() > bounds.text, f"a text of at most {bounds.text:,} characters"
