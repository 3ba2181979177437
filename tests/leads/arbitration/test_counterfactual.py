"""What would change a decision, and who is left with nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leads.actions.catalogue import Catalogue
from leads.arbitration.counterfactual import changes_of
from leads.arbitration.coverage import left_with_nothing, why_nothing
from leads.reasons.decision_wording import describe_change
from tests.frames import arbitrate


def named(catalogue: Catalogue, decisions: Any, first: int, **more: Any) -> dict[str, str]:
    return {c.part: catalogue.actions[c.action].name for c in changes_of(decisions, 0, first, **more)}


def test_the_part_that_decides_is_told(catalogue: Catalogue, customers: Any, now: datetime) -> None:
    # 0.12 × 500 − 5.5 = 54.5 against 0.05 × 300 × 3 − 4 = 41.
    decisions = arbitrate(customers({"score_win": 0.12, "score_keep": 0.05}), catalogue, now)
    first = int(decisions.order[0, 0])
    assert catalogue.actions[first].name == "win_call"
    found = named(catalogue, decisions, first)
    assert found["propensity"] == "keep_call"
    assert "cost" not in found
    assert "context" not in found


def test_only_what_competes_is_ranked_again(catalogue: Catalogue, customers: Any, now: datetime) -> None:
    decisions = arbitrate(customers({"score_win": 0.12, "score_keep": 0.05}), catalogue, now)
    first = int(decisions.order[0, 0])
    assert named(catalogue, decisions, first, among=[first]) == {}


def test_without_a_part_it_is_what_the_rest_makes_it(catalogue: Catalogue, customers: Any, now: datetime) -> None:
    from dataclasses import replace

    decisions = arbitrate(customers({"score_win": 0.12, "score_keep": 0.05}), catalogue, now)
    assert len(catalogue.valuation.parts) > 1
    for part in catalogue.valuation.parts:
        left = tuple(p for p in catalogue.valuation.parts if p != part)
        without = replace(catalogue, valuation=replace(catalogue.valuation, parts=left))
        best = int(arbitrate(customers({"score_win": 0.12, "score_keep": 0.05}), without, now).order[0, 0])
        changes = {change.part: change.action for change in changes_of(decisions, 0, int(decisions.order[0, 0]))}
        assert changes.get(part, int(decisions.order[0, 0])) == best


def test_a_change_is_told_in_both_languages(catalogue: Catalogue) -> None:
    action = next(action for action in catalogue.actions if action.name == "win_call")
    assert describe_change("cost", action) == {
        "zh": "若不计成本，则会选“首单电话”", "en": "without the cost it would be: first call",
    }  # fmt: skip


def test_who_is_left_with_nothing_is_counted_by_the_rule_that_did_it(
    catalogue: Catalogue, customers: Any, now: datetime
) -> None:
    nobody = dict.fromkeys(("score_win", "score_keep", "score_extend__health", "score_extend__motor"))
    frame = customers(
        {},
        {"consent_call": False, "score_win": None, "policy_next_product": "health"},
        {"age": 12.0, "score_win": None, "policy_next_product": "health"},
        {"age": 12.0, "score_win": None, "policy_next_product": "health"},
        nobody,
    )
    decisions = arbitrate(frame, catalogue, now)
    assert left_with_nothing(decisions).tolist() == [False, True, True, True, True]
    assert why_nothing(decisions).rows() == [
        ("contact", "grown_up", 2), ("contact", "consent", 1), ("population", "population", 1),
    ]  # fmt: skip
    assert why_nothing(arbitrate(customers(), catalogue, now)).rows() == []
