"""Intervals of values of policies hold what they promise, or there is no number: 200 logs each, of known truth."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from features.configuration import Configuration
from leads.arbitration.evidence import Evidence
from monitoring.offpolicy.estimators import evaluate
from tests.monitoring.known_policies import (
    LITTLE,
    MUCH,
    World,
    changed,
    configuration_in,
    preferring,
    world,
)

LOGS, PEOPLE = 200, 4_000
ESTIMATORS = ("ips", "snips", "dr")


@pytest.fixture(scope="module")
def logging(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return configuration_in(tmp_path_factory.mktemp("coverage") / "workspace")


def coverage_of(those: World, rows: int) -> tuple[dict[str, float], float]:
    """How often each estimator's interval covers the truth where there is one, and the share of logs without."""
    found = [evaluate(those.log(rows, seed)) for seed in range(LOGS)]
    known = [evaluation for evaluation in found if not evaluation.doubts]
    covered = {
        name: float(np.mean([getattr(evaluation, name).covers(those.value) for evaluation in known]))
        for name in ESTIMATORS
        if known
    }
    return covered, 1 - len(known) / LOGS


def deleted(logging: Configuration) -> World:
    """A policy that has none of the actions that were logged any more, so that it does nothing."""
    own = changed(logging, exploration=0.05)
    return world(own, replace(own.catalogue, actions=replace(own.catalogue.actions, all=())), LITTLE, PEOPLE)


def ramp(logging: Configuration) -> World:
    """The policy that logged, of which one action is offered to a part of the customers yet."""
    own = changed(logging, exploration=0.2, new=("call_young",), ramp_from=0.3, ramp_trials=1_000_000)
    return world(own, own.catalogue, LITTLE, PEOPLE)


def exploration(logging: Configuration, evidence: Evidence = LITTLE, wanted: str = "text", rarer: float = 0.0) -> World:
    """A policy that wants what the log has by exploring one decision in twenty alone."""
    own = changed(logging, exploration=0.05)
    return world(own, preferring(own.catalogue, wanted, 0.0), evidence, PEOPLE, rarer)


CASES = {"deleted": (deleted, 1_500), "ramp": (ramp, 400), "exploration": (exploration, 8_000)}


@pytest.mark.parametrize("name", CASES)
def test_intervals_cover_the_truth_as_often_as_they_promise(logging: Configuration, name: str) -> None:
    case, rows = CASES[name]
    covered, without = coverage_of(case(logging), rows)
    assert without <= 0.05
    assert all(0.9 <= share <= 0.98 for share in covered.values()), covered


@pytest.mark.parametrize("rows", [400, 1_000])
def test_a_log_that_seldom_holds_what_the_policy_does_gives_no_number(logging: Configuration, rows: int) -> None:
    """Whatever it happens to hold: those that hold little show little spread too, and their intervals are too short."""
    assert coverage_of(exploration(logging), rows) == ({}, 1.0)


def test_an_action_that_could_never_have_been_drawn_gives_no_number(logging: Configuration) -> None:
    """By Thompson sampling alone and much evidence a log never holds what was worth less."""
    own = changed(logging, exploration=0.05, even=0.0)
    those = world(own, preferring(own.catalogue, "text", 0.0), MUCH, PEOPLE)
    found = evaluate(those.log(20_000, 0))
    assert found.ips is None
    assert any("could never have been logged" in doubt for doubt in found.doubts)


def test_what_is_drawn_evenly_tells_of_all_however_sure_the_evidence_is(logging: Configuration) -> None:
    those = exploration(logging, MUCH)
    offered = those.logged[:, :3]
    assert offered.min() >= 0.8 * 0.05 * 0.5 / 3 - 1e-9
    covered, without = coverage_of(those, 16_000)
    assert without <= 0.05
    assert all(0.9 <= share <= 0.98 for share in covered.values()), covered


@pytest.mark.study
@pytest.mark.parametrize(
    ("evidence", "wanted", "rarer", "rows"),
    list(product((LITTLE, MUCH), ("text", "call_old"), (0.0, 1.5, 3.0), (1_000, 4_000, 16_000, 64_000))),
)
def test_over_rates_and_lengths_intervals_cover_or_are_not_given(
    logging: Configuration, evidence: Evidence, wanted: str, rarer: float, rows: int
) -> None:
    covered, without = coverage_of(exploration(logging, evidence, wanted, rarer), rows)
    print(f"{'much' if evidence is MUCH else 'little'} {wanted} {rarer} {rows}: {covered}, none {without:.2f}")
    if without < 0.9:
        assert all(0.88 <= share <= 0.99 for share in covered.values()), covered
