"""Health Insurance Cross Sell Prediction as a history: every row is someone who is offered vehicle cover."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from features.tables import check_columns, numbers, outcomes, read_texts
from leads.errors import InvalidInput
from leads.history import TIME, History

ID, TARGET, PRODUCT = "id", "Response", "vehicle"
NUMBERS = ("Age", "Driving_License", "Previously_Insured", "Annual_Premium", "Vintage")
CODES = ("Region_Code", "Policy_Sales_Channel")
"""Categories written as numbers: `28.0` and `28` are the same."""

CATEGORIES = ("Gender", "Vehicle_Age", "Vehicle_Damage")
COLUMNS = (ID, *NUMBERS, *CODES, *CATEGORIES)

ASKED = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""The source has no times: everyone is asked here."""

HORIZON = timedelta(days=30)
ANSWER = timedelta(days=15)
"""After the offer, the purchase of those interested; within the objective's horizon of `HORIZON`."""


def read(files: Sequence[Path]) -> History:
    """The policyholders from comma-separated files, plain or gzip, with `Response` 1 for those interested.

    Rows without `Response` are to be scored: they are asked at the end of the record, so that their labels
    are censored. Raises NotFound for a missing file; InvalidInput for a missing column, a value not of its
    kind, or an id that is there twice.
    """
    rows = pl.concat([_table(Path(file)) for file in files])
    if rows.is_empty():
        raise InvalidInput("file", ", ".join(map(str, files)), "at least one row below the header")
    repeated = rows.filter(pl.col("customer_id").is_duplicated())["customer_id"]
    if len(repeated):
        raise InvalidInput(ID, repeated[0], "in one row only")
    at = pl.when(pl.col("interested").is_null()).then(ASKED + HORIZON).otherwise(ASKED).cast(TIME)
    rows = rows.with_columns(at.alias("at"))
    return History(rows.drop("interested"), _events(rows), ASKED + HORIZON)


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("interested").fill_null(False)).select(
        pl.concat_str(pl.lit("purchase-"), "customer_id").alias("id"),
        pl.lit("health_cross_sell").alias("source"),
        pl.lit("policy.purchased").alias("type"),
        "customer_id",
        (pl.col("at") + ANSWER).alias("time"),
        pl.lit(PRODUCT).alias("product"),
    )


def _table(file: Path) -> pl.DataFrame:
    """One file with tags under their names (lower case), and who is `interested`, null where unknown."""
    table = read_texts(file, "a comma-separated file with a header")
    check_columns(file, table, COLUMNS)
    if table[ID].null_count():
        raise InvalidInput(ID, None, "present in every row")
    columns = [table[ID].alias("customer_id")]
    columns += [numbers(table[name]) for name in NUMBERS]
    columns += [table[name].str.replace(r"\.0+$", "") for name in CODES]
    columns += [table[name] for name in CATEGORIES]
    interested = outcomes(table, TARGET, "1 for interested or 0")
    return pl.DataFrame([*columns, interested.alias("interested")]).rename(str.lower)
