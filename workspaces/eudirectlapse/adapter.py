"""CASdatasets' eudirectlapse as a history: every row is a policyholder at the moment of a renewal quote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from features.tables import check_columns, numbers, outcomes, read_texts
from leads.errors import InvalidInput
from leads.history import TIME, History

TARGET = "lapse"
NUMBERS = (
    "polholder_age", "policy_age", "policy_nbcontract", "prem_final", "prem_last", "prem_market", "prem_pure",
    "vehicl_age", "vehicl_agepurchase",
)  # fmt: skip
CATEGORIES = (
    "polholder_BMCevol", "polholder_diffdriver", "polholder_gender", "polholder_job", "policy_caruse",
    "vehicl_garage", "vehicl_region",
)  # fmt: skip
WRITTEN = {"prem_freqperyear": r"^(\d+) per year$", "vehicl_powerkw": r"^(\d+)(?:-\d+)? kW$"}
"""Numbers written with their unit; a band such as `25-50 kW` counts as its lower end."""

COLUMNS = (*NUMBERS, *CATEGORIES, *WRITTEN)

QUOTED = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""The source has no times: every quote is put here."""

HORIZON = timedelta(days=30)
ANSWER = timedelta(days=15)
"""After the quote, the answer; within the objective's horizon of `HORIZON`."""


def read(files: Sequence[Path]) -> History:
    """The quotes from comma-separated files, plain or gzip, with `lapse` 1 for a lapse and 0 for a renewal.

    Rows without `lapse` are to be scored: their quote is put at the end of the record, so that their labels
    are censored. Raises NotFound for a missing file, InvalidInput for a missing column or a value not of its
    kind.
    """
    rows = pl.concat([_table(Path(file)) for file in files]).with_row_index("row", offset=1)
    if rows.is_empty():
        raise InvalidInput("file", ", ".join(map(str, files)), "at least one row below the header")
    rows = rows.with_columns(
        pl.col("row").cast(pl.String).alias("customer_id"),
        pl.when(pl.col(TARGET).is_null()).then(QUOTED + HORIZON).otherwise(QUOTED).cast(TIME).alias("at"),
    )
    final = pl.col("prem_final")
    customers = rows.drop("row", TARGET).with_columns(
        (final / pl.col("prem_last")).alias("prem_change"),
        (final / pl.col("prem_market")).alias("prem_to_market"),
        (final / pl.col("prem_pure")).alias("prem_to_pure"),
    )
    return History(customers, _events(rows), QUOTED + HORIZON)


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col(TARGET).is_not_null()).select(
        pl.concat_str(pl.lit("answer-"), "customer_id").alias("id"),
        pl.lit("eudirectlapse").alias("source"),
        pl.when(TARGET).then(pl.lit("policy.lapsed")).otherwise(pl.lit("policy.renewed")).alias("type"),
        "customer_id",
        (pl.col("at") + ANSWER).alias("time"),
    )


def _table(file: Path) -> pl.DataFrame:
    """One file with tags under their names (lower case), and whether they `lapse`, null where unknown."""
    table = read_texts(file, "a comma-separated file with a header", missing=("NA",))
    check_columns(file, table, COLUMNS)
    columns = [numbers(table[name]) for name in NUMBERS]
    columns += [table[name] for name in CATEGORIES]
    columns += [numbers(table[name], pattern) for name, pattern in WRITTEN.items()]
    lapsed = outcomes(table, TARGET, "1 for a lapse or 0 for a renewal")
    return pl.DataFrame([*columns, lapsed]).rename(str.lower)
