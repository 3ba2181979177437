"""The CoIL Challenge 2000 as a history: every row is a customer who might buy a caravan policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from features.tables import check_columns, numbers, outcomes, read_texts
from leads.errors import InvalidInput
from leads.history import TIME, History

TARGET, PRODUCT = "CARAVAN", "caravan"
CODES = ("MOSTYPE", "MOSHOOFD")
"""Customer types: numbers that name something."""

COLUMNS = (
    "MOSTYPE", "MAANTHUI", "MGEMOMV", "MGEMLEEF", "MOSHOOFD", "MGODRK", "MGODPR", "MGODOV", "MGODGE",
    "MRELGE", "MRELSA", "MRELOV", "MFALLEEN", "MFGEKIND", "MFWEKIND", "MOPLHOOG", "MOPLMIDD", "MOPLLAAG",
    "MBERHOOG", "MBERZELF", "MBERBOER", "MBERMIDD", "MBERARBG", "MBERARBO", "MSKA", "MSKB1", "MSKB2",
    "MSKC", "MSKD", "MHHUUR", "MHKOOP", "MAUT1", "MAUT2", "MAUT0", "MZFONDS", "MZPART", "MINKM30",
    "MINK3045", "MINK4575", "MINK7512", "MINK123M", "MINKGEM", "MKOOPKLA", "PWAPART", "PWABEDR",
    "PWALAND", "PPERSAUT", "PBESAUT", "PMOTSCO", "PVRAAUT", "PAANHANG", "PTRACTOR", "PWERKT", "PBROM",
    "PLEVEN", "PPERSONG", "PGEZONG", "PWAOREG", "PBRAND", "PZEILPL", "PPLEZIER", "PFIETS", "PINBOED",
    "PBYSTAND", "AWAPART", "AWABEDR", "AWALAND", "APERSAUT", "ABESAUT", "AMOTSCO", "AVRAAUT", "AAANHANG",
    "ATRACTOR", "AWERKT", "ABROM", "ALEVEN", "APERSONG", "AGEZONG", "AWAOREG", "ABRAND", "AZEILPL",
    "APLEZIER", "AFIETS", "AINBOED", "ABYSTAND",
)  # fmt: skip
"""In the order of the original files, which have no header: M* of the neighbourhood, P* and A* the customer's
policies by premium class and by number."""

ASKED = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""The source has no times: everyone is asked here."""

HORIZON = timedelta(days=30)
ANSWER = timedelta(days=15)
"""After the offer, the purchase; within the objective's horizon of `HORIZON`."""


def read(files: Sequence[Path]) -> History:
    """The customers from comma-separated files with a header, or from the challenge's own tab-separated
    `ticdata2000.txt` (86 columns) and `ticeval2000.txt` (85) without one; plain or gzip.

    Rows without `CARAVAN` are to be scored: they are asked at the end of the record, so that their labels
    are censored. Raises NotFound for a missing file, InvalidInput for a missing column or a value not of its
    kind.
    """
    rows = pl.concat([_table(Path(file)) for file in files]).with_row_index("row", offset=1)
    if rows.is_empty():
        raise InvalidInput("file", ", ".join(map(str, files)), "at least one row")
    rows = rows.with_columns(
        pl.col("row").cast(pl.String).alias("customer_id"),
        pl.when(pl.col("bought").is_null()).then(ASKED + HORIZON).otherwise(ASKED).cast(TIME).alias("at"),
    )
    return History(rows.drop("row", "bought"), _events(rows), ASKED + HORIZON)


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("bought").fill_null(False)).select(
        pl.concat_str(pl.lit("purchase-"), "customer_id").alias("id"),
        pl.lit("coil2000").alias("source"),
        pl.lit("policy.purchased").alias("type"),
        "customer_id",
        (pl.col("at") + ANSWER).alias("time"),
        pl.lit(PRODUCT).alias("product"),
    )


def _table(file: Path) -> pl.DataFrame:
    """One file with tags under their names (lower case), and whether they `bought`, null where unknown."""
    table = _texts(file)
    columns = [table[name] if name in CODES else numbers(table[name]) for name in COLUMNS]
    bought = outcomes(table, TARGET, "1 for a caravan policy or 0")
    return pl.DataFrame([*columns, bought.alias("bought")]).rename(str.lower)


def _texts(file: Path) -> pl.DataFrame:
    kind = "a comma-separated file with a header or a tab-separated one without"
    table = read_texts(file, kind)
    if len(table.columns) == 1:
        return _named(file, read_texts(file, kind, separator="\t", header=False))
    check_columns(file, table, COLUMNS)
    return table


def _named(file: Path, table: pl.DataFrame) -> pl.DataFrame:
    """A file without header, its columns named by their order."""
    names = [*COLUMNS, TARGET][: len(table.columns)]
    if len(names) < len(COLUMNS) or len(table.columns) > len(names):
        allowed = f"{len(COLUMNS)} tab-separated columns, or {len(COLUMNS) + 1} with {TARGET}"
        raise InvalidInput("file", str(file), f"{allowed}; it has {len(table.columns)}")
    table.columns = names
    return table
