"""Words of a closed set, however they are spelled; what is not among them is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from features.configuration import load
from leads.configuration.spelling import spelled
from leads.configuration.vocabulary import DISPOSITIONS, Vocabulary, folded
from leads.configuration.workspace import Workspace, parse_workspace
from leads.contact.recycling import USUAL
from leads.errors import InvalidInput, InvalidWorkspace

INSURER = yaml.safe_load(Path("workspaces/insurer/workspace.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return load(Path("workspaces/insurer")).workspace


@pytest.mark.parametrize("spelling", ["Call", " CALL ", "ｃａｌｌ", "phone", "Telephone", "电话", "ca\u200bll"])
def test_a_channel_is_known_in_other_letters_and_by_other_names(workspace: Workspace, spelling: str) -> None:
    said = spelled(workspace, "consent.changed", {"channel": spelling, "consent": False})
    assert said == {"channel": "call", "consent": False}


@pytest.mark.parametrize(
    "spelling", ["DNC", "Do Not Call", "do-not-call", "DoNotCall", "ＤＮＣ", " do_not_call\n", "勿扰"]
)
def test_who_does_not_want_calls_is_understood_in_other_letters(workspace: Workspace, spelling: str) -> None:
    assert spelled(workspace, "call.completed", {"disposition": spelling}) == {"disposition": "do_not_call"}


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("consent.changed", {"channel": "fax", "consent": False}, "data.channel"),
        ("consent.changed", {"channel": "short_video", "consent": False}, "data.channel"),
        ("consent.changed", {"channel": "", "consent": False}, "data.channel"),
        ("consent.changed", {"consent": False}, "data.channel"),
        ("consent.changed", {"channel": "call"}, "data.consent"),
        ("consent.changed", {}, "data.channel"),
        ("call.completed", {"disposition": "hung_up"}, "data.disposition"),
        ("call.attempted", {"disposition": "do_not_call"}, "data.disposition"),
        ("quote.requested", {"product": "mottor"}, "data.product"),
    ],
)
def test_what_is_not_declared_is_refused_with_what_is(
    workspace: Workspace, kind: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        spelled(workspace, kind, fields)
    assert [error.field for error in refused.value.errors] == [field]


def test_all_channels_are_meant_in_consents_alone(workspace: Workspace) -> None:
    assert spelled(workspace, "consent.changed", {"channel": "ALL", "consent": False})["channel"] == "all"
    assert spelled(workspace, "lead.created", {"channel": "short_video"}) == {"channel": "short_video"}


def test_an_open_field_keeps_what_it_is_told(workspace: Workspace) -> None:
    told = {"topic": "Whatever", "policy_id": "P-1", "premium": 3.0}
    assert spelled(workspace, "form.submitted", told) == told


def changed(fields: dict[str, Any]) -> dict[str, Any]:
    return INSURER | {"fields": INSURER["fields"] | fields}


@pytest.mark.parametrize(
    "declared",
    [
        {"type": "category", "values": ["a", "b"], "synonyms": {"a": ["x"], "b": ["X"]}},
        {"type": "category", "values": ["a", "b"], "synonyms": {"a": ["B"]}},
        {"type": "category", "values": ["a", "A"]},
        {"type": "category", "values": ["a"], "synonyms": {"c": ["x"]}},
        {"type": "category", "values": ["a"], "synonyms": {"a": ["-"]}},
        {"type": "category", "synonyms": {"a": ["x"]}},
        {"type": "number", "values": ["1"]},
    ],
)
def test_words_that_would_mean_two_things_or_none_are_refused_at_load(declared: dict[str, Any]) -> None:
    with pytest.raises(InvalidWorkspace, match="mood"):
        parse_workspace(changed({"mood": declared}))


def test_a_field_of_its_own_may_be_closed_and_have_synonyms() -> None:
    mood = {"type": "text", "values": ["good", "bad"], "synonyms": {"bad": ["foul"]}}
    workspace = parse_workspace(changed({"mood": mood}))
    assert spelled(workspace, "form.submitted", {"mood": "FOUL"}) == {"mood": "bad"}
    with pytest.raises(InvalidInput, match="good, bad"):
        spelled(workspace, "form.submitted", {"mood": "mixed"})


def test_without_declared_values_dispositions_are_those_that_we_know_and_products_those_that_are_sold() -> None:
    plain = {name: {"type": "category"} for name in ("product", "disposition", "channel")}
    workspace = parse_workspace(changed(plain))
    assert workspace.words("call.completed", "disposition") == Vocabulary(DISPOSITIONS)
    assert workspace.words("quote.requested", "product") == Vocabulary(tuple(workspace.products))
    assert workspace.words("lead.created", "channel") is None


def test_every_disposition_has_its_steps() -> None:
    assert set(USUAL) == set(DISPOSITIONS)


@given(st.text(max_size=20), st.sampled_from(["", " ", "\u3000", "\u200f"]))
def test_case_blanks_and_unseen_marks_make_no_difference(text: str, around: str) -> None:
    assert folded(f"{around}{text}{around}") == folded(text)
