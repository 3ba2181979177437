"""Objectives: population, moment, target, horizon."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leads.configuration.objective import Objective, parse_objective
from leads.configuration.section import Section
from leads.errors import InvalidWorkspace

BASIC: dict[str, Any] = {"moments": {"every": "30d"}, "target": "sale", "horizon": "45d"}


def objective(**changes: Any) -> Objective:
    section = Section("workspace.yaml", "objectives.win", BASIC | changes)
    return parse_objective("win", section, ("sale", "lead"), ("health", "motor"))


def test_an_objective_says_what_it_leaves_out() -> None:
    read = objective()
    assert read.product == "none"
    assert read.products == ("health", "motor")
    assert read.population is None
    assert read.split.by == "time"
    assert read.label == {"zh": "win", "en": "win"}


def test_the_gap_before_the_holdout_is_the_horizon_unless_it_is_given() -> None:
    assert objective().split.embargo == timedelta(days=45)
    assert objective(split={"embargo": "3d"}).split.embargo == timedelta(days=3)


def test_an_episode_is_what_the_moments_are_unless_it_is_said() -> None:
    assert objective(moments={"before_expiry": ["30d", "3d"]}).split.episode == "policy"
    assert objective().split.episode == "moment"
    assert objective(split={"episode": "customer"}).split.episode == "customer"
    with pytest.raises(InvalidWorkspace, match="moment, policy, case, customer"):
        objective(split={"episode": "household"})


def test_a_split_by_time_has_one_block_unless_it_says_how_many_and_one_by_folds_has_five() -> None:
    assert objective().split.folds == 1
    assert objective(split={"by": "time", "folds": 4}).split.folds == 4
    assert objective(split={"by": "folds"}).split.folds == 5


@pytest.mark.parametrize(
    "moments",
    [{"every": "30d"}, {"after": "lead", "delay": "2h"}, {"before_expiry": ["60d", "30d"]}, {"known": True}],
)
def test_a_moment_is_chosen_in_one_of_four_ways(moments: dict[str, Any]) -> None:
    read = objective(moments=moments).moments
    chosen = [bool(read.every), bool(read.after), bool(read.before_expiry), read.known]
    assert sum(chosen) == 1


def test_what_ends_a_case_is_declared_and_by_default_nothing_does() -> None:
    assert objective().ends == ()
    assert objective(ends=["lead"]).ends == ("lead",)


def test_population_and_slices_are_rules() -> None:
    read = objective(population="age >= 18", slices={"east": "region = 'east'"})
    assert read.population is not None
    assert read.population.columns == ("age",)
    assert [rule.name for rule in read.slices] == ["east"]


@pytest.mark.parametrize(
    ("changes", "key", "allowed"),
    [
        ({"target": "renewal"}, "target", "one of sale, lead"),
        ({"ends": ["lead", "lapse"]}, "ends", "one of lead"),
        ({"ends": ["sale"]}, "ends", "one of lead"),
        ({"ends": "lead"}, "ends", "a list"),
        ({"ends": ["lead"], "split": {"by": "folds"}}, "ends", "absent, unless the split is by time"),
        ({"horizon": "soon"}, "horizon", "such as 24h"),
        ({"product": "some"}, "product", "one of none, each, expiring"),
        ({"products": ["life"]}, "products", "one of health, motor"),
        ({"moments": {}}, "moments.after", "exactly one"),
        ({"moments": {"every": "1d", "known": True}}, "moments.after", "exactly one"),
        ({"moments": {"after": "nothing"}}, "moments.after", "one of sale, lead"),
        ({"moments": {"sometimes": True}}, "moments.sometimes", "one of after"),
        ({"split": {"by": "luck"}}, "split.by", "one of time, customer, folds"),
        ({"split": {"holdout": 1}}, "split.holdout", "a share between 0 and 1"),
        ({"split": {"holdout": 0.8, "validation": 0.2}}, "split.validation", "less than 0.2"),
        ({"split": {"folds": 0}}, "split.folds", "at least 1"),
        ({"split": {"folds": 2.5}}, "split.folds", "a whole number"),
        ({"split": {"by": "folds", "folds": 1}}, "split.folds", "at least 2"),
        ({"split": {"by": "customer", "folds": 3}}, "split.folds", "goes with time and folds"),
        ({"split": {"by": "folds", "holdout": 0.2}}, "split.holdout", "absent in a split by folds"),
        ({"split": {"by": "folds", "validation": 0.2}}, "split.validation", "absent in a split by folds"),
        ({"split": {"by": "folds", "embargo": "5d"}}, "split.embargo", "absent in a split by folds"),
        ({"population": "age >"}, "population", "a SQL condition"),
        ({"max_rows": 0}, "max_rows", "at least 1"),
        ({"toll": {"contacts": "calls"}}, "toll.since", "such as 24h"),
        ({"toll": {"since": "30d"}}, "toll.contacts", "text"),
        ({"toll": {"contacts": "calls +", "since": "30d"}}, "toll.contacts", "a SQL condition"),
        ({"toll": {"contacts": "calls", "since": "30d", "price": 3}}, "toll.price", "one of contacts"),
        ({"gate": 0.7}, "gate", "one of label"),
    ],
)
def test_a_wrong_objective_is_refused_by_key(changes: dict[str, Any], key: str, allowed: str) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        objective(**changes)
    assert refused.value.key == f"objectives.win.{key}"
    assert allowed in str(refused.value)
