"""The adapters on the real files, where they are at hand."""

from __future__ import annotations

import polars as pl
import pytest

from leads.history import History
from tests.public_data import DATA
from tests.workspaces.official import history

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the public data sets are not at {DATA}; name their folder in NEXTLEAD_DATA"
)


def real(workspace: str, *files: str) -> History:
    return history(workspace, *(DATA / workspace / file for file in files))


def test_the_loan_log_is_read_whole() -> None:
    found = real("bpi2012", "events.csv.gz")
    assert len(found.customers) == found.events.filter(pl.col("type") == "a_submitted").height
    assert found.observed_until == found.events["time"].max()


def test_every_call_falls_on_its_weekday_in_its_month() -> None:
    calls = real("bank_marketing", "bank-additional.csv.gz").customers
    told = calls.select(
        pl.col("at").dt.strftime("%b").str.to_lowercase().alias("month"),
        pl.col("at").dt.strftime("%a").str.to_lowercase().alias("day_of_week"),
    )
    assert told.equals(calls.select("month", "day_of_week"))


def test_one_renewal_quote_in_eight_lapses() -> None:
    found = real("eudirectlapse", "eudirectlapse.csv.gz")
    lapses = found.events.filter(pl.col("type") == "policy.lapsed").height
    assert lapses / len(found.customers) == pytest.approx(0.13, abs=0.01)


def test_the_previously_insured_hardly_ever_respond() -> None:
    found = real("health_cross_sell", "health_cross_sell.csv.gz")
    responses = found.customers.select(
        "previously_insured",
        pl.col("customer_id").is_in(found.events["customer_id"].implode()).alias("said_yes"),
    )
    rates = dict(responses.group_by("previously_insured").agg(pl.col("said_yes").mean()).iter_rows())
    assert rates[1.0] < 0.01 < rates[0.0]


def test_the_challenges_two_files_are_read_together_and_apart() -> None:
    both = real("coil2000", "train.csv.gz", "eval_features.csv.gz")
    labelled = real("coil2000", "train.csv.gz")
    assert len(both.events) == len(labelled.events)
    assert (both.customers["at"] == both.observed_until).sum() == len(both.customers) - len(labelled.customers)


def test_the_offer_of_the_campaign_was_tossed_for() -> None:
    found = real("insurance_uplift", "train.csv.gz")
    offered = found.customers["customer_id"].is_in(
        found.events.filter(pl.col("type") == "offer.sent")["customer_id"].implode()
    )
    assert len(found.customers) == 10_000
    assert offered.mean() == pytest.approx(0.5, abs=0.01)
