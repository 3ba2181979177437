"""Small made-up files in the official formats of the ready workspaces' sources."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from features.adapters import read_files
from features.configuration import load
from leads.history import History

Row = Sequence[str]

NOW = datetime(2026, 11, 28, tzinfo=UTC)


@dataclass(frozen=True)
class Table:
    """A source's file: its header, some rows, how columns are separated, and which column is the target. key: that of
    the customer's id, empty where there is none.
    """

    workspace: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    target: str
    separator: str = ","
    key: str = ""

    def text(self, header: bool = True) -> str:
        lines = [self.header, *self.rows] if header else list(self.rows)
        return "".join(self.separator.join(line) + "\n" for line in lines)

    def without(self, column: str) -> Table:
        place = self.header.index(column)
        rows = tuple(tuple(v for i, v in enumerate(row) if i != place) for row in self.rows)
        return replace(self, header=tuple(name for name in self.header if name != column), rows=rows)

    def renamed(self, column: str, name: str) -> Table:
        return replace(self, header=tuple(name if present == column else present for present in self.header))

    def with_value(self, row: int, column: str, value: str) -> Table:
        changed = list(self.rows[row])
        changed[self.header.index(column)] = value
        return replace(self, rows=(*self.rows[:row], tuple(changed), *self.rows[row + 1 :]))

    def only(self, *rows: int) -> Table:
        return replace(self, rows=tuple(self.rows[i] for i in rows))

    def history(self, folder: Path) -> History:
        """What the workspace's adapter makes of it."""
        return history(self.workspace, written(folder / "table.csv", self.text()))


def history(workspace: str, *files: Path) -> History:
    """The frames of a ready workspace, checked against what it declares."""
    return read_files(load(workspace), files, NOW).history


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def zipped(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()))
    return path


def bank_row(month: str, day: str, y: str, pdays: str = "999", employed: str = "5191.0") -> Row:
    return (
        "41", "admin.", "married", "high.school", "no", "yes", "no", "telephone", month, day, "261", "1",
        pdays, "0", "nonexistent", "1.1", "93.994", "-36.4", "4.857", employed, y,
    )  # fmt: skip


BANK = Table(
    "bank_marketing",
    (
        "age", "job", "marital", "education", "default", "housing", "loan", "contact", "month", "day_of_week",
        "duration", "campaign", "pdays", "previous", "poutcome", "emp.var.rate", "cons.price.idx",
        "cons.conf.idx", "euribor3m", "nr.employed", "y",
    ),
    (
        bank_row("may", "mon", "no"),
        bank_row("may", "mon", "yes"),
        bank_row("may", "mon", "no"),
        bank_row("may", "tue", "no", pdays="6"),
        bank_row("dec", "fri", "yes"),
        bank_row("mar", "mon", "no"),
    ),
    "y",
    ";",
)  # fmt: skip

EUDIRECTLAPSE = Table(
    "eudirectlapse",
    (
        "lapse", "polholder_age", "polholder_BMCevol", "polholder_diffdriver", "polholder_gender",
        "polholder_job", "policy_age", "policy_caruse", "policy_nbcontract", "prem_final", "prem_freqperyear",
        "prem_last", "prem_market", "prem_pure", "vehicl_age", "vehicl_agepurchase", "vehicl_garage",
        "vehicl_powerkw", "vehicl_region",
    ),
    (
        ("0", "38", "stable", "only partner", "Male", "normal", "1", "unknown", "1", "220", "4 per year",
         "200", "250", "240", "9", "8", "private garage", "225 kW", "Reg7"),
        ("1", "35", "down", "same", "Female", "medical", "0", "unknown", "2", "300", "1 per year",
         "300", "200", "310", "15", "7", "street", "25-50 kW", "Reg4"),
    ),
    "lapse",
)  # fmt: skip

HEALTH = Table(
    "health_cross_sell",
    (
        "id", "Gender", "Age", "Driving_License", "Region_Code", "Previously_Insured", "Vehicle_Age",
        "Vehicle_Damage", "Annual_Premium", "Policy_Sales_Channel", "Vintage", "Response",
    ),
    (
        ("7", "Male", "44", "1", "28.0", "0", "> 2 Years", "Yes", "40454.0", "26.0", "217", "1"),
        ("9", "Female", "21", "1", "11.0", "1", "< 1 Year", "No", "28619.0", "152.0", "203", "0"),
    ),
    "Response",
    key="id",
)  # fmt: skip

_COIL_HEADER = (
    "MOSTYPE", "MAANTHUI", "MGEMOMV", "MGEMLEEF", "MOSHOOFD", "MGODRK", "MGODPR", "MGODOV", "MGODGE",
    "MRELGE", "MRELSA", "MRELOV", "MFALLEEN", "MFGEKIND", "MFWEKIND", "MOPLHOOG", "MOPLMIDD", "MOPLLAAG",
    "MBERHOOG", "MBERZELF", "MBERBOER", "MBERMIDD", "MBERARBG", "MBERARBO", "MSKA", "MSKB1", "MSKB2",
    "MSKC", "MSKD", "MHHUUR", "MHKOOP", "MAUT1", "MAUT2", "MAUT0", "MZFONDS", "MZPART", "MINKM30",
    "MINK3045", "MINK4575", "MINK7512", "MINK123M", "MINKGEM", "MKOOPKLA", "PWAPART", "PWABEDR",
    "PWALAND", "PPERSAUT", "PBESAUT", "PMOTSCO", "PVRAAUT", "PAANHANG", "PTRACTOR", "PWERKT", "PBROM",
    "PLEVEN", "PPERSONG", "PGEZONG", "PWAOREG", "PBRAND", "PZEILPL", "PPLEZIER", "PFIETS", "PINBOED",
    "PBYSTAND", "AWAPART", "AWABEDR", "AWALAND", "APERSAUT", "ABESAUT", "AMOTSCO", "AVRAAUT", "AAANHANG",
    "ATRACTOR", "AWERKT", "ABROM", "ALEVEN", "APERSONG", "AGEZONG", "AWAOREG", "ABRAND", "AZEILPL",
    "APLEZIER", "AFIETS", "AINBOED", "ABYSTAND", "CARAVAN",
)  # fmt: skip

COIL = Table(
    "coil2000",
    _COIL_HEADER,
    (("33", *("1" for _ in _COIL_HEADER[1:-1]), "0"), ("8", *("2" for _ in _COIL_HEADER[1:-1]), "1")),
    "CARAVAN",
)

UPLIFT = Table(
    "insurance_uplift",
    (
        "TREATMENT",
        "M_SNC_MST_RCNT_ACT_OPN", "TOT_HI_CRDT_CRDT_LMT", "RATIO_BAL_TO_HI_CRDT", "AGRGT_BAL_ALL_XCLD_MRTG",
        "N_OF_SATISFY_FNC_REV_ACTS", "AVG_BAL_ALL_FNC_REV_ACTS", "N_BANK_INSTLACTS", "M_SNCOLDST_BNKINSTL_ACTOPN",
        "N_FNC_INSTLACTS", "N_SATISFY_INSTL_ACTS", "M_SNC_MSTREC_INSTL_TRD_OPN", "TOT_INSTL_HI_CRDT_CRDT_LMT",
        "M_SNC_OLDST_MRTG_ACT_OPN", "M_SNC_MSTRCNT_MRTG_ACT_UPD", "M_SNC_MST_RCNT_MRTG_DEAL",
        "N30D_ORWRS_RTNG_MRTG_ACTS", "N_OF_MRTG_ACTS_DLINQ_24M", "N_SATISFY_PRSNL_FNC_ACTS",
        "RATIO_PRSNL_FNC_BAL2HICRDT", "TOT_OTHRFIN_HICRDT_CRDTLMT", "N_SATISFY_OIL_NATIONL_ACTS",
        "M_SNCOLDST_OIL_NTN_TRD_OPN", "N_BC_ACTS_OPN_IN_12M", "N_BC_ACTS_OPN_IN_24M", "AVG_BAL_ALL_PRM_BC_ACTS",
        "N_RETAIL_ACTS_OPN_IN_24M", "M_SNC_OLDST_RETAIL_ACT_OPN", "RATIO_RETAIL_BAL2HI_CRDT",
        "TOT_BAL_ALL_DPT_STORE_ACTS", "N_30D_RATINGS", "N_120D_RATINGS", "N_30D_AND_60D_RATINGS",
        "N_ACTS_WITH_MXD_3_IN_24M", "N_ACTS_WITH_MXD_4_IN_24M", "PRCNT_OF_ACTS_NEVER_DLQNT",
        "N_ACTS_90D_PLS_LTE_IN_6M", "TOT_NOW_LTE", "N_DEROG_PUB_RECS", "N_INQUIRIES", "N_FNC_ACTS_VRFY_IN_12M",
        "N_OPEN_REV_ACTS", "N_FNC_ACTS_OPN_IN_12M", "HI_RETAIL_CRDT_LMT", "N_PUB_REC_ACT_LINE_DEROGS",
        "M_SNC_MST_RCNT_60_DAY_RTNG", "N_DISPUTED_ACTS", "AUTO_HI_CRDT_2_ACTUAL", "MRTG_1_MONTHLY_PAYMENT",
        "MRTG_2_CURRENT_BAL", "PREM_BANKCARD_CRED_LMT", "STUDENT_HI_CRED_RANGE", "AUTO_2_OPEN_DATE_YRS",
        "MAX_MRTG_CLOSE_DATE", "UPSCALE_OPEN_DATE_YRS", "STUDENT_OPEN_DATE_YRS", "FNC_CARD_OPEN_DATE_YRS", "AGE",
        "D_DEPTCARD", "D_REGION_A", "D_REGION_B", "D_REGION_C", "D_NA_M_SNC_MST_RCNT_ACT_OPN",
        "D_NA_AVG_BAL_ALL_FNC_REV_ACTS", "D_NA_M_SNCOLDST_BNKINSTL_ACTOPN", "D_NA_M_SNC_OLDST_MRTG_ACT_OPN",
        "D_NA_M_SNC_MST_RCNT_MRTG_DEAL", "D_NA_RATIO_PRSNL_FNC_BAL2HICRDT",
        "PURCHASE", "UNIQUE_ID",
    ),
    (
        ("1.0", *("2.5" for _ in range(67)), "1.0", "1.0"),
        ("0.0", *("0.0" for _ in range(67)), "0.0", "2.0"),
    ),
    "PURCHASE",
    key="UNIQUE_ID",
)  # fmt: skip

TABLES = (BANK, EUDIRECTLAPSE, HEALTH, COIL, UPLIFT)
"""The sources of one row per customer; the event log of bpi2012 is different."""

_FIRST = "2011-10-01 00:38:44.546+02:00"
_SECOND = "2011-10-03 09:00:00+02:00"

LOG = Table(
    "bpi2012",
    (
        "case:concept:name", "case:AMOUNT_REQ", "case:REG_DATE", "concept:name", "lifecycle:transition",
        "org:resource", "time:timestamp",
    ),
    (
        ("1", "20000", _FIRST, "A_SUBMITTED", "COMPLETE", "112", _FIRST),
        ("1", "20000", _FIRST, "W_Nabellen offertes", "START", "", "2011-10-02 10:00:00+02:00"),
        ("1", "20000", _FIRST, "A_APPROVED", "COMPLETE", "10609", "2011-10-12 11:00:00+02:00"),
        ("2", "5000", _SECOND, "A_SUBMITTED", "COMPLETE", "112", _SECOND),
    ),
    "",
)  # fmt: skip
