"""Events as CloudEvents, the way a sender writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import polars as pl

_FIXED = ("id", "source", "type", "customer_id", "time")
_RFC3339 = "%Y-%m-%dT%H:%M:%S%.6fZ"


def cloud_events(events: pl.DataFrame) -> list[dict[str, Any]]:
    """A CloudEvent per row of an events frame; `data` holds the fields that are not null."""
    times = [name for name, dtype in events.schema.items() if dtype.is_temporal()]
    texts = events.with_columns(pl.col(times).dt.strftime(_RFC3339))
    fields = [name for name in events.columns if name not in _FIXED]
    return [
        {
            "specversion": "1.0", "id": row["id"], "source": row["source"], "type": row["type"],
            "subject": row["customer_id"], "time": row["time"],
            "data": {name: row[name] for name in fields if row[name] is not None},
        }
        for row in texts.iter_rows(named=True)
    ]  # fmt: skip


def bodies(items: Sequence[dict[str, Any]], batch: int) -> Iterator[bytes]:
    """Encoded batches of up to `batch` items each, in order."""
    encode = msgspec.json.Encoder().encode
    return (encode(items[start : start + batch]) for start in range(0, len(items), batch))
