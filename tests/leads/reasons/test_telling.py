"""Reasons: what moves a score, put together by what it is about, each thing once, and only what can be used."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.configuration import Configuration
from leads.reasons.known import Known
from leads.reasons.telling import SpokenReason, tell
from tests.leads.reasons.conftest import LOCAL, Customer


def reasons(
    insurer: Configuration, known: Known, objective: str, parts: dict[str, float], k: int = 5
) -> list[SpokenReason]:  # fmt: skip
    return tell(insurer.layout.repertoire, known, objective, parts.items(), k)


def texts(told: list[SpokenReason]) -> list[str]:
    return [reason.words.en for reason in told]


def test_features_that_say_the_same_are_one_reason_with_what_they_add_together(
    insurer: Configuration, customer: Customer
) -> None:
    known = customer("pension", policy_pension_active=True, policy_pension_premium=8925.0)
    parts = {"this__premium": -0.2, "policy_pension_premium": 0.5, "policy_premium_active": 0.1}
    (only,) = reasons(insurer, known, "renewal", parts)
    assert only.words.text() == {
        "zh": "养老险一年保费约 8900 元，这样的客户续保的偏多",
        "en": "pays about 8,900 CNY a year for pension; among customers like that a renewal is more common",
    }
    assert only.contribution == pytest.approx(0.4)
    assert only.feature == "policy_pension_premium"


def test_what_somebody_did_is_told_of_them_and_not_of_people_like_them(
    insurer: Configuration, customer: Customer
) -> None:
    known = customer(quote_requested__health__since_last_days=0.5)
    (only,) = reasons(insurer, known, "conversion", {"quote_requested__count_30d": 0.5})
    assert only.words.text() == {
        "zh": "昨天问过健康险的报价，首次成交的机会更大",
        "en": "asked for a quote on health insurance yesterday, so a first policy is more likely",
    }


@pytest.mark.parametrize(
    ("row", "feature", "contribution"),
    [
        ({"quote_requested__since_last_days": 1.0}, "quote_requested__count_30d", -0.3),
        ({}, "quote_requested__count_30d", 0.3),
        ({"complaint_opened__since_last_days": 9.0}, "complaint_opened__count_90d", 0.3),
        ({"call_completed__not_interested__since_last_days": 9.0}, "call_completed__not_interested__count_30d", 0.3),
        ({"wecom_added": False}, "wecom_added", 0.3),
        ({"consent_sms": False}, "consent_sms", 0.3),
    ],
)
def test_a_direction_that_reads_absurdly_is_no_reason(
    insurer: Configuration, customer: Customer, row: dict[str, Any], feature: str, contribution: float
) -> None:
    assert reasons(insurer, customer(**row), "conversion", {feature: contribution}) == []
    assert len(reasons(insurer, customer(**row), "conversion", {feature: -contribution})) == (feature != "consent_sms")


def test_that_somebody_about_to_renew_looks_at_prices_may_speak_either_way(
    insurer: Configuration, customer: Customer
) -> None:
    known = customer("motor", web_page_viewed__motor__since_last_days=2.0)
    for contribution in (0.3, -0.3):
        assert len(reasons(insurer, known, "renewal", {"this__web_page_viewed__count_30d": contribution})) == 1


def test_reasons_about_one_thing_stand_together_the_strongest_group_first(
    insurer: Configuration, customer: Customer
) -> None:
    known = customer(
        "motor", policy_motor_active=True, policy_motor_premium=3500.0, policy_motor_expiry_days=9.0,
        content_viewed__since_last_days=3.0, age=40.0,
    )  # fmt: skip
    parts = {"this__premium": 0.5, "content_viewed__count_30d": 0.4, "this__expiry_days": 0.3, "age": 0.9}
    told = reasons(insurer, known, "renewal", parts)
    assert [reason.about for reason in told] == ["person", "policy", "policy", "contact"]
    assert [reason.about for reason in reasons(insurer, known, "renewal", parts, 2)] == ["policy", "person"][::-1]


def test_who_somebody_is_counts_less_than_what_an_agent_can_use(insurer: Configuration, customer: Customer) -> None:
    known = customer(age=40.0, content_viewed__since_last_days=3.0)
    (only,) = reasons(insurer, known, "conversion", {"age": 0.5, "content_viewed__count_30d": 0.3}, 1)
    assert only.about == "contact"


def test_what_hardly_weighs_is_not_told_beside_what_does(insurer: Configuration, customer: Customer) -> None:
    known = customer(age=40.0, content_viewed__since_last_days=3.0)
    assert len(reasons(insurer, known, "conversion", {"age": 0.01, "content_viewed__count_30d": 0.3})) == 1
    assert len(reasons(insurer, known, "conversion", {"age": 0.01})) == 1


@given(data=st.data(), k=st.integers(0, 8))
def test_no_fact_is_told_twice_and_no_more_than_was_asked_for(
    insurer: Configuration, data: st.DataObject, k: int
) -> None:
    names = sorted(insurer.layout.described)
    parts = data.draw(st.dictionaries(st.sampled_from(names), st.floats(-3, 3), max_size=40))
    row = {name: data.draw(st.floats(0, 90)) for name in parts}
    told = reasons(insurer, Known(insurer.workspace, row, None, LOCAL), "conversion", parts, k)
    said = [reason.words.en.split(", so ")[0].split("; among ")[0] for reason in told]
    assert len(told) <= k and len(set(said)) == len(said)
    assert all((" more " in text) == (reason.contribution > 0) for reason, text in zip(told, texts(told), strict=True))
