"""What a page says of a customer comes from judging them once, and is what the API says."""

from __future__ import annotations

import pytest

from console.agent.card import closed
from console.customer.thoughts import Thoughts
from console.judged import Judged, Judging
from serving.composition import Composition
from serving.decisions.batch import refused, removed
from serving.http.view import CustomerCards
from tests.serving.small_home import NOW


@pytest.fixture
def judged(parts: Composition) -> Judged:
    return Judging(parts.scorer, parts.decider).of("c001", NOW)


def views(parts: Composition) -> CustomerCards:
    return CustomerCards(
        parts.configuration, parts.customers, parts.timelines, parts.scorer, parts.decider, parts.degradation
    )


def test_a_page_shows_the_customer_that_the_api_answers(parts: Composition, judged: Judged) -> None:
    contact = parts.customers.known("c001")
    assert views(parts).judged(contact, judged.scored, judged.decisions) == views(parts).of(contact, NOW)


def test_a_page_gives_the_reasons_that_the_api_gives(parts: Composition, judged: Judged) -> None:
    (scored,) = parts.scores.answer(["c001"], 4, NOW)["results"]
    told = Thoughts(parts.configuration, parts.scorer, parts.ledger).of(judged)
    assert scored["reasons"] and told["reasons"] == scored["reasons"]


def test_actions_that_one_rule_removed_stand_together_under_what_it_means(parts: Composition, judged: Judged) -> None:
    told = Thoughts(parts.configuration, parts.scorer, parts.ledger).of(judged)["refusals"]
    assert sum(len(each["actions"]) for each in told) == len(refused(judged.decisions, 0)) > len(told)
    meant = {(each.stage, each.rule.name): each.meaning for each in reversed(removed(judged.decisions, 0))}
    assert {(each["stage"], each["rule"]): each["text"] for each in told} == meant


def test_what_closes_a_channel_is_told_once_for_it(parts: Composition, judged: Judged) -> None:
    hints = closed(judged)
    assert hints and all(len(set(hint["channels"])) == len(hint["channels"]) for hint in hints)
