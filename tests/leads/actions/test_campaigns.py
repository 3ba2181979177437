"""Campaigns: named sets of actions, each action in one at most."""

from __future__ import annotations

from typing import Any

import pytest

from leads.actions.reading import parse_catalogue
from leads.configuration.workspace import Workspace
from leads.errors import InvalidWorkspace


def test_a_campaign_has_the_actions_of_its_scenes_objectives_and_names(
    actions_document: dict[str, Any], workspace: Workspace
) -> None:
    actions_document["campaigns"] = {"spring": {"objectives": ["extend"], "actions": ["keep_call"]}}
    catalogue = parse_catalogue(actions_document, workspace)
    (campaign,) = catalogue.queue.campaigns
    assert set(campaign.actions) == {"keep_call", "extend_call_health", "extend_call_motor"}
    assert catalogue.queue.campaign_of("keep_call") == "spring"
    assert catalogue.queue.campaign_of("keep_motor") is None


def test_an_action_in_two_campaigns_is_refused(actions_document: dict[str, Any], workspace: Workspace) -> None:
    actions_document["campaigns"] = {"a": {"actions": ["keep_call"]}, "b": {"objectives": ["keep"]}}
    with pytest.raises(InvalidWorkspace, match=r"campaigns\.b.*keep_call is in a too"):
        parse_catalogue(actions_document, workspace)


@pytest.mark.parametrize(
    ("campaign", "says"),
    [
        ({"actions": ["nothing"]}, r"campaigns\.a\.actions"),
        ({"scenes": ["nowhere"]}, r"campaigns\.a\.scenes"),
        ({}, "at least one action"),
        ({"action": ["keep_call"]}, "one of label, actions, scenes, objectives"),
    ],
)
def test_a_wrong_campaign_is_refused_by_key(
    actions_document: dict[str, Any], workspace: Workspace, campaign: dict[str, Any], says: str
) -> None:
    actions_document["campaigns"] = {"a": campaign}
    with pytest.raises(InvalidWorkspace, match=says):
        parse_catalogue(actions_document, workspace)
