"""What is guessed of contact while trials prove nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.home import Home
from leads.errors import CorruptBundle
from models.bundle import Bundle
from tests.frames import score_frame
from tests.training.small_insurer import UNTIL, Ready, home_in
from tests.training.small_trials import WORKSPACE, tossed
from training.batch import features_of
from training.contact.found import NOTHING, Estimate
from training.contact.hints import hinted
from training.contact.uplift_training import Benefits
from training.train import train

ACTIONS = """
value_by: uplift
unproven: {log_odds: 0.3}
actions:
  ring: {objective: conversion, scene: sale, channel: call}
scenes:
  sale: {zh: 销售, en: sale}
"""

numbers = st.floats(-5, 5)
errors = st.floats(0.01, 100)


def guessing(folder: Path, actions: str = ACTIONS, effect: float = 0.1) -> Home:
    """Contact moves people a little, so that few trials do not prove it."""
    (folder / "given").mkdir(parents=True)
    (folder / "given" / "actions.yaml").write_text(actions, encoding="utf-8")
    return home_in(folder, tossed(400, seed=3, effect=effect), WORKSPACE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, ready: Ready) -> Home:
    return ready(guessing(tmp_path_factory.mktemp("guessing")))


@pytest.fixture(scope="module")
def bundles(home: Home) -> dict[str, Bundle]:
    benefits = Benefits(home, threads=1)
    names = ("conversion", "interest")
    return {name: Bundle.load(train(home, name, threads=1, benefits=benefits).folder) for name in names}


@given(numbers, errors, st.floats(0, 2))
def test_a_hint_lies_between_what_was_expected_and_what_was_found(value: float, error: float, declared: float) -> None:
    hint = hinted(Estimate(value, error), Estimate(value, error), declared)
    assert 0 <= hint.slope <= max(value, 0)
    assert min(value, declared) - 1e-9 <= hint.level <= max(value, declared) + 1e-9


def test_where_trials_tell_nothing_all_are_taken_to_be_moved_as_declared() -> None:
    hint = hinted(NOTHING, NOTHING, 0.44)
    assert (hint.slope, hint.level) == (0.0, 0.44)


def test_trials_that_prove_nothing_leave_a_hint_and_say_so(bundles: dict[str, Bundle]) -> None:
    told = bundles["conversion"].manifest.uplift["call"]
    assert told["used"] is False
    assert told["hint"]["slope"] > 0.1
    assert "decisions guess by it" in told["why"]["en"]
    assert "最佳猜测" in told["why"]["zh"]
    assert bundles["conversion"].effects is None


def test_hints_stand_beside_the_scores_in_log_odds_beyond_the_declared(home: Home, bundles: dict[str, Bundle]) -> None:
    frame = features_of(home, UNTIL)
    scored = score_frame(bundles, home.configuration.layout, frame)
    added = {"score_conversion", "score_interest", "hint_conversion__call", "hint_interest__call"}
    assert set(scored.columns) - set(frame.columns) == added
    means = dict(scored.group_by("region").agg(pl.col("hint_conversion__call").mean()).rows())
    assert means["north"] > means["south"]
    level = bundles["conversion"].manifest.uplift["call"]["hint"]["level"]
    assert (means["north"] + means["south"]) / 2 == pytest.approx(level - 0.3, abs=0.1)


def test_what_is_like_an_objective_takes_over_its_hint(home: Home, bundles: dict[str, Bundle]) -> None:
    told = [bundles[name].manifest.uplift["call"]["hint"] for name in ("conversion", "interest")]
    assert told[0] == told[1]
    scored = score_frame(bundles, home.configuration.layout, features_of(home, UNTIL))
    both = scored.drop_nulls(["hint_interest__call", "hint_conversion__call"])
    assert len(both) > 20
    np.testing.assert_allclose(both["hint_interest__call"], both["hint_conversion__call"])


def test_a_hint_does_not_depend_on_who_else_is_scored(home: Home, bundles: dict[str, Bundle]) -> None:
    frame, layout = features_of(home, UNTIL)[:40], home.configuration.layout
    whole = score_frame(bundles, layout, frame)["hint_conversion__call"]
    alone = [score_frame(bundles, layout, frame[i : i + 1])["hint_conversion__call"][0] for i in range(40)]
    np.testing.assert_array_equal(alone, whole.to_list())


def test_a_changed_file_of_the_hints_is_refused(bundles: dict[str, Bundle], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundles["conversion"].folder, tmp_path / "bundle"))
    assert "hints/manifest.json" in json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    with (folder / "hints" / "manifest.json").open("a") as file:
        file.write(" ")
    with pytest.raises(CorruptBundle, match="hints"):
        Bundle.load(folder)


@pytest.mark.parametrize("actions", [ACTIONS.replace("{log_odds: 0.3}", "{hints: false}"),
                                     ACTIONS.replace("{log_odds: 0.3}", "0.1")])  # fmt: skip
def test_nothing_is_hinted_at_where_the_catalogue_does_not_ask(tmp_path: Path, actions: str) -> None:
    benefit = Benefits(guessing(tmp_path, actions), threads=1).of("conversion")
    assert benefit.hints is None
    assert benefit.verdicts["call"].hint is None


def test_an_effect_of_each_that_is_proven_needs_no_hint(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir(parents=True)
    (tmp_path / "given" / "actions.yaml").write_text(ACTIONS, encoding="utf-8")
    benefit = Benefits(home_in(tmp_path, tossed(), WORKSPACE), threads=1).of("conversion")
    assert benefit.verdicts["call"].form == "each"
    assert benefit.hints is None
