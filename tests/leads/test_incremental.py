"""Priorities that count what an action changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from leads.arbitration import decide
from leads.catalogue import Catalogue, parse_catalogue
from leads.errors import InvalidWorkspace
from leads.incremental import incremental
from leads.workspace import parse_workspace

NOW = datetime(2026, 3, 3, 4, tzinfo=UTC)

WORKSPACE: dict[str, Any] = {
    "name": "w", "channels": ["call", "sms"],
    "events": {"call.attempted": {}, "sms.sent": {}, "policy.renewed": {}},
    "objectives": {
        "renewal": {
            "target": "policy.renewed", "horizon": "45d", "moments": {"known": True},
            "uplift": {"treatments": {"call": ["call.attempted"], "sms": ["sms.sent"]}, "within": "7d"},
        }
    },
}  # fmt: skip

RENEW: dict[str, Any] = {"objective": "renewal", "scene": "renewal", "value": 100}

ACTIONS: dict[str, Any] = {
    "scenes": {"renewal": {"zh": "续保", "en": "renewal"}},
    "passive_channels": ["content"],
    "contact": {"channels": {"call": {"consent": "none"}, "sms": {"consent": "none"}}},
    "actions": {
        "wait": {},
        "talk": RENEW | {"channel": "call", "cost": 5, "context": 1.2},
        "ring": RENEW | {"channel": "call", "cost": 5, "context": 0.6},
        "text": RENEW | {"channel": "sms", "cost": 0.1},
        "page": RENEW | {"channel": "content", "cost": 0.1},
    },
}


def catalogue() -> Catalogue:
    return incremental(parse_catalogue(ACTIONS, parse_workspace(WORKSPACE)))


def chosen(call: list[float | None], sms: list[float | None], score: float = 0.9) -> list[str]:
    frame = pl.DataFrame(
        {"uplift_renewal__call": call, "uplift_renewal__sms": sms, "score_renewal": [score] * len(call)},
        schema_overrides={"uplift_renewal__call": pl.Float64, "uplift_renewal__sms": pl.Float64},
    )
    decisions = decide(frame, catalogue(), NOW)
    return [decisions.catalogue.actions[action].name for action in decisions.order[:, 0]]


def test_who_is_moved_by_a_call_is_called_and_who_is_driven_away_is_left_alone() -> None:
    assert chosen([0.2, -0.2, 0.0], [0.0, -0.1, 0.0]) == ["talk", "wait", "wait"]


def test_a_cheap_channel_wins_where_it_does_as_well_as_a_call() -> None:
    assert chosen([0.2, 0.3], [0.18, 0.05]) == ["text", "talk"]


def test_what_nobody_measured_changes_nothing() -> None:
    assert chosen([None], [None]) == ["wait"]


def test_the_priority_is_uplift_times_value_less_cost_whatever_the_propensity() -> None:
    frame = pl.DataFrame(
        {"uplift_renewal__call": [0.2, 0.2], "uplift_renewal__sms": [0.0, 0.0], "score_renewal": [0.9, 0.01]}
    )
    priority = decide(frame, catalogue(), NOW).priority
    np.testing.assert_allclose(priority[:, 1], 0.2 * 100 - 5)
    np.testing.assert_allclose(priority[:, 2], 0.1 * 100 - 5)


def test_an_unknown_event_of_a_treatment_is_refused_by_name() -> None:
    wrong = {"treatments": {"call": ["call.imagined"]}, "within": "7d"}
    document = WORKSPACE | {"objectives": {"renewal": WORKSPACE["objectives"]["renewal"] | {"uplift": wrong}}}
    with pytest.raises(InvalidWorkspace, match=r"call\.imagined"):
        parse_workspace(document)


def test_contact_of_any_kind_is_shared_by_channels_and_content_is_no_contact() -> None:
    asked = {"treatments": {"any": ["call.attempted", "sms.sent"]}, "within": "7d"}
    document = WORKSPACE | {"objectives": {"renewal": WORKSPACE["objectives"]["renewal"] | {"uplift": asked}}}
    pooled = incremental(parse_catalogue(ACTIONS, parse_workspace(document)))
    frame = pl.DataFrame({"uplift_renewal__any": [0.12], "score_renewal": [0.5]})
    priority = decide(frame, pooled, NOW).priority[0]
    np.testing.assert_allclose(priority, [0, 0.12 * 100 - 5, 0.06 * 100 - 5, 0.1 * 100 - 0.1, -0.1], rtol=1e-4)


def test_an_actions_own_context_in_sql_takes_its_share_of_the_uplift() -> None:
    document = ACTIONS | {
        "actions": ACTIONS["actions"] | {"ring": ACTIONS["actions"]["ring"] | {"context": "warm * 2"}}
    }
    counted = incremental(parse_catalogue(document, parse_workspace(WORKSPACE)))
    frame = pl.DataFrame(
        {"uplift_renewal__call": [0.2], "uplift_renewal__sms": [0.0], "score_renewal": [0.5], "warm": [0.3]}
    )
    priority = decide(frame, counted, NOW).priority[0]
    np.testing.assert_allclose(priority[2], 0.2 * 0.6 / 1.2 * 100 - 5, rtol=1e-4)


@pytest.mark.parametrize("like", ["renewal", "imagined"])
def test_an_effect_like_one_that_tells_no_answers_is_refused(like: str) -> None:
    renewal = WORKSPACE["objectives"]["renewal"]
    other = renewal | {"uplift": renewal["uplift"] | {"like": like}}
    with pytest.raises(InvalidWorkspace, match=r"uplift\.answers"):
        parse_workspace(WORKSPACE | {"objectives": {"renewal": renewal, "cross_sell": other}})


def test_an_effect_like_one_that_tells_answers_is_accepted() -> None:
    renewal = WORKSPACE["objectives"]["renewal"]
    told = renewal | {"uplift": renewal["uplift"] | {"answers": {"talk": "ln(talked + 1)"}}}
    other = renewal | {"uplift": renewal["uplift"] | {"like": "renewal"}}
    workspace = parse_workspace(WORKSPACE | {"objectives": {"renewal": told, "cross_sell": other}})
    uplift = workspace.objectives["cross_sell"].uplift
    assert uplift is not None and uplift.like == "renewal"
