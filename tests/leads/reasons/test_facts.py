"""What is known of a customer, as a colleague would say it in Chinese and in English."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.configuration import Configuration
from leads.reasons.known import Known
from leads.reasons.telling import fact
from leads.words.bilingual import Text
from tests.leads.reasons.conftest import LOCAL, Customer

HAN = re.compile(r"[\u4e00-\u9fff]")


def said(insurer: Configuration, known: Known, feature: str) -> Text | None:
    """What is said on the topic of a feature."""
    topic = insurer.layout.repertoire.topic(feature, known.product)
    assert topic is not None
    found = fact(insurer.layout.repertoire, known, topic)
    return None if found is None else found.words.text()


@pytest.mark.parametrize(
    ("row", "feature", "zh", "en"),
    [
        ({"web_page_viewed__health__since_last_days": 0.2}, "web_page_viewed__health__count_30d",
         "今天看过健康险的页面", "looked at health insurance today"),
        ({"quote_requested__motor__since_last_days": 0.5}, "quote_requested__count_30d",
         "昨天问过车险的报价", "asked for a quote on motor insurance yesterday"),
        ({"web_page_viewed__since_last_days": 3.0, "web_page_viewed__count_30d": 4.2}, "web_page_viewed__count_30d",
         "三天前看过产品的页面，近来有好几次", "looked at our products three days ago, several times lately"),
        ({"quote_requested__since_last_days": 20.0, "lead_created__since_last_days": 40.0}, "any__count_7d",
         "两个多星期前问过产品的报价，一个多月前留过联系方式咨询",
         "asked for a quote on our products over two weeks ago, and left their number for advice over a month ago"),
        ({"web_page_viewed__since_last_days": 4.1, "form_submitted__since_last_days": 4.2}, "any__count_7d",
         "四天前看过产品的页面，还提交过咨询表单", "looked at our products and sent in an enquiry four days ago"),
        ({"any__since_last_days": 12.0}, "any__count_60d", "12 天前和我们有过往来", "was in touch with us 12 days ago"),
        ({"quote_requested__since_last_days": 300.0}, "quote_requested__count_30d",
         "最近没看过产品、也没问过报价", "has not looked at any product lately"),
        ({"call_completed__since_last_days": 12.0, "call_completed__talk_seconds_last": 250.0},
         "call_completed__talk_seconds_sum_30d", "12 天前通过电话，聊了四分钟左右",
         "talked with us for about four minutes 12 days ago"),
        ({"call_completed__since_last_days": 12.0, "call_completed__talk_seconds_last": 8.0},
         "call_completed__count_30d", "12 天前通过电话", "was on the phone 12 days ago"),
        ({"call_completed__not_interested__since_last_days": 14.0}, "call_completed__not_interested__count_30d",
         "两个星期前在电话里说没兴趣", "said on the phone not to be interested two weeks ago"),
        ({"age": 41.6}, "age", "41 岁", "aged 41"),
        ({"car_owner": True}, "car_owner", "有车", "owns a car"),
        ({"car_owner": np.bool_(False)}, "car_owner", "没有车", "owns no car"),
        ({"children": 2.0, "child_age_band": "6-12"}, "child_age_band", "有 2 个孩子，孩子 6–12 岁",
         "with children (2), a child of 6 to 12"),
        ({"children": 0.0, "child_age_band": "none"}, "children", "没有孩子", "no children"),
        ({"consent_call": True, "consent_wecom": True}, "consent_call", "同意我们打电话和发企业微信",
         "agreed to calls and WeCom messages"),
        ({"consent_sms": False}, "consent_sms", "不愿意我们发短信", "does not want SMS"),
        ({"policy_premium_active": 13275.0}, "policy_premium_active", "现有保单一年保费共约 1.3 万元",
         "pays about 13,000 CNY a year for all policies"),
        ({"policy_motor_active": True, "policy_health_active": True}, "policies_active",
         "手上有健康险和车险两种保障", "holds two kinds of cover: health insurance and motor insurance"),
        ({"policy_since_lapse_days": 100.0}, "policies_lapsed", "三个多月前有保单脱保",
         "let a policy lapse over three months ago"),
        ({"policy_next_product": "motor", "policy_motor_expiry_days": 19.2}, "policy_next_expiry_days",
         "车险还有 19 天到期（12月20日）", "the motor insurance ends in 19 days, on 20 December"),
    ],
)  # fmt: skip
def test_what_is_known_is_said_as_a_colleague_would(
    insurer: Configuration, customer: Customer, row: dict[str, Any], feature: str, zh: str, en: str
) -> None:
    assert said(insurer, customer(**row), feature) == {"zh": zh, "en": en}


@pytest.mark.parametrize(
    ("row", "feature", "zh", "en"),
    [
        ({"policy_pension_active": True, "policy_pension_premium": 8925.0}, "this__premium",
         "养老险一年保费约 8900 元", "pays about 8,900 CNY a year for pension"),
        ({"policy_pension_expiry_days": 0.1}, "this__expiry_days", "养老险今天到期", "the pension ends today"),
        ({"policy_pension_expiry_days": -3.0}, "policy_pension_expiry_days", "养老险已在11月28日到期",
         "the pension ended on 28 November"),
        ({"policy_pension_expiry_days": 40.0}, "this__expiry_days", "养老险还有 40 天到期（2027年1月10日）",
         "the pension ends in 40 days, on 10 January 2027"),
        ({"web_page_viewed__since_last_days": 1.0, "web_page_viewed__pension__since_last_days": 5.0},
         "this__web_page_viewed__count_30d", "五天前看过养老险的页面", "looked at pension five days ago"),
        ({"policy_pension_active": True, "policy_pension_held_days": 400.0}, "this__held_days",
         "养老险买了一年了", "took out pension a year ago"),
    ],
)  # fmt: skip
def test_in_a_talk_about_a_product_it_is_said_of_that(
    insurer: Configuration, customer: Customer, row: dict[str, Any], feature: str, zh: str, en: str
) -> None:
    assert said(insurer, customer("pension", **row), feature) == {"zh": zh, "en": en}


@pytest.mark.parametrize(
    "feature", ["this__price", "this__margin", "product", "policy_next_product", "gender", "region"]
)
def test_of_what_nobody_can_use_in_a_talk_nothing_is_said(insurer: Configuration, feature: str) -> None:
    assert insurer.layout.repertoire.topic(feature, "motor") is None


def test_in_a_talk_about_a_product_the_interest_in_another_is_no_reason(insurer: Configuration) -> None:
    repertoire = insurer.layout.repertoire
    assert repertoire.topic("web_page_viewed__motor__count_30d", "pension") is None
    assert repertoire.topic("web_page_viewed__pension__count_30d", "pension") is not None


values = st.none() | st.booleans() | st.floats() | st.integers(-9999, 9999) | st.sampled_from(["health", "none", "x"])


@given(data=st.data())
def test_whatever_is_known_is_said_in_both_languages_or_not_at_all(insurer: Configuration, data: st.DataObject) -> None:
    layout = insurer.layout
    names = sorted(layout.described)
    row = {name: data.draw(values) for name in data.draw(st.lists(st.sampled_from(names), max_size=6, unique=True))}
    product = data.draw(st.sampled_from([None, *insurer.workspace.products]))
    topic = layout.repertoire.topic(data.draw(st.sampled_from(names)), product)
    if topic is None:
        return
    found = fact(layout.repertoire, Known(insurer.workspace, row, product, LOCAL), topic)
    assert found is None or (HAN.search(found.words.zh) and found.words.en and "__" not in found.words.en)
    assert found is None or "{" not in found.words.zh + found.words.en
