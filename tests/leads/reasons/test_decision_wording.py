"""Reasons of a decision are told in the words of people."""

from __future__ import annotations

from features.configuration import Configuration
from leads.actions.catalogue import Catalogue
from leads.reasons.decision_wording import describe_rule


def test_a_refusal_is_told_in_the_words_of_the_catalogue(catalogue: Catalogue) -> None:
    action = next(a for a in catalogue.actions if a.name == "win_call")
    refusal = next(r for r in catalogue.refusals.of(action) if r.rule.name == "grown_up")
    assert describe_rule(action, refusal.stage, refusal.rule) == {
        "zh": "未选“首单电话”：客户未成年",
        "en": "not offered, first call: the customer is a minor",
    }


def test_a_rule_without_words_tells_itself(catalogue: Catalogue) -> None:
    action = next(a for a in catalogue.actions if a.name == "win_call")
    told = describe_rule(action, "eligibility", action.eligibility[0])
    assert told["zh"] == "未选“首单电话”：不满足条件“here”（region = 'east'）"
    assert told["en"] == "not offered, first call: here does not hold (region = 'east')"


def test_what_the_product_itself_refuses_is_told_without_code(catalogue: Catalogue) -> None:
    told = [
        describe_rule(action, refusal.stage, refusal.rule)
        for action in catalogue.actions
        for refusal in catalogue.refusals.of(action)
        if refusal.stage in ("request", "population") or refusal.rule.name in ("consent", "hours")
    ]
    assert told and not [words for words in told if "（" in words["zh"] or "(" in words["en"]]


def test_every_rule_of_the_insurer_has_words(insurer: Configuration) -> None:
    told = [
        describe_rule(action, refusal.stage, refusal.rule)["en"]
        for action in insurer.catalogue.actions
        for refusal in insurer.catalogue.refusals.of(action)
    ]
    assert len(told) > 100 and not [words for words in told if "does not hold (" in words]
