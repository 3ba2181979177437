"""The T+n cadence: when a step is due, and what ends a play."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from features.configuration import Configuration
from leads.actions.catalogue import Catalogue
from leads.actions.reading import parse_catalogue
from leads.configuration.workspace import parse_workspace
from leads.errors import InvalidWorkspace
from tests.frames import sheet_of

PLAY: dict[str, Any] = {
    "stage": "new",
    "stops": ["quote.requested"],
    "steps": [
        {"day": 0, "action": "welcome"},
        {"day": 1, "action": "talk", "when": "vip"},
        {"day": 3, "action": "care"},
        {"day": 10, "action": "care", "for": 2},
    ],
}


@pytest.fixture
def documents(workspace_document: dict[str, Any], actions_document: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    workspace_document["fields"]["action"] = {"type": "category"}
    workspace_document["lifecycle"] = {"new": {"when": "true", "since": "5"}, "old": {"when": "false"}}
    workspace_document["lifecycle"]["old"]["next"] = ["new"]
    actions_document["contact"]["channels"]["call"]["sent"] = "call.completed"
    call = {"propensity": 0.1, "scene": "first", "channel": "call", "value": 10}
    actions_document["actions"] |= {name: deepcopy(call) for name in ("welcome", "talk", "care")}
    actions_document["plays"] = {"start": deepcopy(PLAY)}
    return workspace_document, actions_document


def read(documents: tuple[dict[str, Any], ...]) -> Catalogue:
    return parse_catalogue(documents[1], parse_workspace(documents[0]))


def due(catalogue: Catalogue, **known: Any) -> set[str]:
    """The steps that are due for one customer."""
    row: dict[str, Any] = {"stage": "new", "stage_days": 0.0, "vip": True, "stop__start_days": None}
    row |= {f"sent__{name}_days": None for name in ("welcome", "talk", "care")} | known
    schema = {name: pl.String() if name == "stage" else pl.Boolean() if name == "vip" else pl.Float64() for name in row}
    frame = pl.DataFrame([row], schema=schema)
    frame = frame.with_columns(day.expression.alias(day.name) for day in catalogue.cadence.days)
    return {
        a.name for a in catalogue.actions for r in a.applicability if r.name == "due" and r.holds(sheet_of(frame))[0]
    }


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0.0, {"welcome"}),
        (0.99, {"welcome"}),
        (1.0, {"talk"}),
        (3.0, {"care"}),
        (9.9, {"care"}),
        (10.0, {"care"}),
        (12.0, set()),
    ],
)
def test_a_step_is_due_from_its_day_until_the_next(
    documents: tuple[dict[str, Any], ...], days: float, expected: set[str]
) -> None:
    assert due(read(documents), stage_days=days) == expected


def test_nobody_outside_the_stage_is_in_the_play(documents: tuple[dict[str, Any], ...]) -> None:
    assert due(read(documents), stage="old") == set()
    assert due(read(documents), stage_days=None) == set()


def test_what_was_sent_since_the_play_began_is_not_sent_again(documents: tuple[dict[str, Any], ...]) -> None:
    assert due(read(documents), stage_days=0.5, sent__welcome_days=0.2) == set()
    assert due(read(documents), stage_days=0.5, sent__welcome_days=30.0) == {"welcome"}


def test_an_action_of_two_steps_is_due_again_at_the_second(documents: tuple[dict[str, Any], ...]) -> None:
    assert due(read(documents), stage_days=9.0, sent__care_days=5.0) == set()
    assert due(read(documents), stage_days=10.5, sent__care_days=6.5) == {"care"}
    assert due(read(documents), stage_days=10.5, sent__care_days=0.2) == set()


def test_a_response_since_it_began_stops_the_play(documents: tuple[dict[str, Any], ...]) -> None:
    assert due(read(documents), stage_days=4.0, stop__start_days=2.0) == set()
    assert due(read(documents), stage_days=4.0, stop__start_days=5.0) == {"care"}


def test_a_step_has_its_own_condition(documents: tuple[dict[str, Any], ...]) -> None:
    assert due(read(documents), stage_days=1.5, vip=False) == set()


def test_a_play_that_changes_midway_neither_repeats_nor_makes_up(documents: tuple[dict[str, Any], ...]) -> None:
    """Welcomed on the first day; then the welcome moves to day 2, and a new step stands on day 1."""
    documents[1]["plays"]["start"]["steps"] = [
        {"day": 1, "action": "talk"}, {"day": 2, "action": "welcome"}, {"day": 4, "action": "care"},
    ]  # fmt: skip
    assert due(read(documents), stage_days=2.5, sent__welcome_days=2.4) == set()
    assert due(read(documents), stage_days=2.5) == {"welcome"}


def test_days_may_count_down_to_something(documents: tuple[dict[str, Any], ...]) -> None:
    documents[1]["plays"]["start"] |= {
        "clock": "0 - stage_days", "steps": [{"day": -60, "action": "welcome"}, {"day": -7, "action": "talk"}],
    }  # fmt: skip
    read_again = read(documents)
    assert due(read_again, stage_days=61.0) == set()
    assert due(read_again, stage_days=60.0) == {"welcome"}
    assert due(read_again, stage_days=8.0, sent__welcome_days=40.0) == set()
    assert due(read_again, stage_days=7.0, sent__welcome_days=40.0, stop__start_days=70.0) == {"talk"}


def test_an_action_without_objective_competes_with_its_declared_propensity(
    documents: tuple[dict[str, Any], ...], customers: Any, now: datetime
) -> None:
    from tests.frames import arbitrate

    catalogue = read(documents)
    known = {"stage": pl.Series(["new"]), "stage_days": [0.0], "stop__start_days": pl.Series([None], dtype=pl.Float64)}
    frame = customers().with_columns(
        **{name: pl.Series(values) for name, values in known.items()},
        **{f"sent__{name}_days": pl.lit(None, pl.Float64) for name in ("welcome", "talk", "care")},
    )
    frame = frame.with_columns(day.expression.alias(day.name) for day in catalogue.cadence.days)
    decisions = arbitrate(frame, catalogue, now)
    position = [action.name for action in catalogue.actions].index("welcome")
    assert decisions.parts(0, position).propensity == 0.1
    assert decisions.priority[0, position] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"stage": "never"}, "plays.start.stage"),
        ({"stage": None}, "plays.start.stage"),
        ({"steps": []}, "plays.start.steps"),
        ({"steps": [{"day": 0, "action": "dance"}]}, "plays.start"),
        ({"steps": [{"day": 0, "action": "win_content"}]}, "plays.start"),
        ({"steps": [{"action": "care"}]}, "plays.start.steps.0.day"),
        ({"steps": [{"day": 1, "action": "care", "for": 0}]}, "plays.start.steps.0.for"),
        ({"steps": [{"day": 1, "action": "care", "when": "x >"}]}, "plays.start.steps.0.when"),
        ({"stops": ["fax.sent"]}, "plays.start.stops"),
        ({"repeat": True}, "plays.start.repeat"),
    ],
)
def test_a_wrong_play_is_refused_by_key(
    documents: tuple[dict[str, Any], ...], change: dict[str, Any], key: str
) -> None:
    documents[1]["plays"]["start"] |= change
    with pytest.raises(InvalidWorkspace) as refused:
        read(documents)
    assert refused.value.key == key


def test_plays_need_events_that_name_the_action(documents: tuple[dict[str, Any], ...]) -> None:
    del documents[0]["fields"]["action"]
    with pytest.raises(InvalidWorkspace, match="no field 'action'"):
        read(documents)


def test_the_sample_insurers_steps_all_exist(insurer: Configuration) -> None:
    days = [step.day for play in insurer.catalogue.cadence.plays for step in play.steps if play.name == "expiry"]
    assert days == [-60, -30, -15, -7, -1, 3]
