"""What customers and the insurer may and may not do."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from leads.history import History


def of(history: History, *kinds: str) -> pl.DataFrame:
    return history.events.filter(pl.col("type").is_in(kinds))


def test_nobody_is_called_after_do_not_call(history: History) -> None:
    refused = of(history, "call.completed").filter(pl.col("disposition") == "do_not_call")
    assert refused.height > 0
    calls = of(history, "call.attempted").join(refused, on="customer_id", suffix="_refused")
    assert calls.filter(pl.col("time") > pl.col("time_refused")).is_empty()


def test_do_not_call_withdraws_the_consent_at_once(history: History) -> None:
    refused = of(history, "call.completed").filter(pl.col("disposition") == "do_not_call")
    withdrawn = of(history, "consent.changed").filter((pl.col("channel") == "call") & ~pl.col("consent"))
    assert refused.join(withdrawn, on=["customer_id", "time"], how="anti").is_empty()


def test_nobody_is_contacted_without_consent(history: History) -> None:
    first = history.customers.unique("customer_id", keep="first")
    changed = of(history, "consent.changed").select("customer_id", "time", "channel", "consent").sort("time")
    for channel, kind in (("call", "call.attempted"), ("wecom", "wecom.message_sent"), ("sms", "sms.sent")):
        contacts = of(history, kind).select("customer_id", "time")
        since = changed.filter(pl.col("channel") == channel).drop("channel")
        now = contacts.join_asof(since, on="time", by="customer_id")
        now = now.join(first.select("customer_id", initial=f"consent_{channel}"), on="customer_id")
        assert now.select(pl.coalesce("consent", "initial").all()).item()


def test_wecom_is_used_only_once_added(history: History) -> None:
    kinds = ("wecom.message_sent", "wecom.message_received")
    talks = of(history, *kinds).select("customer_id", "time").sort("time")
    tags = history.customers.select("customer_id", "at", "wecom_added").sort("at")
    known = talks.join_asof(tags, left_on="time", right_on="at", by="customer_id")
    assert known["wecom_added"].all()


def test_calls_are_made_in_calling_hours(history: History) -> None:
    hours = of(history, "call.attempted")["time"].dt.convert_time_zone("Asia/Shanghai").dt.hour()
    assert hours.min() == 9
    assert hours.max() == 19


def test_renewals_and_lapses_never_come_without_a_policy(history: History) -> None:
    bought = of(history, "policy.purchased").select("policy_id", "customer_id", "product", bought="time")
    later = of(history, "policy.renewed", "policy.lapsed")
    known = later.join(bought, on=["policy_id", "customer_id", "product"])
    assert known.height == later.height
    assert (known["time"] > known["bought"]).all()
    assert bought["policy_id"].is_unique().all()


def test_a_renewal_adds_one_term_around_the_old_expiry(history: History) -> None:
    terms = of(history, "policy.purchased", "policy.renewed").sort("policy_id", "time")
    old = pl.col("expires_at").shift(1).over("policy_id")
    renewed = terms.with_columns(old=old).filter(pl.col("type") == "policy.renewed")
    assert (renewed["expires_at"] - renewed["old"] == timedelta(days=365)).all()
    early = (renewed["time"] - renewed["old"]).dt.total_days()
    assert early.min() >= -22  # type: ignore[operator]
    assert early.max() <= 14  # type: ignore[operator]


def test_a_policy_lapses_only_after_its_grace_and_is_not_renewed_again(history: History) -> None:
    lapsed = of(history, "policy.lapsed")
    assert (lapsed["time"] - lapsed["expires_at"]).min() > timedelta(days=14)  # type: ignore[operator]
    after = of(history, "policy.renewed").join(lapsed, on="policy_id", suffix="_lapsed")
    assert after.filter(pl.col("time") > pl.col("time_lapsed")).is_empty()


def test_nobody_holds_two_policies_of_one_line(history: History) -> None:
    steps = of(history, "policy.purchased", "policy.lapsed").with_columns(
        change=pl.when(pl.col("type") == "policy.purchased").then(1).otherwise(-1)
    )
    held = steps.select(pl.col("change").cum_sum().over("customer_id", "product"))["change"]
    assert set(held) == {0, 1}


def test_digital_interest_announces_the_purchase_of_its_line(history: History) -> None:
    views = of(history, "web.page_viewed").filter(pl.col("product").is_not_null())
    bought = of(history, "policy.purchased").select("customer_id", "product", bought="time")
    before = views.join(bought, on=["customer_id", "product"]).filter(pl.col("time") < pl.col("bought"))
    ahead = (before["bought"] - before["time"]).dt.total_days()
    month, earlier = ((ahead < 45).sum(), ahead.is_between(45, 89).sum())
    assert month > 1.5 * earlier


def test_premiums_are_positive_and_policies_complete(history: History) -> None:
    policies = of(history, "policy.purchased", "policy.renewed")
    filled = policies.select("product", "channel", "policy_id", "premium", "expires_at")
    assert filled.null_count().sum_horizontal().item() == 0
    assert (policies["premium"] > 0).all()
