"""Base rates of the year, in bands around what the field reports."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

import simulator
from leads.errors import InvalidInput
from leads.history import History
from simulator import World


def days(number: float) -> timedelta:
    return timedelta(days=number)


def of(history: History, *kinds: str) -> pl.DataFrame:
    return history.events.filter(pl.col("type").is_in(kinds))


def renewal_rate(history: History) -> float:
    """Share of the terms that ended in the middle of the year and were renewed."""
    begin, end = history.observed_until - days(335), history.observed_until - days(30)
    terms = of(history, "policy.purchased", "policy.renewed")
    terms = terms.filter(pl.col("expires_at").is_between(begin, end))
    renewed = of(history, "policy.renewed").select("policy_id", expires_at=pl.col("expires_at") - days(365))
    return terms.join(renewed, on=["policy_id", "expires_at"]).height / terms.height


def holders(history: History, at: datetime) -> pl.DataFrame:
    """Customer and line of the policies in force."""
    policies = of(history, "policy.purchased", "policy.renewed", "policy.lapsed").filter(pl.col("time") < at)
    last = policies.group_by("policy_id").agg(pl.all().sort_by("time").last())
    return last.filter(pl.col("type") != "policy.lapsed").select("customer_id", "product")


def cross_sell_rate(history: History, at: datetime) -> float:
    """Share of holders who buy a further line in the month after `at`."""
    held = holders(history, at)
    month = of(history, "policy.purchased").filter(pl.col("time").is_between(at, at + days(30)))
    new = month.join(held, on=["customer_id", "product"], how="anti").join(held, on="customer_id", how="semi")
    return new["customer_id"].n_unique() / held["customer_id"].n_unique()


def test_about_seven_of_ten_policies_due_are_renewed(history: History) -> None:
    assert 0.66 < renewal_rate(history) < 0.78


def test_cross_sell_is_near_one_percent_a_campaign(history: History) -> None:
    months = [history.observed_until - days(30 * month) for month in range(1, 12)]
    assert 0.005 < np.mean([cross_sell_rate(history, at) for at in months]) < 0.02


def test_four_of_five_are_silent_a_month_after_they_are_added_on_wecom(history: History) -> None:
    added = of(history, "wecom.added").filter(pl.col("time") < history.observed_until - days(90))
    wrote = of(history, "wecom.message_received").join(added, on="customer_id", suffix="_added")
    later = wrote.filter(pl.col("time") > pl.col("time_added") + days(30))["customer_id"].n_unique()
    assert 0.7 < 1 - later / added.height < 0.9


def test_a_third_of_the_calls_reach_somebody(history: History) -> None:
    ended = of(history, "call.completed")["disposition"]
    assert 0.3 < (~ended.is_in(["no_answer", "busy", "voicemail"])).mean() < 0.42  # type: ignore[operator]


def test_customers_leave_some_fifty_events_a_year(history: History) -> None:
    first = history.customers.group_by("customer_id").agg(pl.col("at").min())["at"]
    years = (history.observed_until - first).dt.total_seconds().sum() / (365 * 86_400)
    assert 30 < history.events.height / years < 60


def test_another_world_has_other_base_rates(until: datetime) -> None:
    loyal = simulator.simulate(3_000, until=until, world=World(renewal=0.9))
    assert renewal_rate(loyal) > 0.83


def test_a_world_refuses_impossible_rates_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"world\.renewal"):
        World(renewal=1.2)
    with pytest.raises(InvalidInput, match=r"world\.complaints"):
        World(complaints=-1)
