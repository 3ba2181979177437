"""Arbitration: what is offered, in which order, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.actions.catalogue import Catalogue
from leads.actions.reading import parse_catalogue
from leads.arbitration.arms import control_group, month_of
from leads.arbitration.decisions import CHUNK, Decisions
from leads.configuration.amount import Amount
from leads.configuration.workspace import Workspace, parse_workspace
from leads.errors import InvalidInput
from tests.frames import arbitrate

Customers = Callable[..., pl.DataFrame]

NIGHT = datetime(2026, 7, 1, 16, tzinfo=UTC)
"""Midnight in Shanghai."""


def ranked(decisions: Decisions, row: int = 0) -> list[str]:
    return [decisions.catalogue.actions[i].name for i in decisions.order[row] if i >= 0]


def position(catalogue: Catalogue, name: str) -> int:
    return [action.name for action in catalogue.actions].index(name)


def why_not(decisions: Decisions, name: str, row: int = 0) -> tuple[str, str] | None:
    refusal = decisions.refusal(row, position(decisions.catalogue, name))
    return None if refusal is None else (refusal.stage, refusal.rule.name)


def test_what_is_worth_most_comes_first(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    decisions = arbitrate(customers(), catalogue, now, limit=9)
    assert ranked(decisions) == ["keep_call", "win_call", "win_content", "wait"]


def test_a_priority_is_its_parts_multiplied_less_the_cost(
    catalogue: Catalogue, customers: Customers, now: datetime
) -> None:
    decisions = arbitrate(customers({"vip": True}), catalogue, now)
    parts = decisions.parts(0, position(catalogue, "keep_call"))
    assert (parts.propensity, parts.value, parts.context, parts.lever, parts.cost) == (
        0.5,
        300.0,
        1.5,
        3.0,
        4.0,
    )
    assert parts.priority == 0.5 * 300 * 1.5 * 3 - 4


def test_waiting_is_worth_nothing_and_better_than_a_loss(
    catalogue: Catalogue, customers: Customers, now: datetime
) -> None:
    hopeless = dict.fromkeys(("score_win", "score_keep", "score_extend__health", "score_extend__motor"), 0.0)
    decisions = arbitrate(customers(hopeless), catalogue, now, limit=4)
    assert ranked(decisions) == ["wait", "win_content", "keep_call", "win_call"]
    assert decisions.priority[0, 0] == 0.0


def test_the_cost_of_a_call_that_leads_nowhere_is_told(
    catalogue: Catalogue, customers: Customers, now: datetime
) -> None:
    decisions = arbitrate(customers({"score_win": 0.0}), catalogue, now)
    assert decisions.priority[0, position(catalogue, "win_call")] == -5.5


@pytest.mark.parametrize(
    ("change", "action", "stage", "rule"),
    [
        ({"score_win": None}, "win_call", "population", "population"),
        ({"score_keep": None}, "keep_call", "population", "scored"),
        ({"score_win": float("nan")}, "win_call", "population", "population"),
        ({"region": "west"}, "win_call", "eligibility", "here"),
        ({"region": None}, "win_call", "eligibility", "here"),
        ({}, "extend_call_health", "eligibility", "not_held"),
        ({}, "extend_call_motor", "suitability", "affordable"),
        ({}, "keep_motor", "eligibility", "next_to_expire"),
        ({"consent_call": False}, "win_call", "contact", "consent"),
        ({"consent_call": None}, "win_call", "contact", "consent"),
        ({"age": 17.0}, "win_call", "contact", "grown_up"),
        ({"call_completed__count_7d": 2.0}, "win_call", "contact", "rested"),
        ({"region": "west", "consent_call": False}, "win_call", "eligibility", "here"),
    ],
)
def test_the_first_rule_that_fails_is_the_reason(
    catalogue: Catalogue, customers: Customers, now: datetime, change: dict[str, Any], action: str,
    stage: str, rule: str,
) -> None:  # fmt: skip
    decisions = arbitrate(customers(change), catalogue, now, limit=9)
    assert why_not(decisions, action) == (stage, rule)
    assert decisions.priority[0, position(catalogue, action)] == -np.inf
    assert action not in ranked(decisions)


def test_an_offered_action_has_no_reason_against_it(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    assert why_not(arbitrate(customers(), catalogue, now), "win_call") is None


def test_content_needs_no_consent_and_knows_no_hours(catalogue: Catalogue, customers: Customers) -> None:
    asleep = customers({"consent_call": None, "consent_wecom": None, "age": 12.0})
    assert ranked(arbitrate(asleep, catalogue, NIGHT, limit=9)) == ["win_content", "wait"]


def test_nobody_is_called_at_night(catalogue: Catalogue, customers: Customers) -> None:
    assert why_not(arbitrate(customers(), catalogue, NIGHT), "win_call") == ("contact", "hours")


def test_it_is_night_where_the_customer_is(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    frame = customers({"timezone": "Asia/Shanghai"}, {"timezone": "Europe/Berlin"}, {"timezone": None})
    decisions = arbitrate(frame, catalogue, now)
    assert [why_not(decisions, "win_call", row) for row in range(3)] == [None, ("contact", "hours"), None]


def test_a_queue_can_be_prepared_overnight(catalogue: Catalogue, customers: Customers) -> None:
    assert ranked(arbitrate(customers(), catalogue, NIGHT, hours=False)) == ["keep_call"]


def test_asking_for_a_channel_offers_nothing_else(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    decisions = arbitrate(customers(), catalogue, now, channel="content", limit=9)
    assert ranked(decisions) == ["win_content"]
    assert why_not(decisions, "win_call") == ("request", "channel")
    assert why_not(decisions, "wait") == ("request", "channel")


def test_a_channel_without_actions_offers_nothing(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    assert ranked(arbitrate(customers(), catalogue, now, channel="fax", limit=9)) == []


def test_a_score_column_that_is_absent_applies_to_nobody(
    catalogue: Catalogue, customers: Customers, now: datetime
) -> None:
    decisions = arbitrate(customers().drop("score_win"), catalogue, now)
    assert why_not(decisions, "win_call") == ("population", "population")


def test_of_two_worth_the_same_the_first_in_the_catalogue_wins(
    actions_document: dict[str, Any], workspace: Workspace, customers: Customers, now: datetime
) -> None:
    twin = actions_document["actions"]["win_content"]
    actions_document["actions"] = {"b": twin, "a": twin, "c": twin}
    twins = parse_catalogue(actions_document, workspace)
    assert ranked(arbitrate(customers(), twins, now, limit=3)) == ["b", "a", "c"]
    assert ranked(arbitrate(customers(), twins, now)) == ["b"]


def test_waiting_may_have_rules_of_its_own(
    actions_document: dict[str, Any], workspace: Workspace, customers: Customers, now: datetime
) -> None:
    actions_document["actions"]["wait"]["suitability"] = {"young": "age < 60"}
    decisions = arbitrate(customers({}, {"age": 70.0}), parse_catalogue(actions_document, workspace), now)
    assert why_not(decisions, "wait", 0) is None
    assert why_not(decisions, "wait", 1) == ("suitability", "young")


@pytest.mark.parametrize("value", ["age / 0", "0.0 / (age - age)", "age"])
def test_a_value_that_is_not_a_finite_number_is_worth_nothing(
    actions_document: dict[str, Any], workspace: Workspace, customers: Customers, now: datetime, value: str
) -> None:
    actions_document["actions"]["win_content"]["value"] = value
    decisions = arbitrate(customers({"age": 0.0}, {"age": None}), parse_catalogue(actions_document, workspace), now)
    worth = decisions.value[:, position(decisions.catalogue, "win_content")]
    assert worth.tolist() == [0.0, 0.0]


def test_more_may_be_asked_for_than_there_is(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    decisions = arbitrate(customers({}, {}), catalogue, now, limit=50)
    assert decisions.order.shape == (2, 50)
    assert (decisions.order[:, len(catalogue.actions) :] == -1).all()


def test_nobody_gets_no_decisions(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    decisions = arbitrate(customers().clear(), catalogue, now, limit=2)
    assert decisions.priority.shape == (0, len(catalogue.actions))
    assert decisions.order.shape == (0, 2)
    assert decisions.best(catalogue.actions.positions("win")).tolist() == []


def test_an_empty_catalogue_offers_nothing(
    workspace_document: dict[str, Any], customers: Customers, now: datetime
) -> None:
    workspace_document["objectives"] = {}
    nothing = parse_catalogue(None, parse_workspace(workspace_document))
    assert arbitrate(customers(), nothing, now, limit=2).order.tolist() == [[-1, -1]]


def test_the_best_of_some_actions_is_found_for_each_customer(
    catalogue: Catalogue, customers: Customers, now: datetime
) -> None:
    decisions = arbitrate(customers({}, {"score_win": None}, {"consent_call": False}), catalogue, now)
    best = decisions.best(catalogue.actions.positions("win", "call"))
    assert best.tolist() == [position(catalogue, "win_call"), -1, -1]
    assert decisions.best(()).tolist() == [-1, -1, -1]


def test_a_missing_feature_is_refused_by_name(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="region"):
        arbitrate(customers().drop("region"), catalogue, now)


def test_a_limit_below_one_is_refused(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="at least 1"):
        arbitrate(customers(), catalogue, now, limit=0)


def test_a_time_without_a_zone_is_refused(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="a time with a zone"):
        arbitrate(customers(), catalogue, now.replace(tzinfo=None))


def test_a_decision_does_not_depend_on_who_else_is_asked_about(
    catalogue: Catalogue, customers: Customers, now: datetime
) -> None:
    usual = customers({}, {"region": None}, {"score_win": None}, {"vip": None}, {"policy_next_product": "motor"})
    crowd = pl.concat([usual] * (CHUNK // len(usual) + 2))
    together = arbitrate(crowd, catalogue, now, limit=3)
    for row in range(len(usual)):
        alone = arbitrate(usual[row], catalogue, now, limit=3)
        same = slice(row, None, len(usual))
        assert (together.order[same] == alone.order).all()
        assert (together.rejected[same] == alone.rejected).all()
        assert (together.priority[same] == alone.priority).all()
        assert (together.value[same] == alone.value).all()
        assert (together.context[same] == alone.context).all()


def test_a_decision_can_be_made_again(catalogue: Catalogue, customers: Customers, now: datetime) -> None:
    first, again = (arbitrate(customers(), catalogue, now, limit=5) for _ in range(2))
    assert (first.order == again.order).all()
    assert (first.priority == again.priority).all()


# ── properties ──────────────────────────────────────────────────────────────────────────────────────────────

people = st.fixed_dictionaries(
    {
        "age": st.none() | st.floats(0, 100),
        "region": st.sampled_from(["east", "west", None]),
        "vip": st.sampled_from([True, False, None]),
        "consent_call": st.sampled_from([True, False, None]),
        "consent_wecom": st.sampled_from([True, False, None]),
        "call_completed__count_7d": st.none() | st.floats(0, 5),
        "policy_next_product": st.sampled_from(["health", "motor", None]),
        "policy_health_active": st.sampled_from([True, False, None]),
        "score_win": st.none() | st.floats(0, 1),
        "score_keep": st.none() | st.floats(0, 1),
        "score_extend__motor": st.none() | st.floats(0, 1),
    }
)
amounts = st.floats(-1e9, 1e9)


def worth(catalogue: Catalogue, values: list[float]) -> Catalogue:
    """The catalogue with other values."""
    actions = zip(catalogue.actions, values, strict=True)
    valued = tuple(replace(a, value=Amount(v)) for a, v in actions)
    return replace(catalogue, actions=replace(catalogue.actions, all=valued))


@given(person=people, values=st.lists(amounts, min_size=7, max_size=7))
def test_no_value_buys_a_way_past_a_rule(
    catalogue: Catalogue, customers: Customers, now: datetime, person: dict[str, Any], values: list[float]
) -> None:
    before = arbitrate(customers(person), catalogue, now, limit=7)
    after = arbitrate(customers(person), worth(catalogue, values), now, limit=7)
    assert (before.rejected == after.rejected).all()
    assert set(ranked(before)) == set(ranked(after))


@given(person=people, values=st.lists(amounts, min_size=7, max_size=7), limit=st.integers(1, 9))
def test_the_order_is_by_priority_then_by_place(
    catalogue: Catalogue, customers: Customers, now: datetime, person: dict[str, Any], values: list[float],
    limit: int,
) -> None:  # fmt: skip
    decisions = arbitrate(customers(person), worth(catalogue, values), now, limit=limit)
    priority = decisions.priority[0]
    offered = [i for i in range(len(priority)) if decisions.rejected[0, i] == 0]
    expected = sorted(offered, key=lambda i: (-priority[i], i))[:limit]
    assert [i for i in decisions.order[0].tolist() if i >= 0] == expected


@given(person=people, lever=st.floats(0, 1e6))
def test_a_lever_scales_the_gain_and_not_the_cost(
    catalogue: Catalogue, customers: Customers, now: datetime, person: dict[str, Any], lever: float
) -> None:
    levered = tuple(replace(a, lever=lever) for a in catalogue.actions)
    pulled = replace(catalogue, actions=replace(catalogue.actions, all=levered))
    usual, scaled = (arbitrate(customers(person), c, now) for c in (catalogue, pulled))
    refused = np.asarray(usual.rejected[0], dtype=bool)
    gain = (usual.priority[0] + usual.cost(0))[~refused]
    assert not refused.all()
    assert (scaled.priority[0][refused] == -np.inf).all()
    assert (scaled.priority[0] + scaled.cost(0))[~refused] == pytest.approx(gain * lever, rel=1e-9, abs=1e-6)


@given(person=people, more=st.floats(0, 1))
def test_a_higher_chance_is_never_worth_less(
    catalogue: Catalogue, customers: Customers, now: datetime, person: dict[str, Any], more: float
) -> None:
    at = position(catalogue, "win_call")
    low = arbitrate(customers(person | {"score_win": more / 2}), catalogue, now)
    high = arbitrate(customers(person | {"score_win": more}), catalogue, now)
    assert high.priority[0, at] >= low.priority[0, at]


# ── the control group ───────────────────────────────────────────────────────────────────────────────────────


def test_the_control_group_has_about_its_share() -> None:
    drawn = control_group((f"C{i}" for i in range(50_000)), "2026-07", 0.02)
    assert 0.018 < drawn.mean() < 0.022


@given(number=st.integers(), low=st.floats(0, 0.99), high=st.floats(0, 0.99))
def test_a_larger_control_group_holds_the_smaller(number: int, low: float, high: float) -> None:
    low, high = sorted((low, high))
    inside, wider = (control_group([f"C{number}"], "2026-07", share)[0] for share in (low, high))
    assert wider or not inside


def test_the_control_group_changes_with_the_month_and_not_with_the_company() -> None:
    people = [f"C{i}" for i in range(5_000)]
    july, august = control_group(people, "2026-07", 0.5), control_group(people, "2026-08", 0.5)
    assert 0.45 < (july == august).mean() < 0.55
    assert control_group(people[::-1], "2026-07", 0.5)[::-1].tolist() == july.tolist()


def test_nobody_or_everybody_can_be_controlled() -> None:
    assert not control_group(["a", "b"], "2026-07", 0.0).any()
    assert control_group(["a", "b"], "2026-07", 1.0).all()
    assert control_group([], "2026-07", 0.5).tolist() == []


def test_the_month_is_that_of_the_workspaces_calendar() -> None:
    late = datetime(2026, 7, 31, 20, tzinfo=UTC)
    assert month_of(late) == "2026-07"
    assert month_of(late, "Asia/Shanghai") == "2026-08"
    assert month_of(late + timedelta(hours=5)) == "2026-08"
