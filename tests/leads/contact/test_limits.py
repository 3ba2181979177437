"""Caps, rests and open cases as they are declared."""

from __future__ import annotations

from typing import Any

import pytest

from leads.configuration.section import Section
from leads.configuration.workspace import Workspace, parse_workspace
from leads.contact.event_windows import Count, Selection, wanted
from leads.contact.policy import ContactPolicy, parse_contact
from leads.errors import InvalidWorkspace

SENT = {"call": {"sent": "call.completed"}}


def policy(workspace: Workspace, document: dict[str, Any]) -> ContactPolicy:
    return parse_contact(Section("actions.yaml", "contact", document), workspace, ("first", "later"))


def test_a_cap_counts_what_its_channels_send_and_stands_for_them_alone(workspace: Workspace) -> None:
    read = policy(workspace, {"channels": SENT, "caps": {"weekly": {"channels": ["call"], "within": "7d", "most": 2}}})
    assert read.limits[0].window.wants() == {Selection(("call.completed",)): 2}
    assert [rule.sql for rule in read.rules("call")] == ["consent_call", "cap__weekly < 2"]
    assert [rule.sql for rule in read.rules("wecom")] == ["consent_wecom"]


def test_a_limit_of_a_scene_stands_in_that_scene_only(workspace: Workspace) -> None:
    rest = {"events": ["call.completed"], "rest": "3d", "scenes": ["later"]}
    read = policy(workspace, {"rests": {"rested": rest}})
    assert len(read.rules("call", "later")) == 2
    assert len(read.rules("call", "first")) == 1


def test_a_cap_of_a_scene_counts_the_events_that_name_it(workspace_document: dict[str, Any]) -> None:
    workspace_document["fields"]["scene"] = {"type": "category"}
    cap = {"scenes": ["later"], "within": "30d", "most": 3}
    read = policy(parse_workspace(workspace_document), {"channels": SENT, "caps": {"monthly": cap}})
    assert list(read.limits[0].window.wants()) == [Selection(("call.completed",), "scene", ("later",))]


def test_as_many_times_are_kept_as_the_largest_cap_needs() -> None:
    from datetime import timedelta

    calls = Selection(("call.completed",))
    counts = [Count(f"cap__{most}", calls, timedelta(days=7), most) for most in (2, 5, 3)]
    assert wanted(counts) == {calls: 8}


@pytest.mark.parametrize(
    ("kind", "document", "key", "allowed"),
    [
        ("caps", {"within": "7d", "most": 2}, "", "names its `sent`"),
        ("caps", {"events": ["call.completed"], "within": "7d"}, "most", "a number"),
        ("caps", {"events": ["call.completed"], "within": "7d", "most": 1.5}, "most", "a whole number"),
        ("caps", {"events": ["call.completed"], "within": "0d", "most": 1}, "within", "above 0"),
        ("caps", {"events": ["call.completed"], "most": 1}, "within", "7d"),
        ("caps", {"events": ["fax.sent"], "within": "7d", "most": 1}, "events", "one of call.completed"),
        ("caps", {"events": ["call.completed"], "scenes": ["later"], "within": "7d", "most": 1}, "scenes", "no field"),
        ("caps", {"channels": ["fax"], "within": "7d", "most": 1}, "channels", "one of call, wecom"),
        ("caps", {"weekly": 3}, "weekly", "one of events"),
        ("rests", {"events": ["call.completed"], "after": 3, "rest": "7d"}, "within", "7d"),
        ("rests", {"events": ["call.completed"], "where": {"talk_seconds": "3"}, "rest": "7d"}, "where.talk_seconds",
         "one of product, disposition"),
        ("rests", {"events": ["call.completed"], "where": {}, "rest": "7d"}, "where", "one field"),
        ("rests", {"events": ["call.completed"], "scenes": ["never"], "rest": "7d"}, "scenes", "one of first, later"),
        ("cases", {"opened": "complaint.opened", "closed": "x"}, "opened", "one of call.completed"),
    ],
)  # fmt: skip
def test_a_wrong_limit_is_refused_by_key(
    workspace: Workspace, kind: str, document: dict[str, Any], key: str, allowed: str
) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        policy(workspace, {kind: {"this": document}})
    place = f"contact.{kind}.this.{key}" if key else f"contact.{kind}.this.events"
    assert refused.value.key == place
    assert allowed in str(refused.value)
