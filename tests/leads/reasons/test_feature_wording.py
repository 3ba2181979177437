"""Reasons as sentences in Chinese and English."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.configuration import Configuration
from features.layout import FeatureLayout
from leads.configuration.workspace import Workspace, parse_workspace
from leads.reasons.feature import plain
from leads.reasons.feature_wording import describe

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("feature", "value", "zh", "en"),
    [
        ("age", 35.0, "年龄 35", "age 35"),
        ("age", None, "年龄未知", "age unknown"),
        ("car_owner", True, "有车：是", "owns a car: yes"),
        ("car_owner", np.bool_(False), "有车：否", "owns a car: no"),
        ("occupation", "teacher", "职业为教师", "occupation is teacher"),
        ("consent_call", True, "同意电话联系", "agreed to contact by phone"),
        ("consent_sms", False, "拒绝短信联系", "refused contact by SMS"),
        ("consent_wecom", None, "未表态是否同意企业微信联系", "no answer yet on contact by WeCom"),
        ("quote_requested__health__count_30d", 2.31, "近期询价（健康险）2.3 次",
         "quote request (health insurance), 2.3 times recently"),
        ("quote_requested__count_30d", 0.01, "近期没有询价", "no quote request recently"),
        ("any__count_7d", 3.0, "最近几天互动 3 次", "contact, 3 times in the last days"),
        ("any__count_60d", 1.0, "近几个月互动 1 次", "contact, 1 time in recent months"),
        ("lead_created__since_last_days", 3.7, "上次留资在 3 天前", "last lead 3 days ago"),
        ("lead_created__since_first_days", 0.2, "首次留资在不到 1 天前", "first lead less than a day ago"),
        ("lead_created__since_first_days", 1.2, "首次留资在 1 天前", "first lead 1 day ago"),
        ("claim_opened__since_last_days", None, "没有理赔报案记录", "no claim on record"),
        ("call_completed__interested__since_last_days", 5.0, "上次通话（有意向）在 5 天前",
         "last call (interested) 5 days ago"),
        ("call_completed__talk_seconds_last", 240.0, "上次通话的通话秒数 240",
         "talk seconds of the last call 240"),
        ("call_completed__talk_seconds_usual_365d", 74.2, "近几个月通话的通话秒数通常 74.2",
         "usual talk seconds (call, in recent months) 74.2"),
        ("call_completed__talk_seconds_count_30d", 2.0, "近期有通话秒数的通话 2 次",
         "call with talk seconds, 2 times recently"),
        ("call_completed__talk_seconds_sum_30d", 420.0, "近期通话的通话秒数合计 420",
         "total talk seconds (call, recently) 420"),
        ("policies_active", 2.0, "有效保单数 2", "active policies 2"),
        ("policy_next_expiry_days", 12.6, "最近一张保单距到期 12 天", "the next policy expires in 12 days"),
        ("policy_next_expiry_days", None, "没有有效保单", "no active policy"),
        ("policy_next_product", "motor", "最先到期的险种为车险", "the next to expire is motor insurance"),
        ("policy_next_product", None, "最先到期的险种未知", "the next to expire unknown"),
        ("policy_premium_active", 3650.0, "有效保单保费 3650 元", "premium of active policies 3650 CNY"),
        ("policy_since_lapse_days", 40.0, "上次脱保在 40 天前", "last lapse 40 days ago"),
        ("policy_critical_illness_active", True, "持有重疾险", "holds critical illness cover"),
        ("policy_life_active", False, "未持有寿险", "does not hold life insurance"),
        ("policy_motor_expiry_days", -3.0, "车险已过期 3 天", "motor insurance expired 3 days ago"),
        ("policy_health_held_days", None, "从未持有健康险", "never held health insurance"),
        ("policy_health_held_days", 400.0, "持有健康险已 400 天", "has held health insurance for 400 days"),
        ("product", "pension", "险种为养老险", "the product is pension"),
        ("this__active", False, "未持有该险种", "does not hold this product"),
        ("this__price", 650.0, "该险种价格 650 元", "this product price 650 CNY"),
        ("this__quote_requested__count_30d", 1.5, "近期询价（该险种）1.5 次",
         "quote request (this product), 1.5 times recently"),
        ("something_else", 1.0, "something_else 1", "something_else 1"),
    ],
)  # fmt: skip
def test_a_feature_is_told_in_the_words_of_an_agent(
    insurer: Configuration, feature: str, value: Any, zh: str, en: str
) -> None:
    told = describe(insurer.workspace, insurer.layout.described.get(feature) or plain(feature), value, 0.3)
    assert told == {"zh": f"{zh}，提高成交可能", "en": f"{en}, raises the chance"}


@pytest.mark.parametrize(
    ("contribution", "zh", "en"),
    [
        (0.3, "提高成交可能", "raises the chance"),
        (-0.3, "降低成交可能", "lowers the chance"),
        (0.0, "对成交可能影响不大", "hardly changes the chance"),
        (float("nan"), "对成交可能影响不大", "hardly changes the chance"),
    ],
)
def test_the_sign_of_the_contribution_is_told(insurer: Configuration, contribution: float, zh: str, en: str) -> None:
    told = describe(insurer.workspace, insurer.layout.described["age"], 35, contribution)
    assert told["zh"].endswith(zh)
    assert told["en"].endswith(en)


def test_the_chance_is_that_of_the_objective(insurer: Configuration) -> None:
    told = describe(insurer.workspace, insurer.layout.described["age"], 35, -1.0, "renewal")
    assert told == {"zh": "年龄 35，降低续保可能", "en": "age 35, lowers the chance of a renewal"}
    unheard = describe(insurer.workspace, insurer.layout.described["age"], 35, -1.0, "unheard_of")
    assert unheard["en"] == "age 35, lowers the chance"


def test_another_currency_is_named(workspace_document: dict[str, Any]) -> None:
    workspace_document["currency"] = "EUR"
    workspace = parse_workspace(workspace_document)
    told = describe(workspace, FeatureLayout.of(workspace).described["this__premium"], 99.5, 1.0)
    assert told == {
        "zh": "该险种保费 99.5 EUR，提高成交可能",
        "en": "this product premium 99.5 EUR, raises the chance",
    }


values = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from(["health"])


@given(data=st.data(), value=values, contribution=st.floats())
def test_every_feature_of_the_insurer_gives_a_sentence_whatever_its_value(
    insurer: Configuration, data: st.DataObject, value: Any, contribution: float
) -> None:
    features = sorted({*insurer.layout.schema, *insurer.layout.product_schema} - insurer.layout.for_rules)
    feature = insurer.layout.described[data.draw(st.sampled_from(features))]
    told = describe(insurer.workspace, feature, value, contribution)
    assert set(told) == {"zh", "en"}
    assert HAN.search(told["zh"].rpartition("，")[0])
    assert "__" not in told["en"].replace(str(value), "")


@given(name=st.text(alphabet="abc_this_policy_any_count_7d_since_last", max_size=30), value=values)
def test_any_name_at_all_gives_a_sentence(workspace: Workspace, name: str, value: Any) -> None:
    told = describe(workspace, plain(name), value, 1.0)
    assert told["zh"]
    assert told["en"]
