"""Who gets which leads, as it is declared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from leads.distribution.agents import Agent, Remit
from leads.distribution.teams import Distribution, Top, parse_distribution
from leads.errors import InvalidWorkspace


def parsed(workspace: Workspace, document: dict[str, Any]) -> Distribution:
    return parse_distribution(Section("actions.yaml", "distribution", document), workspace)


def product(workspace: Workspace) -> str:
    return next(iter(workspace.products))


def test_without_rules_everybody_may_take_everything(workspace: Workspace) -> None:
    read = parsed(workspace, {})
    assert read == Distribution()
    ann = Agent("ann")
    assert (read.remit_of(ann), read.quota_of(ann), read.load_of(ann)) == (Remit(), None, None)


def test_an_agent_takes_what_both_they_and_their_team_may(workspace: Workspace) -> None:
    name = product(workspace)
    read = parsed(workspace, {"teams": {"north": {"skills": [name], "languages": ["zh", "yue"], "share": 2}}})
    ann = Agent("ann", team="north", remit=Remit(languages=("yue", "en")))
    assert read.remit_of(ann) == Remit((name,), (), ("yue",))
    assert read.share_of(ann) == 2
    assert read.remit_of(Agent("bob", team="north", remit=Remit(languages=("en",)))) is None


def test_the_register_goes_before_the_workspaces_own_limits(workspace: Workspace) -> None:
    read = parsed(workspace, {"daily_quota": 60, "max_load": 3})
    assert (read.quota_of(Agent("ann")), read.load_of(Agent("ann"))) == (60, 3)
    assert (read.quota_of(Agent("ann", daily_quota=0)), read.load_of(Agent("ann", max_load=9))) == (0, 9)


def test_the_top_is_the_best_tenth_shared_evenly_by_default(workspace: Workspace) -> None:
    read = parsed(workspace, {"top": {"share": 0.1}, "at_work": "30m"})
    assert read.top == Top(share=0.1, ahead=1, even=True)
    assert read.at_work == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"tems": {}}, "distribution.tems"),
        ({"teams": {"north": {"skills": ["boats"]}}}, "distribution.teams.north.skills"),
        ({"teams": {"north": {"share": 0}}}, "distribution.teams.north.share"),
        ({"daily_quota": 1.5}, "distribution.daily_quota"),
        ({"daily_quota": -1}, "distribution.daily_quota"),
        ({"max_load": 0}, "distribution.max_load"),
        ({"top": {"share": 1}}, "distribution.top.share"),
        ({"top": {"even": "yes"}}, "distribution.top.even"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_key(workspace: Workspace, document: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidWorkspace, match=key):
        parsed(workspace, document)
