"""Placebos: contact that does nothing proves nothing, whoever is chosen for it; what is there is still found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.small_campaign import ASSIGNMENTS, WORKSPACE, campaign
from tests.training.small_insurer import home_in
from training.contact.uplift_training import Benefits
from training.contact.verdict import Verdict

RUNS = 20


def verdict(folder: Path, seed: int, assignment: str, helps: float = 0.0, harms: float = 0.0) -> Verdict:
    """What training says of a year of calls, of which the truth is known."""
    history = campaign(3_000, seed, ASSIGNMENTS[assignment], helps, harms)
    home = home_in(folder / f"{assignment}-{seed}", history, WORKSPACE)
    return Benefits(home, threads=1).of("renewal").verdicts["any"]


def test_who_is_called_because_they_would_renew_anyway_proves_no_effect(tmp_path: Path) -> None:
    said = verdict(tmp_path, 1_000, "strong")
    assert not said.used
    assert said.found is not None
    low, high = said.found.average.interval
    assert low < 0 < high


def test_calls_that_help_all_alike_are_used_as_an_average_or_of_each(tmp_path: Path) -> None:
    said = verdict(tmp_path, 1, "random", helps=0.35)
    assert said.used
    assert said.found is not None and said.found.average.interval[0] > 0.1


def test_calls_that_put_all_off_are_never_used_and_it_is_said(tmp_path: Path) -> None:
    said = verdict(tmp_path, 1, "random", harms=0.35)
    assert not said.used
    assert "contact does harm" in said.why.en


@pytest.mark.study
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_of_twenty_years_of_calls_that_do_nothing_at_most_one_is_proven_to_help(
    tmp_path: Path, assignment: str
) -> None:
    proven = [verdict(tmp_path, 1_000 + run, assignment).used for run in range(RUNS)]
    assert sum(proven) <= 1


@pytest.mark.study
@pytest.mark.parametrize("assignment", ["random", "mild"])
def test_calls_that_bring_back_a_third_are_found_in_nearly_all_years(tmp_path: Path, assignment: str) -> None:
    proven = [verdict(tmp_path, 2_000 + run, assignment, helps=0.3).used for run in range(RUNS // 2)]
    assert sum(proven) >= RUNS // 2 - 1
