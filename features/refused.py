"""What an import leaves out: each refused value or row with its place and its reason."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.traces import Traces

SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(), "row": pl.Int64(), "table": pl.String(), "customer_id": pl.String(), "event_id": pl.String(),
    "column": pl.String(), "value": pl.String(), "reason": pl.String(), "left_out": pl.String(),
}  # fmt: skip
"""file, row: where it stands, as far as the adapter tells. left_out: `row`, or `value` where the rest was kept."""


@dataclass(frozen=True)
class Refused:
    """A row per value that was not taken, columns SCHEMA."""

    rows: pl.DataFrame

    def __len__(self) -> int:
        return len(self.rows)

    def counts(self) -> pl.DataFrame:
        """`table, column, reason, left_out, count` and the first place of each as `file, row`, most frequent first."""
        keys = ["table", "column", "reason", "left_out"]
        found = self.rows.group_by(keys, maintain_order=True).agg(
            pl.len().cast(pl.Int64).alias("count"), pl.col("file", "row").first()
        )
        return found.sort("table", "count", "column", "reason", descending=[False, True, False, False])

    def reasons(self, most: int = 10) -> list[str]:
        """Why values were not taken, a text per column and reason, most frequent first."""
        counts = self.counts()
        told = [
            f"{row['count']:,} × {row['table']}.{row['column']}: {row['reason']}"
            for row in counts.head(most).to_dicts()
        ]
        return told + ([f"and {len(counts) - most:,} more reasons"] if len(counts) > most else [])

    def withheld(self) -> Refused:
        """The same without the values themselves: where they stand is told by file and row."""
        return Refused(self.rows.with_columns(pl.lit(None, pl.String()).alias("value")))

    def write(self, path: Path) -> None:
        """As CSV that its owner alone can read: it holds what people wrote about customers."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as stream:
            self.rows.write_csv(stream, include_bom=True)


def withhold(folder: Path) -> None:
    """Take the values out of what was written into a folder."""
    for file in sorted(folder.glob("*.csv")):
        Refused(_read(file)).withheld().write(file)


def forget(folder: Path, customer_ids: Collection[str], traces: Traces) -> None:
    """Take everything about these customers out of the files that were written into a folder, also where a row does
    not say whose it is.
    """
    for file in sorted(folder.glob("*.csv")):
        rows = _read(file)
        theirs = rows["customer_id"].is_in(list(customer_ids)).fill_null(False)
        named = pl.Series([traces.within(value or "") for value in rows["value"]], dtype=pl.Boolean)
        kept = rows.filter(~(theirs | named))
        if len(kept) < len(rows):
            Refused(kept).write(file)


def _read(file: Path) -> pl.DataFrame:
    return pl.read_csv(file, schema_overrides=SCHEMA, infer_schema=False)
