"""No random decision breaks a rule of a second, slow rulebook; `nextlead bench violations` checks a million."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from benchmarks.oracles.rulebook import START, Offer, Person, violations
from benchmarks.violations import run
from features.configuration import Configuration

NOW = START + timedelta(days=100, hours=4)
CALL = Offer("needs_call", "call", "first_conversion", None)


def test_no_random_decision_breaks_a_rule() -> None:
    found = run(4_000, seed=5)
    assert found["broken"] == {}
    assert found["decisions"] == 4_000
    assert found["offered"] > 1_000
    assert set(found["channels"]) == {"call", "wecom", "sms", "content"}


def test_a_policy_without_its_limits_is_caught(insurer: Configuration) -> None:
    """Otherwise the test above could not fail."""
    contact = replace(insurer.catalogue.contact, limits=())
    found = run(9_000, seed=6, configuration=replace(insurer, catalogue=replace(insurer.catalogue, contact=contact)))
    rules = {name.split(": ")[1] for name in found["broken"]}
    assert {"dialled", "unreached", "weekly calls", "weekly contacts", "complaint", "claim", "refused"} <= rules


def test_a_retry_that_passes_more_than_it_may_is_caught(insurer: Configuration) -> None:
    contact = insurer.catalogue.contact
    eased = dict(contact.eased) | {"rest_after_no_answers": contact.eased["weekly_calls"]}
    contact = replace(contact, eased=eased)
    found = run(9_000, seed=6, configuration=replace(insurer, catalogue=replace(insurer.catalogue, contact=contact)))
    assert {name.split(": ")[1] for name in found["broken"]} == {"unreached"}


def test_the_rulebook_itself_finds_what_is_broken() -> None:
    welcoming = Person({"age": 30.0}, {"call": True}, None, [])
    assert violations(welcoming, CALL, NOW) == []
    yesterday = (NOW - timedelta(hours=20), "call.attempted", {})
    assert violations(Person({"age": 12.0}, {"call": False}, None, [yesterday]), CALL, NOW + timedelta(hours=12)) == [
        "consent", "hours", "minor",
    ]  # fmt: skip
    assert violations(Person({}, {"call": True}, None, [yesterday]), CALL, NOW) == ["dialled"]
    assert violations(Person({}, {"call": True}, None, [yesterday], ["retry"]), CALL, NOW) == []
