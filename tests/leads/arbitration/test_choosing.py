"""Learning: what evidence does to a propensity, and the choice whose probability is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leads.actions.catalogue import Catalogue
from leads.actions.reading import parse_catalogue
from leads.arbitration.arms import arms_of, assign, control_group
from leads.arbitration.choosing import Chances, Chooser, even_shares, win_probability
from leads.arbitration.decisions import Tuning
from leads.arbitration.draws import held_back
from leads.arbitration.evidence import NOTHING, POINTS, Evidence, Response
from leads.arbitration.tuning import marginal, tune
from leads.configuration.workspace import Workspace
from leads.errors import InvalidWorkspace
from tests.frames import arbitrate


def test_without_evidence_the_models_propensity_stands_and_with_much_the_response_does() -> None:
    assert Response().ratio(20) == 1
    assert Response(10, 1.0, 2).ratio(20) == pytest.approx(1.05, abs=0.01)
    assert Response(100_000, 2_000.0, 4_000).ratio(20) == pytest.approx(2, abs=0.02)


@pytest.mark.parametrize("response", [Response(), Response(100, 10.0, 2), Response(10_000, 300.0, 500)])
def test_the_points_of_a_ratio_have_the_moments_of_its_gamma(response: Response) -> None:
    points, shape, rate = response.points(20), 20 + response.successes, 20 + response.expected
    assert (np.diff(points) > 0).all()
    assert points.mean() == pytest.approx(shape / rate, rel=0.005)
    assert points.std() == pytest.approx(np.sqrt(shape) / rate, rel=0.05)


def test_evidence_is_named_by_what_it_says() -> None:
    evidence = Evidence({"a": Response(3, 0.5, 1)})
    assert Evidence.read(evidence.document).digest == evidence.digest != NOTHING.digest


@given(arrays(np.float64, (3, 4), elements=st.integers(0, 5).map(float)))
def test_the_chance_to_win_is_that_of_trying_every_combination(worth: np.ndarray) -> None:
    wins = Counter(int(np.argmax(drawn)) for drawn in product(*worth))
    for action in range(3):
        assert win_probability(worth, action) == pytest.approx(wins[action] / 4**3)


@pytest.fixture
def learned() -> Evidence:
    return Evidence({"win_call": Response(50, 5.0, 4), "extend_call_motor": Response(400, 30.0, 20)})


def test_choices_come_about_as_often_as_they_say(
    catalogue: Catalogue, customers: Any, now: datetime, learned: Evidence
) -> None:
    frame = customers({"score_win": 0.12, "score_keep": 0.047, "score_extend__motor": 0.1, "vip": True})
    ratio = learned.ratios([action.name for action in catalogue.actions], 20)
    decisions = arbitrate(frame, catalogue, now, tuning=Tuning(ratio))
    chooser = Chooser(decisions, learned, 0.5)
    choices = [chooser.choose(0, f"C{i}", now) for i in range(6000)]
    counted = Counter(choice.action for choice in choices)
    probability = {choice.action: choice.probability for choice in choices}
    assert len(counted) >= 3
    assert sum(probability.values()) == pytest.approx(1, abs=0.02)
    for action, count in counted.items():
        error = 4 * np.sqrt(probability[action] * (1 - probability[action]) / 6000)
        assert count / 6000 == pytest.approx(probability[action], abs=error)


def test_a_choice_is_the_same_all_day_and_another_under_another_catalogue(
    catalogue: Catalogue, customers: Any, now: datetime
) -> None:
    decisions = arbitrate(customers(), catalogue, now)
    chooser = Chooser(decisions, NOTHING, 1.0)
    assert chooser.choose(0, "C1", now) == chooser.choose(0, "C1", now + timedelta(hours=3))
    changed = replace(decisions, catalogue=replace(catalogue, digest="another"))
    assert Chooser(changed, NOTHING, 1.0).choose(0, "C1", now).seed != chooser.choose(0, "C1", now).seed


def test_without_exploration_the_best_is_certain(catalogue: Catalogue, customers: Any, now: datetime) -> None:
    decisions = arbitrate(customers(), catalogue, now)
    choice = Chooser(decisions, NOTHING, 0.0).choose(0, "C1", now)
    assert (choice.action, choice.probability, choice.explored) == (decisions.order[0, 0], 1.0, False)


def test_exploration_never_takes_what_a_rule_refused(catalogue: Catalogue, customers: Any, now: datetime) -> None:
    decisions = arbitrate(customers({"consent_call": False}), catalogue, now)
    chooser = Chooser(decisions, NOTHING, 1.0)
    chosen = {chooser.choose(0, f"C{i}", now).action for i in range(500)}
    assert all(decisions.rejected[0, action] == 0 for action in chosen)


def test_nothing_is_chosen_where_nothing_is_offered(catalogue: Catalogue, customers: Any, now: datetime) -> None:
    decisions = arbitrate(customers({"consent_call": False}), catalogue, now)
    calls = catalogue.actions.positions(None, "call")
    assert Chooser(decisions, NOTHING, 1.0).choose(0, "C1", now, calls).action == -1


def test_what_is_done_comes_about_as_often_as_its_marginal_probability_says(
    actions_document: dict[str, Any], workspace: Workspace, customers: Any, now: datetime, learned: Evidence
) -> None:
    """Over control group, arms, ramps of new actions and exploration, whatever the arm that it was logged in."""
    actions_document["learning"] = {"new": ["win_call"], "ramp_from": 0.3, "ramp_trials": 100_000, "exploration": 0.4}
    actions_document["arms"] = {"gentle": {"share": 0.3, "levers": {"scene": {"later": 0.1}}, "exploration": 0.1}}
    catalogue = parse_catalogue(actions_document, workspace)
    ids = [f"C{i}" for i in range(6_000)]
    told = {"score_win": 0.12, "score_keep": 0.047, "score_extend__motor": 0.1, "vip": True}
    frame = customers(*[told] * len(ids))
    assignment = assign(catalogue.experiments, ids, now, "Asia/Shanghai")
    decisions = arbitrate(frame, catalogue, now, tuning=tune(catalogue, learned, ids, assignment))
    choosers = [Chooser(decisions, learned, share) for share in assignment.explorations]
    done = [
        -1 if assignment.controlled(row) else choosers[assignment.arm[row]].choose(row, name, now).action
        for row, name in enumerate(ids)
    ]
    counted = Counter(done)
    assert len(counted) >= 4
    assert any((decisions.rejected == catalogue.refusals.ramp_code).any(axis=1))
    found, likely = {}, marginal(catalogue, learned, decisions, assignment, done)
    for action in counted:
        values = {round(chance, 12) for chance, taken in zip(likely, done, strict=True) if taken == action}
        assert len(values) == 1
        found[action] = values.pop()
        error = 4 * np.sqrt(found[action] * (1 - found[action]) / len(ids))
        assert counted[action] / len(ids) == pytest.approx(found[action], abs=error)
    assert sum(found.values()) == pytest.approx(1, abs=0.01)


def test_the_chances_of_many_are_those_of_each(
    actions_document: dict[str, Any], workspace: Workspace, customers: Any, now: datetime, learned: Evidence
) -> None:
    actions_document["learning"] = {"new": ["win_call"], "ramp_from": 0.3, "ramp_trials": 1_000, "exploration": 0.4}
    catalogue = parse_catalogue(actions_document, workspace)
    told = {"score_win": 0.12, "score_keep": 0.047, "score_extend__motor": 0.1, "vip": True}
    frame = customers(told, told | {"consent_call": False}, told | {"score_win": 0.5}, {"score_win": 0.01})
    decisions = arbitrate(frame, catalogue, now)
    levers = np.array([catalogue.valuation.lever(action) for action in catalogue.actions])
    for exploration in (0.0, 0.4):
        chances = Chances(decisions, learned, exploration, levers)
        many = chances.distributions()
        each = [[chances.of(row, action) for action in range(len(levers))] for row in range(len(frame))]
        np.testing.assert_allclose(many, each, atol=1e-12)
        nothing = [chances.of(row, -1) for row in range(len(frame))]
        np.testing.assert_allclose(many.sum(axis=1) + nothing, 1, atol=1e-9)
        assert np.count_nonzero(many) >= (8 if exploration else 5)


def test_even_draws_are_shared_among_those_that_take_part() -> None:
    there = np.array([1.0, 0.7, 0.2, 0.0, 0.5])
    shares = np.zeros(5)
    for drawn in product((0.0, 1.0), repeat=5):
        part = np.array(drawn)
        shares += part / max(part.sum(), 1) * np.prod(np.where(part, there, 1 - there))
    np.testing.assert_allclose(even_shares(there[None])[0], shares, atol=1e-12)


def test_each_of_what_is_offered_is_taken_now_and_then_however_sure_the_evidence_is(
    catalogue: Catalogue, customers: Any, now: datetime
) -> None:
    frame = customers({"score_win": 0.12, "score_keep": 0.047, "score_extend__motor": 0.1, "vip": True})
    sure = Evidence({action.name: Response(10**6, 10.0**5, 10**5) for action in catalogue.actions})
    decisions = arbitrate(frame, catalogue, now)
    levers = np.array([catalogue.valuation.lever(action) for action in catalogue.actions])
    likely = Chances(decisions, sure, 0.05, levers).distributions()[0]
    offered = decisions.priority[0] > -np.inf
    assert offered.sum() >= 3
    assert likely[offered].min() == pytest.approx(0.05 * catalogue.experiments.learning.even / offered.sum())


def test_points_are_as_many_as_said() -> None:
    assert len(Response().points(20)) == POINTS


def test_a_new_action_is_offered_to_more_as_evidence_comes_in(
    actions_document: dict[str, Any], workspace: Workspace, customers: Any, now: datetime
) -> None:
    actions_document["learning"] = {"new": ["win_call"], "ramp_from": 0.2, "ramp_trials": 100}
    catalogue = parse_catalogue(actions_document, workspace)
    ids = [f"C{i}" for i in range(2000)]
    shares = [
        1 - held_back(ids, "win_call", catalogue.experiments.learning.ramp(trials)).mean() for trials in (0, 50, 100)
    ]
    assert shares == pytest.approx([0.2, 0.6, 1.0], abs=0.04)
    held = np.zeros((1, len(catalogue.actions)), dtype=bool)
    held[0, [action.name for action in catalogue.actions].index("win_call")] = True
    refusal = arbitrate(customers(), catalogue, now, tuning=Tuning(held_back=held)).refusal(0, int(held.argmax()))
    assert refusal is not None
    assert refusal.stage == "ramp"


def test_arms_have_their_shares_and_control_is_who_it_was() -> None:
    ids = [f"C{i}" for i in range(20_000)]
    arms = arms_of(ids, "2026-07", [0.1, 0.2])
    assert np.bincount(arms) / 20_000 == pytest.approx([0.1, 0.2, 0.7], abs=0.01)
    assert ((arms == 0) == control_group(ids, "2026-07", 0.1)).all()


def test_an_arm_has_levers_of_its_own(actions_document: dict[str, Any], workspace: Workspace) -> None:
    actions_document["arms"] = {"gentle": {"share": 0.2, "levers": {"scene": {"later": 0.5}}, "exploration": 0.3}}
    (arm,) = parse_catalogue(actions_document, workspace).experiments.arms
    assert arm.levers == {"action": {}, "scene": {"later": 0.5}, "objective": {"keep": 1.5}}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"learning": {"exploration": 1.5}}, "learning.exploration"),
        ({"learning": {"prior": 1}}, "learning.prior"),
        ({"learning": {"bucket": "0d"}}, "learning.bucket"),
        ({"learning": {"new": ["dance"]}}, "learning.new"),
        ({"learning": {"rate": 1}}, "learning.rate"),
        ({"arms": {"control": {"share": 0.1}}}, "arms"),
        ({"arms": {"a": {"share": 0.95}}}, "arms"),
        ({"arms": {"a": {"share": 0.1, "levers": {"scene": {"x": 1}}}}}, "arms.a.levers.scene.x"),
        ({"priority": ["value", "luck"]}, "priority"),
        ({"counts": {"a": {"events": ["call.completed"], "within": "0d", "most": 2}}}, "counts.a.within"),
    ],
)
def test_a_wrong_declaration_is_refused_by_key(
    actions_document: dict[str, Any], workspace: Workspace, change: dict[str, Any], key: str
) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        parse_catalogue(actions_document | change, workspace)
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("parts", "worth"),
    [
        (["propensity", "value", "context", "lever", "cost"], 0.1 * 500 * 3 - 5.5),
        (["propensity", "value"], 0.1 * 500),
        (["value", "cost"], 500 - 5.5),
        (["propensity"], 0.1),
    ],
)
def test_a_priority_is_made_of_the_declared_parts(
    actions_document: dict[str, Any], workspace: Workspace, customers: Any, now: datetime, parts: list[str],
    worth: float,
) -> None:  # fmt: skip
    actions_document |= {"priority": parts}
    actions_document["levers"] = {"action": {"win_call": 3}}
    catalogue = parse_catalogue(actions_document, workspace)
    decisions = arbitrate(customers(), catalogue, now)
    position = [action.name for action in catalogue.actions].index("win_call")
    shown = decisions.parts(0, position)
    assert shown.priority == pytest.approx(worth)
    assert shown.propensity * shown.value * shown.context * shown.lever - shown.cost == pytest.approx(worth)
    assert decisions.parts(0, 0).priority == 0
