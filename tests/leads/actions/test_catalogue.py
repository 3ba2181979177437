"""The action catalogue from its file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leads.actions.action import Action
from leads.actions.catalogue import Catalogue
from leads.actions.reading import parse_catalogue
from leads.configuration.rules import check_rules
from leads.configuration.workspace import Workspace, parse_workspace
from leads.errors import InvalidWorkspace


def named(catalogue: Catalogue, name: str) -> Action:
    return next(action for action in catalogue.actions if action.name == name)


def test_an_action_for_each_product_becomes_one_per_product(catalogue: Catalogue) -> None:
    offers = [action for action in catalogue.actions if action.objective == "extend"]
    assert [(a.name, a.product) for a in offers] == [
        ("extend_call_health", "health"),
        ("extend_call_motor", "motor"),
    ]


def test_the_product_is_filled_in_everywhere(catalogue: Catalogue) -> None:
    offer = named(catalogue, "extend_call_motor")
    assert offer.content == "offer_motor"
    assert offer.eligibility[0].sql == "NOT coalesce(policy_motor_active, false)"
    assert offer.suitability[0].sql == "3000 < 1000 OR vip"
    assert offer.value.number == 300.0


def test_people_read_the_products_label_not_its_name(catalogue: Catalogue) -> None:
    assert named(catalogue, "extend_call_health").label == {
        "zh": "推荐健康险",
        "en": "offer health insurance",
    }


def test_an_action_may_name_several_products(actions_document: dict[str, Any], workspace: Workspace) -> None:
    actions_document["actions"]["extend_call"]["product"] = ["motor"]
    read = parse_catalogue(actions_document, workspace)
    assert [a.name for a in read.actions if a.objective == "extend"] == ["extend_call_motor"]


def test_the_margin_of_an_open_product_is_that_of_the_policy_that_expires_next(
    catalogue: Catalogue, schema: dict[str, Any]
) -> None:
    value = named(catalogue, "keep_call").value
    assert value.rule is not None
    assert value.rule.columns == ("policy_next_product",)
    check_rules(value.check(), schema)


def test_a_renewal_of_one_product_asks_that_it_expires_next(catalogue: Catalogue) -> None:
    (rule,) = named(catalogue, "keep_motor").eligibility
    assert (rule.name, rule.sql) == ("next_to_expire", "policy_next_product = 'motor'")


def test_the_cost_is_the_agents_minutes_and_the_money(catalogue: Catalogue) -> None:
    assert named(catalogue, "win_call").cost.fixed == 5.5
    assert named(catalogue, "keep_call").cost.fixed == 4.0


def test_levers_multiply(catalogue: Catalogue) -> None:
    assert catalogue.valuation.lever(named(catalogue, "keep_call")) == 3.0
    assert catalogue.valuation.lever(named(catalogue, "win_call")) == 1.0


def test_each_action_knows_its_score_column(catalogue: Catalogue) -> None:
    columns = {action.name: catalogue.actions.score_column(action) for action in catalogue.actions}
    assert columns == {
        "wait": None,
        "win_call": "score_win",
        "win_content": "score_win",
        "keep_call": "score_keep",
        "keep_motor": "score_keep",
        "extend_call_health": "score_extend__health",
        "extend_call_motor": "score_extend__motor",
    }


def test_actions_are_found_by_objective_and_channel(catalogue: Catalogue) -> None:
    names = [action.name for action in catalogue.actions]
    assert [names[i] for i in catalogue.actions.positions("keep", "call")] == ["keep_call"]
    assert [names[i] for i in catalogue.actions.positions("win")] == ["win_call", "win_content"]
    assert [names[i] for i in catalogue.actions.positions(None, "content")] == ["win_content"]
    assert "wait" not in [names[i] for i in catalogue.actions.positions()]


def test_what_can_refuse_an_action_comes_in_the_order_of_its_stages(catalogue: Catalogue) -> None:
    refusals = [(r.stage, r.rule.name) for r in catalogue.refusals.of(named(catalogue, "extend_call_motor"))]
    assert refusals == [
        ("request", "channel"),
        ("population", "population"),
        ("applicability", "just_sold"),
        ("eligibility", "not_held"),
        ("suitability", "affordable"),
        ("contact", "has_phone"),
        ("contact", "consent"),
        ("contact", "grown_up"),
        ("contact", "rested"),
        ("contact", "number_rests"),
        ("contact", "hours"),
    ]


def test_the_list_of_refusals_names_each_once(catalogue: Catalogue) -> None:
    assert len(set(catalogue.refusals.all)) == len(catalogue.refusals.all)
    for action in catalogue.actions:
        assert set(catalogue.refusals.of(action)) <= set(catalogue.refusals.all)


def test_all_rules_can_be_checked_against_the_frame(catalogue: Catalogue, schema: dict[str, Any]) -> None:
    check_rules(catalogue.rules(), schema)
    without = {name: kind for name, kind in schema.items() if name != "policy_motor_active"}
    with pytest.raises(InvalidWorkspace, match="policy_motor_active"):
        check_rules(catalogue.rules(), without)


def test_a_rule_of_a_channel_that_no_action_uses_is_checked_too(
    actions_document: dict[str, Any], workspace: Workspace, schema: dict[str, Any]
) -> None:
    actions_document["contact"]["channels"]["wecom"] = {"rules": {"odd": "nothing_such > 1"}}
    del actions_document["actions"]["keep_motor"]
    with pytest.raises(InvalidWorkspace, match="nothing_such"):
        check_rules(parse_catalogue(actions_document, workspace).rules(), schema)


def test_the_digest_tells_two_catalogues_apart(actions_document: dict[str, Any], workspace: Workspace) -> None:
    before = parse_catalogue(actions_document, workspace).digest
    assert parse_catalogue(actions_document, workspace).digest == before
    actions_document["control_share"] = 0.2
    assert parse_catalogue(actions_document, workspace).digest != before


def test_without_a_file_there_is_a_call_for_every_objective_and_product(workspace: Workspace) -> None:
    plain = parse_catalogue(None, workspace)
    assert [(a.name, a.channel, a.value.number, a.cost.fixed) for a in plain.actions] == [
        ("call_win", "call", 1.0, 0.0),
        ("call_keep", "call", 1.0, 0.0),
        ("call_extend_health", "call", 1.0, 0.0),
        ("call_extend_motor", "call", 1.0, 0.0),
    ]
    assert plain.experiments.control_share == 0.0


def test_without_a_file_or_channels_there_is_still_a_call(workspace_document: dict[str, Any]) -> None:
    workspace_document["channels"] = []
    plain = parse_catalogue(None, parse_workspace(workspace_document))
    assert {action.channel for action in plain.actions} == {"call"}
    assert [rule.name for rule in plain.rules()] == ["do_not_call"]


def test_without_a_file_or_objectives_there_is_nothing_to_do(workspace_document: dict[str, Any]) -> None:
    workspace_document["objectives"] = {}
    assert len(parse_catalogue(None, parse_workspace(workspace_document)).actions) == 0


def change_call(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document["actions"]["win_call"].update(changes)


@pytest.mark.parametrize(
    ("change", "key", "allowed"),
    [
        (change_call(objective="lose"), "actions.win_call.objective", "one of win, keep, extend"),
        (change_call(objective=None), "actions.win_call.objective", "one of win, keep, extend"),
        (change_call(product="boat"), "actions.win_call.product", "one of each, health, motor"),
        (change_call(product=["boat"]), "actions.win_call.product", "one of health, motor"),
        (change_call(channel="fax"), "actions.win_call.channel", "one of call, wecom, content"),
        (change_call(scene="third"), "actions.win_call.scene", "one of first, later"),
        (change_call(scene=None), "actions.win_call.scene", "one of first, later"),
        (change_call(colour="red"), "actions.win_call.colour", "one of objective"),
        (change_call(value="age *"), "actions.win_call.value", "a SQL condition"),
        (change_call(value="{margin}"), "actions.win_call.value", "names no product"),
        (change_call(talk_track={"zh": "{product}", "en": "x"}), "actions.win_call.talk_track",
         "names no product"),
        (change_call(talk_track={"zh": "[{unheard.of ago}]", "en": "x"}), "actions.win_call.talk_track",
         "facts among"),
        (change_call(talk_track={"zh": "{holds}", "en": "x"}), "actions.win_call.talk_track", "in brackets"),
        (change_call(talk_track={"zh": "[{holds}", "en": "x"}), "actions.win_call.talk_track", "that close"),
        (change_call(cost=-1), "actions.win_call.cost", "at least 0"),
        (change_call(cost={"hours": 1}), "actions.win_call.cost.hours", "one of minutes, money, fatigue"),
        (change_call(lever="high"), "actions.win_call.lever", "a number"),
        (change_call(lever=-1), "actions.win_call.lever", "at least 0"),
        (change_call(label="call"), "actions.win_call.label", "zh and en"),
        (change_call(label={"zh": "一", "en": "one", "two": None}), "actions.win_call.label.two",
         "one of zh, en"),
        (change_call(eligibility={"x": "age >"}), "actions.win_call.eligibility.x", "a SQL condition"),
        (change_call(eligibility=["age > 3"]), "actions.win_call.eligibility", "a mapping"),
        (lambda d: d["actions"]["extend_call"].pop("product"), "actions.extend_call.product",
         "each, or one of"),
        (lambda d: d["actions"]["wait"].update(value=3), "actions.wait.value", "one of label"),
        (lambda d: d["actions"].update(extend_call_motor=d["actions"]["win_call"]), "actions",
         "names that differ"),
        (lambda d: d.update(actions={}), "actions", "at least one action"),
        (lambda d: d.update(control_share=1), "control_share", "a share below 1"),
        (lambda d: d.update(control_share=-0.1), "control_share", "at least 0"),
        (lambda d: d.update(levers={"scene": {"third": 2}}), "levers.scene.third", "one of first, later"),
        (lambda d: d.update(levers={"objective": {"lose": 2}}), "levers.objective.lose", "one of win"),
        (lambda d: d.update(levers={"objective": {"win": -2}}), "levers.objective.win", "at least 0"),
        (lambda d: d.update(levers={"agent": {}}), "levers.agent", "one of action, scene, objective"),
        (lambda d: d.update(lever={}), "lever", "one of scenes"),
        (lambda d: d["rules"].update(x=["一"]), "rules.x", "zh and en"),
        (lambda d: d["scenes"].update(first="first"), "scenes.first", "zh and en"),
    ],
)  # fmt: skip
def test_a_wrong_catalogue_is_refused_by_file_and_key(
    actions_document: dict[str, Any],
    workspace: Workspace,
    change: Callable[[dict[str, Any]], object],
    key: str,
    allowed: str,
) -> None:
    change(actions_document)
    with pytest.raises(InvalidWorkspace) as refused:
        parse_catalogue(actions_document, workspace, "these.yaml")
    assert (refused.value.file, refused.value.key) == ("these.yaml", key)
    assert allowed in str(refused.value)


@pytest.mark.parametrize("document", [[], "text", 3, {}])
def test_what_is_no_catalogue_at_all_is_refused(document: Any, workspace: Workspace) -> None:
    with pytest.raises(InvalidWorkspace):
        parse_catalogue(document, workspace)
