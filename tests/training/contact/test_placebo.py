"""Placebos: contact that does nothing proves nothing, whoever is chosen for it; what is there is still found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.small_campaign import ASSIGNMENTS, WORKSPACE, campaign
from tests.training.small_insurer import UNTIL, home_in
from training.batch import features_of
from training.contact.uplift_training import Benefits
from training.contact.verdict import Verdict

RUNS = 20

DECLARED = 0.3
ACTIONS = f"""
value_by: uplift
unproven: {{log_odds: {DECLARED}}}
scenes: {{renewal: {{zh: 续保, en: renewal}}}}
actions:
  ring: {{objective: renewal, scene: renewal, channel: call}}
"""


def verdict(folder: Path, seed: int, assignment: str, helps: float = 0.0, harms: float = 0.0) -> Verdict:
    """What training says of a year of calls, of which the truth is known."""
    return learned(folder, seed, assignment, helps, harms)[0]


def learned(
    folder: Path, seed: int, assignment: str, helps: float = 0.0, harms: float = 0.0
) -> tuple[Verdict, np.ndarray | None]:
    """And by how much decisions take calls to move the log-odds of each; None where an effect of each is proven."""
    given = folder / f"{assignment}-{seed}"
    (given / "given").mkdir(parents=True)
    (given / "given" / "actions.yaml").write_text(ACTIONS, encoding="utf-8")
    home = home_in(given, campaign(3_000, seed, ASSIGNMENTS[assignment], helps, harms), WORKSPACE)
    benefit = Benefits(home, threads=1).of("renewal")
    if benefit.hints is None:
        return benefit.verdicts["any"], None
    told = benefit.hints.telling.matrix(features_of(home, UNTIL))
    return benefit.verdicts["any"], DECLARED + benefit.hints.model.effects["any"].log_odds(told)


Learned = tuple[Verdict, np.ndarray | None]


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """Of calls that do nothing, to those who would renew anyway."""
    return learned(tmp_path_factory.mktemp("nothing"), 1_000, "strong")


@pytest.fixture(scope="module")
def harm(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """Of calls that put off a third of all."""
    return learned(tmp_path_factory.mktemp("harm"), 1, "random", harms=0.35)


def test_who_is_called_because_they_would_renew_anyway_proves_no_effect(nothing: Learned) -> None:
    said, _ = nothing
    assert not said.used
    assert said.found is not None
    low, high = said.found.average.interval
    assert low < 0 < high


def test_calls_that_do_nothing_are_hardly_guessed_to_do_anything(nothing: Learned) -> None:
    _, guessed = nothing
    assert guessed is not None
    assert abs(guessed.mean()) < 0.1
    assert guessed.std() < 0.1


def test_calls_that_help_all_alike_are_used_as_an_average_or_of_each(tmp_path: Path) -> None:
    said = verdict(tmp_path, 1, "random", helps=0.35)
    assert said.used
    assert said.found is not None and said.found.average.interval[0] > 0.1


def test_calls_that_put_all_off_are_never_used_and_it_is_said(harm: Learned) -> None:
    said, _ = harm
    assert not said.used
    assert "contact does harm" in said.why.en


def test_calls_that_put_all_off_are_guessed_to_do_so_before_that_is_proven(harm: Learned) -> None:
    _, guessed = harm
    assert guessed is not None
    assert guessed.mean() < -0.5


@pytest.mark.study
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_of_twenty_years_of_calls_that_do_nothing_at_most_one_is_proven_to_help(
    tmp_path: Path, assignment: str
) -> None:
    said = [learned(tmp_path, 1_000 + run, assignment) for run in range(RUNS)]
    assert sum(verdict.used for verdict, _ in said) <= 1
    apart = [guessed.std() for _, guessed in said if guessed is not None]
    assert np.median(apart) < 0.1


@pytest.mark.study
@pytest.mark.parametrize("assignment", ["random", "mild"])
def test_calls_that_bring_back_a_third_are_found_in_nearly_all_years(tmp_path: Path, assignment: str) -> None:
    proven = [verdict(tmp_path, 2_000 + run, assignment, helps=0.3).used for run in range(RUNS // 2)]
    assert sum(proven) >= RUNS // 2 - 1
