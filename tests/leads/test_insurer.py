"""The sample insurer's own files."""

from __future__ import annotations

from typing import Any

import pytest

from features.configuration import Configuration
from leads.actions.action import Action
from leads.actions.reading import parse_catalogue
from leads.configuration.rules import check_rules
from leads.configuration.workspace import parse_workspace
from leads.errors import InvalidWorkspace
from simulator import products, vocabulary
from training.data.dataset import model_features

SCENES = ("activation", "first_conversion", "recommendation", "expiry_care", "renewal", "cross_sell")


def test_its_event_types_are_those_of_the_contract(insurer: Configuration) -> None:
    assert tuple(insurer.workspace.events) == vocabulary.EVENT_TYPES


def test_its_tags_know_the_simulators_words(insurer: Configuration) -> None:
    tags = insurer.workspace.tags
    assert tags["channel"].values == vocabulary.CHANNELS
    assert tags["region"].values == vocabulary.REGIONS
    assert tags["gender"].values == vocabulary.GENDERS
    assert tags["child_age_band"].values == vocabulary.CHILD_AGE_BANDS
    assert tags["occupation"].values == vocabulary.OCCUPATIONS
    assert tags["income_band"].values == vocabulary.INCOME_BANDS
    assert tags["segment"].values == vocabulary.SEGMENTS
    assert tags["language"].values == vocabulary.LANGUAGES
    assert insurer.workspace.channels == vocabulary.CONSENT_CHANNELS


def test_its_products_are_worth_what_the_simulator_sells_them_for(insurer: Configuration) -> None:
    for product in products.PRODUCTS:
        declared = insurer.workspace.products[product.name]
        assert declared.price == product.price
        assert declared.margin == pytest.approx(product.price * product.margin)
        assert declared.term.days == product.term
    assert tuple(insurer.workspace.products) == products.NAMES


def test_its_three_objectives_cover_none_each_and_expiring(insurer: Configuration) -> None:
    modes = {name: objective.product for name, objective in insurer.workspace.objectives.items()}
    assert modes == {"conversion": "none", "renewal": "expiring", "cross_sell": "each"}


def test_its_state_stays_small(insurer: Configuration) -> None:
    """One row of it is written for every event of the history. Fifteen columns are answers to contact within a year."""
    assert len(insurer.layout.interactions.columns) < 125


def test_everything_people_read_is_in_both_languages(insurer: Configuration) -> None:
    workspace = insurer.workspace
    labelled: list[Any] = [*workspace.tags.values(), *workspace.fields.values(), *workspace.events.values()]
    labelled += [*workspace.products.values(), *workspace.objectives.values(), *insurer.catalogue.actions]
    assert len(labelled) > 100
    assert [thing.name for thing in labelled if thing.label["zh"] == thing.label["en"]] == []


def test_its_actions_cover_every_scene_and_channel(insurer: Configuration) -> None:
    actions = insurer.catalogue.actions
    assert {action.scene for action in actions} == {*SCENES, "wait"}
    assert {action.channel for action in actions} == {"call", "wecom", "sms", "content", "none"}
    assert 25 <= len({named(action) for action in actions}) <= 45


def named(action: Action) -> str:
    """What the file calls it: an action of several products is declared once."""
    return action.name.removesuffix(f"_{action.product}")


def test_each_call_and_chat_has_a_talk_track(insurer: Configuration) -> None:
    spoken = [action for action in insurer.catalogue.actions if action.channel in ("call", "wecom")]
    assert {action.channel for action in spoken} == {"call", "wecom"}
    assert [action.name for action in spoken if action.talk_track is None] == []


def test_no_text_is_left_unfilled(insurer: Configuration) -> None:
    texts = []
    for action in insurer.catalogue.actions:
        rules = action.eligibility + action.applicability + action.suitability
        texts += [action.label["zh"], action.label["en"], action.content or "", *(rule.sql for rule in rules)]
    assert texts and not [text for text in texts if "{" in text]


def test_every_way_to_reach_out_asks_for_consent_and_keeps_hours(insurer: Configuration) -> None:
    assert "call" in insurer.catalogue.contact.channels
    for name, policy in insurer.catalogue.contact.channels.items():
        assert policy.rules[0].name == "consent"
        assert policy.opens is not None
        common = {"no_open_complaint", "no_open_claim", "weekly_contacts", f"weekly_{name}{'s' * (name == 'call')}"}
        assert common <= {rule.name for rule in insurer.catalogue.contact.rules(name)}


def test_a_sale_of_anything_is_worth_more_than_a_call_costs(insurer: Configuration) -> None:
    calls = [a for a in insurer.catalogue.actions if a.channel == "call" and a.value.rule is None]
    assert calls and [action.name for action in calls if action.value.number <= action.cost.fixed] == []


def test_no_label_of_a_rule_is_left_over(
    insurer: Configuration, insurer_documents: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    used = {refusal.rule.name for refusal in insurer.catalogue.refusals.all}
    assert set(insurer_documents[1]["rules"]) <= used


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("actions", "renewal_call", "applicability", "due_30"), "policy_next_expiry <= 30"),
        (("actions", "renewal_call", "applicability", "due_30"), "policy_next_product <= 30"),
        (("actions", "renewal_call", "value"), "policy_next_product"),
        (("actions", "cross_sell_call", "context"), "this__price"),
        (("contact", "channels", "call", "rules", "adult"), "ages >= 18"),
    ],
)
def test_a_rule_that_reads_what_does_not_exist_is_found_before_anything_runs(
    insurer: Configuration, insurer_documents: tuple[dict[str, Any], dict[str, Any]], path: tuple[str, ...],
    value: str,
) -> None:  # fmt: skip
    workspace, actions = insurer_documents
    inner = actions
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    catalogue = parse_catalogue(actions, parse_workspace(workspace))
    with pytest.raises(InvalidWorkspace) as refused:
        check_rules(catalogue.rules(), insurer.decision_schema)
    assert refused.value.key == ".".join(path)


def test_its_models_do_not_read_which_language_is_spoken(insurer: Configuration) -> None:
    read = [model_features(insurer, objective) for objective in insurer.workspace.objectives.values()]
    assert all(read) and not [names for names in read if "language" in names]


def test_its_renewals_are_a_campaign_and_nothing_else_is(insurer: Configuration) -> None:
    actions = insurer.catalogue.actions
    found = {action.name: insurer.catalogue.queue.campaign_of(action.name) for action in actions}
    assert found == {action.name: "renewals" if action.objective == "renewal" else None for action in actions}
    assert "renewals" in found.values()
