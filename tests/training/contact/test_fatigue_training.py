"""What contact takes: found where it was put, told from what people do anyway, and kept in the bundle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.home import Home
from leads.history import TIME, History
from models.bundle import Bundle
from models.fatigue_effect import Toll
from tests.frames import score_frame
from tests.training.small_insurer import UNTIL, Ready, home_in
from training.batch import features_of
from training.contact.fatigue_training import learn
from training.data.dataset import Record
from training.train import train

MONTHS = 8

WORKSPACE = """
name: tiring
title: {zh: 疲劳, en: Tiring}
half_lives: [30d]
channels: [call]
tags:
  region: {type: category, values: [north, south]}
events:
  call.attempted: {half_lives: [30d], interaction: false}
  policy.purchased: {}
objectives:
  conversion:
    label: {zh: 成交, en: sale}
    moments: {every: 30d, warm_up: 45d}
    target: policy.purchased
    horizon: 20d
    toll: {contacts: "coalesce(call_attempted__count_30d, 0)", since: 20d}
"""

Takes = Callable[[np.ndarray], np.ndarray]


def nothing(calls: np.ndarray) -> np.ndarray:
    return np.zeros(len(calls))


def each_as_much(calls: np.ndarray) -> np.ndarray:
    return 0.06 * calls


def more_and_more(calls: np.ndarray) -> np.ndarray:
    return 0.02 * calls * calls


def tired(takes: Takes, customers: int = 900, seed: int = 1) -> History:
    """In the north people are called three times as often, and buy more. `takes` is what the calls of a month take of
    the chance to buy in the next.
    """
    rng = np.random.default_rng(seed)
    begin = UNTIL - timedelta(days=30 * MONTHS)
    north = rng.random(customers) < 0.5
    ids = [f"c{number:05d}" for number in range(customers)]
    people = pl.DataFrame(
        {"customer_id": ids, "at": [begin] * customers, "region": np.where(north, "north", "south")},
        schema_overrides={"at": TIME},
    )
    rows = []
    for month in range(1, MONTHS):
        now = begin + timedelta(days=30 * month)
        calls = rng.binomial(4, np.where(north, 0.6, 0.2))
        for who, number in enumerate(calls):
            rows += [("call.attempted", ids[who], now - timedelta(days=1 + call)) for call in range(number)]
        bought = rng.random(customers) < np.where(north, 0.7, 0.45) - takes(calls)
        rows += [("policy.purchased", ids[who], now + timedelta(days=9)) for who in np.flatnonzero(bought)]
    kinds, whose, times = zip(*rows, strict=True)
    events = pl.DataFrame(
        {"id": [str(i) for i in range(len(rows))], "source": ["test"] * len(rows), "type": kinds, "customer_id": whose,
         "time": times},
        schema_overrides={"time": TIME},
    )  # fmt: skip
    return History(people, events, UNTIL)


def found(folder: Path, history: History) -> Toll:
    home = home_in(folder, history, WORKSPACE)
    goal = home.configuration.objective("conversion")
    assert goal.toll is not None
    return learn(Record.of(home), goal, goal.toll, seed=7)


def test_what_contact_takes_is_found_although_those_who_are_called_more_buy_more(tmp_path: Path) -> None:
    toll = found(tmp_path, tired(each_as_much))
    assert toll.each == pytest.approx(0.06, abs=0.02)
    assert toll.used
    assert "计入" in toll.why.zh and "counts as a cost" in toll.why.en


@pytest.mark.parametrize("seed", [1, 2])
def test_where_contact_takes_nothing_nothing_counts(tmp_path: Path, seed: int) -> None:
    toll = found(tmp_path, tired(nothing, seed=seed))
    assert toll.interval is not None and toll.interval[0] < 0.005
    assert not toll.used
    assert "no proof" in toll.why.en and "不足以证实" in toll.why.zh


def test_the_fourth_call_takes_more_than_the_first_where_it_does(tmp_path: Path) -> None:
    toll = found(tmp_path, tired(more_and_more))
    first, fourth = toll.of(np.array([0.0, 3.0]))
    assert fourth > first + 0.04


def test_too_few_rows_tell_nothing(tmp_path: Path) -> None:
    toll = found(tmp_path, tired(each_as_much, customers=8))
    assert (toll.interval, toll.used) == (None, False)
    assert "too few" in toll.why.en and "太少" in toll.why.zh


def test_what_is_found_travels_with_the_bundle_and_stands_beside_the_scores(tmp_path: Path, ready: Ready) -> None:
    home = ready(home_in(tmp_path, tired(each_as_much), WORKSPACE))
    result = train(home, "conversion", threads=1)
    bundle = Bundle.load(result.folder)
    assert bundle.toll == result.toll
    assert "counts as a cost" in (result.folder / "card.md").read_text(encoding="utf-8")
    scored = scores(home, bundle)
    remembered = scored["call_attempted__count_30d"].fill_null(0.0).to_numpy()
    assert bundle.toll is not None
    np.testing.assert_allclose(scored["toll_conversion"].to_numpy(), bundle.toll.of(remembered))
    assert scored["toll_conversion"].n_unique() > 3


def test_what_is_no_proof_stands_nowhere_but_in_the_manifest(tmp_path: Path, ready: Ready) -> None:
    home = ready(home_in(tmp_path, tired(nothing), WORKSPACE))
    bundle = Bundle.load(train(home, "conversion", threads=1).folder)
    assert bundle.manifest.toll is not None and bundle.toll is None
    assert "toll_conversion" not in scores(home, bundle).columns


def scores(home: Home, bundle: Bundle) -> pl.DataFrame:
    configuration = home.configuration
    return score_frame({"conversion": bundle}, configuration.layout, features_of(home, UNTIL)[:50])


@given(
    first=st.floats(-1, 1),
    growth=st.floats(0, 1),
    most=st.floats(0, 20),
    contacts=st.lists(st.floats(0, 50), min_size=1, max_size=20),
)
def test_a_toll_is_never_below_zero_and_never_falls_with_contacts(
    first: float, growth: float, most: float, contacts: list[float]
) -> None:
    taken = Toll(100, 50, first, growth, most, 0.1, (0.05, 0.15)).of(np.sort(contacts))
    assert (taken >= 0).all()
    assert (np.diff(taken) >= 0).all()
    assert taken[-1] <= max(first + growth * most, 0.0) + 1e-12
