"""An insurance campaign as a history: every row is a customer to whom a coin sent the offer, or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from features.tables import check_columns, numbers, outcomes, read_texts
from leads.errors import InvalidInput
from leads.history import TIME, History

TARGET, TREATMENT, ID = "PURCHASE", "TREATMENT", "UNIQUE_ID"

COLUMNS = (
    "M_SNC_MST_RCNT_ACT_OPN", "TOT_HI_CRDT_CRDT_LMT", "RATIO_BAL_TO_HI_CRDT", "AGRGT_BAL_ALL_XCLD_MRTG",
    "N_OF_SATISFY_FNC_REV_ACTS", "AVG_BAL_ALL_FNC_REV_ACTS", "N_BANK_INSTLACTS", "M_SNCOLDST_BNKINSTL_ACTOPN",
    "N_FNC_INSTLACTS", "N_SATISFY_INSTL_ACTS", "M_SNC_MSTREC_INSTL_TRD_OPN", "TOT_INSTL_HI_CRDT_CRDT_LMT",
    "M_SNC_OLDST_MRTG_ACT_OPN", "M_SNC_MSTRCNT_MRTG_ACT_UPD", "M_SNC_MST_RCNT_MRTG_DEAL",
    "N30D_ORWRS_RTNG_MRTG_ACTS", "N_OF_MRTG_ACTS_DLINQ_24M", "N_SATISFY_PRSNL_FNC_ACTS",
    "RATIO_PRSNL_FNC_BAL2HICRDT", "TOT_OTHRFIN_HICRDT_CRDTLMT", "N_SATISFY_OIL_NATIONL_ACTS",
    "M_SNCOLDST_OIL_NTN_TRD_OPN", "N_BC_ACTS_OPN_IN_12M", "N_BC_ACTS_OPN_IN_24M", "AVG_BAL_ALL_PRM_BC_ACTS",
    "N_RETAIL_ACTS_OPN_IN_24M", "M_SNC_OLDST_RETAIL_ACT_OPN", "RATIO_RETAIL_BAL2HI_CRDT",
    "TOT_BAL_ALL_DPT_STORE_ACTS", "N_30D_RATINGS", "N_120D_RATINGS", "N_30D_AND_60D_RATINGS",
    "N_ACTS_WITH_MXD_3_IN_24M", "N_ACTS_WITH_MXD_4_IN_24M", "PRCNT_OF_ACTS_NEVER_DLQNT", "N_ACTS_90D_PLS_LTE_IN_6M",
    "TOT_NOW_LTE", "N_DEROG_PUB_RECS", "N_INQUIRIES", "N_FNC_ACTS_VRFY_IN_12M", "N_OPEN_REV_ACTS",
    "N_FNC_ACTS_OPN_IN_12M", "HI_RETAIL_CRDT_LMT", "N_PUB_REC_ACT_LINE_DEROGS", "M_SNC_MST_RCNT_60_DAY_RTNG",
    "N_DISPUTED_ACTS", "AUTO_HI_CRDT_2_ACTUAL", "MRTG_1_MONTHLY_PAYMENT", "MRTG_2_CURRENT_BAL",
    "PREM_BANKCARD_CRED_LMT", "STUDENT_HI_CRED_RANGE", "AUTO_2_OPEN_DATE_YRS", "MAX_MRTG_CLOSE_DATE",
    "UPSCALE_OPEN_DATE_YRS", "STUDENT_OPEN_DATE_YRS", "FNC_CARD_OPEN_DATE_YRS", "AGE", "D_DEPTCARD", "D_REGION_A",
    "D_REGION_B", "D_REGION_C", "D_NA_M_SNC_MST_RCNT_ACT_OPN", "D_NA_AVG_BAL_ALL_FNC_REV_ACTS",
    "D_NA_M_SNCOLDST_BNKINSTL_ACTOPN", "D_NA_M_SNC_OLDST_MRTG_ACT_OPN", "D_NA_M_SNC_MST_RCNT_MRTG_DEAL",
    "D_NA_RATIO_PRSNL_FNC_BAL2HICRDT",
)  # fmt: skip
"""What is known before the offer, mostly of the credit record."""

ASKED = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""The source has no times: everyone is asked here."""

HORIZON = timedelta(days=30)
OFFER, ANSWER = timedelta(days=1), timedelta(days=15)
"""After that moment, the offer and the purchase; within the objective's horizon of `HORIZON`."""


def read(files: Sequence[Path]) -> History:
    """The customers from comma-separated files, plain or gzip, with `TREATMENT` and `PURCHASE` 1 or 0.

    Rows without `PURCHASE` are to be scored: they are asked at the end of the record, before any offer. Raises NotFound
    for a missing file, InvalidInput for a missing column or a value not of its kind.
    """
    rows = pl.concat([_table(Path(file)) for file in files])
    if rows.is_empty():
        raise InvalidInput("file", ", ".join(map(str, files)), "at least one row below the header")
    unknown = pl.col("bought").is_null()
    rows = rows.with_columns(pl.when(unknown).then(ASKED + HORIZON).otherwise(ASKED).cast(TIME).alias("at"))
    events = [_events(rows, "offered", "offer.sent", OFFER), _events(rows, "bought", "policy.purchased", ANSWER)]
    return History(rows.drop("bought", "offered"), pl.concat(events), ASKED + HORIZON)


def _events(rows: pl.DataFrame, flag: str, kind: str, after: timedelta) -> pl.DataFrame:
    return rows.filter(pl.col("bought").is_not_null() & pl.col(flag).fill_null(False)).select(
        pl.concat_str(pl.lit(f"{kind}-"), "customer_id").alias("id"),
        pl.lit("insurance_uplift").alias("source"),
        pl.lit(kind).alias("type"),
        "customer_id",
        (pl.col("at") + after).alias("time"),
    )


def _table(file: Path) -> pl.DataFrame:
    """One file with tags under their names (lower case), the customer, and whether they were `offered` and `bought`,
    null where unknown.
    """
    table = read_texts(file, "a comma-separated file with a header", missing=("NA",))
    known = (TREATMENT,) if TARGET in table.columns else ()
    check_columns(file, table, (ID, *known, *COLUMNS))
    columns = [numbers(table[name]).alias(name.lower()) for name in COLUMNS]
    offered = outcomes(table, TREATMENT, "1 for an offer or 0").alias("offered")
    bought = outcomes(table, TARGET, "1 for a purchase or 0").alias("bought")
    customer = table[ID].str.strip_suffix(".0").alias("customer_id")
    return pl.DataFrame([customer, *columns, offered, bought])
