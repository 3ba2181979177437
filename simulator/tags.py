"""The customers frame: a row when a customer becomes known, and one more whenever tags change."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from simulator import clock
from simulator import vocabulary as words
from simulator.arrays import Array
from simulator.market import TagChanges
from simulator.population import Population
from simulator.words import names, spelled, times

CUSTOMERS = pl.Schema(
    {
        "customer_id": pl.String(),
        "at": pl.Datetime("us", "UTC"),
        "channel": pl.String(),
        "region": pl.String(),
        "gender": pl.String(),
        "age": pl.Float64(),
        "children": pl.Float64(),
        "child_age_band": pl.String(),
        "occupation": pl.String(),
        "income_band": pl.String(),
        "car_owner": pl.Boolean(),
        "wecom_added": pl.Boolean(),
        "tenure_years": pl.Float64(),
        "segment": pl.String(),
        "language": pl.String(),
        "phone": pl.String(),
        "wechat": pl.String(),
        "email": pl.String(),
        "timezone": pl.String(),
        "consent_call": pl.Boolean(),
        "consent_wecom": pl.Boolean(),
        "consent_sms": pl.Boolean(),
    }
)
"""The exported schema. `age` and `tenure_years` are years as of `at`; `consent_*` as at first."""

CHANGING = ("children", "child_age_band", "occupation", "car_owner", "wecom_added")
YEAR = 365.25 * clock.DAY


def customers(
    people: Population, changes: TagChanges, identities: pl.DataFrame, begin: datetime, horizon: int
) -> pl.DataFrame:
    """Assemble the frame; tags that became known at or after `horizon` (seconds) are left out."""
    rows = _rows(people, changes, horizon)
    who = rows["customer"].to_numpy()
    since = rows["time"].to_numpy() - people.joined[who]
    frame = pl.DataFrame(
        {
            "customer_id": spelled(who, names("C", len(people), 7)),
            "at": times(clock.moment(begin, rows["time"].to_numpy())),
            **_lasting(people, who, since / YEAR),
            **_changing(rows),
        }
    )
    contact = identities[who].with_columns(
        pl.Series(f"consent_{name}", people.consents[row, who]) for row, name in enumerate(words.CONSENT_CHANNELS)
    )
    return pl.concat([frame, contact], how="horizontal").select(CUSTOMERS.names()).cast(CUSTOMERS)


def _rows(people: Population, changes: TagChanges, horizon: int) -> pl.DataFrame:
    """Customer, time and the codes of the tags that change; sorted, each row complete."""
    size = len(people)
    first = {name: pl.Series(getattr(people, name)).cast(pl.Int8) for name in CHANGING}
    base = pl.DataFrame({"customer": np.arange(size, dtype=np.int32), "time": people.joined, **first})
    later = [
        pl.DataFrame({"customer": customer, "time": time, tag: pl.Series(value).cast(pl.Int8)})
        for tag, customer, time, value in changes.chunks
        if len(customer)
    ]
    log = pl.concat([base, *later], how="diagonal").filter(pl.col("time") < horizon)
    ordered = log.sort("customer", "time", maintain_order=True).with_columns(pl.col(*CHANGING).forward_fill())
    return ordered.unique(["customer", "time"], keep="last", maintain_order=True)


def _lasting(people: Population, who: Array, years: Array) -> dict[str, pl.Series]:
    return {
        "channel": spelled(people.channel[who], words.CHANNELS),
        "region": spelled(people.region[who], words.REGIONS),
        "gender": spelled(people.gender[who], words.GENDERS),
        "age": pl.Series(people.age[who] + years).round(1),
        "income_band": spelled(people.income_band[who], words.INCOME_BANDS),
        "tenure_years": pl.Series(people.tenure[who] + years).round(2),
        "segment": spelled(people.segment[who], words.SEGMENTS),
    }


def _changing(rows: pl.DataFrame) -> dict[str, pl.Series]:
    return {
        "children": rows["children"].cast(pl.Float64),
        "child_age_band": spelled(rows["child_age_band"].to_numpy(), words.CHILD_AGE_BANDS),
        "occupation": spelled(rows["occupation"].to_numpy(), words.OCCUPATIONS),
        "car_owner": rows["car_owner"].cast(pl.Boolean),
        "wecom_added": rows["wecom_added"].cast(pl.Boolean),
    }
