"""Episodes: which rows tell of one thing, as the objective says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from leads.configuration.objective import Objective
from leads.errors import InvalidWorkspace
from tests.training.small_insurer import configuration_in
from training.data.episodes import episodes

T0 = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def objective(tmp_path: Path) -> Objective:
    return configuration_in(tmp_path).workspace.objectives["renewal"]


def of(objective: Objective, kind: str, rows: list[tuple[str, float, float | None]]) -> list[int]:
    """Numbers of the episodes of rows of customer, day, and days until the next expiry; 0 for the first row's."""
    goal = replace(objective, split=replace(objective.split, episode=kind), horizon=timedelta(days=30))
    keys = pl.DataFrame({"customer_id": [row[0] for row in rows], "at": [T0 + timedelta(days=row[1]) for row in rows]})
    left = pl.DataFrame(
        {"policy_next_expiry_days": [row[2] for row in rows]},
        schema_overrides={"policy_next_expiry_days": pl.Float32()},
    )
    found = episodes(goal, keys, left).tolist()
    return [list(dict.fromkeys(found)).index(number) for number in found]


def test_the_rows_before_one_expiry_are_one_episode_and_the_next_expiry_begins_another(objective: Objective) -> None:
    rows = [("a", 0.3, 30.0), ("a", 16.3, 14.0), ("b", 16.3, 14.0), ("a", 27.3, 3.0), ("a", 365.3, 30.0)]
    assert of(objective, "policy", rows) == [0, 0, 1, 0, 2]


def test_a_row_between_two_expiries_is_of_the_policy_that_it_is_about(objective: Objective) -> None:
    assert of(objective, "policy", [("a", 0.0, 30.0), ("a", 10.0, 20.0), ("a", 10.0 + 1, 35.0)]) == [0, 0, 1]


def test_rows_without_a_policy_are_each_their_own(objective: Objective) -> None:
    assert of(objective, "policy", [("a", 0.0, None), ("a", 40.0, None)]) == [0, 1]


def test_a_case_lasts_as_long_as_each_row_is_within_the_horizon_of_the_one_before(objective: Objective) -> None:
    assert of(objective, "case", [("a", 0, 1), ("a", 25, 1), ("a", 50, 1), ("a", 81, 1), ("b", 50, 1)]) == [
        0,
        0,
        0,
        1,
        2,
    ]


def test_customers_and_moments(objective: Objective) -> None:
    rows = [("a", 0.0, 1.0), ("a", 0.0, 1.0), ("a", 90.0, 1.0), ("b", 0.0, 1.0)]
    assert of(objective, "customer", rows) == [0, 0, 0, 1]
    assert of(objective, "moment", rows) == [0, 0, 1, 2]


def test_episodes_of_policies_are_refused_where_no_event_tells_of_any(objective: Objective) -> None:
    goal = replace(objective, split=replace(objective.split, episode="policy"))
    keys = pl.DataFrame({"customer_id": ["a"], "at": [T0]})
    with pytest.raises(InvalidWorkspace, match="moment, case or customer"):
        episodes(goal, keys, pl.DataFrame({"age": [3]}))
