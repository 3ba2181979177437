"""Uplift: found where it was put, and on a randomised campaign of an insurer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.configuration import load
from leads.configuration.objective import Objective, Uplift
from leads.configuration.rules import Rule
from models.uplift import UpliftModel
from tests.public_data import DATA
from tests.training.small_trials import at_once
from training.contact import uplift
from training.contact.trials import asked_about, of_product, waiting
from training.contact.uplift import Trials
from training.data.dataset import Dataset

CAMPAIGN = DATA / "insurance_uplift" / "train.csv.gz"


def planted(rows: int = 6_000, seed: int = 1) -> tuple[Trials, np.ndarray]:
    """The first feature raises success; contact helps where the second is positive and harms where it is negative."""
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((rows, 4)).astype(np.float32)
    given = rng.random(rows) < 0.4
    effect = 0.2 * np.sign(matrix[:, 1])
    label = (rng.random(rows) < 0.5 + 0.15 * np.tanh(matrix[:, 0]) + given * effect).astype(np.float64)
    fold, half = np.arange(rows) % 3, np.arange(rows) // 3 % 2
    return Trials(matrix, label, label, {"call": at_once(given, label)}, np.ones(rows), fold, half, matrix), effect


def fit(trials: Trials, seed: int) -> UpliftModel:
    """From scores by the trials' own halves."""
    scores = {name: trials.scores(name, [], seed) for name in trials.waiting}
    return uplift.fit(trials, scores, [], [], seed)


def unseen(trials: Trials, seed: int) -> dict[str, np.ndarray]:
    """What is said of each row by a model of the other half."""
    said = {name: np.zeros(len(trials.label)) for name in trials.waiting}
    for half in (0, 1):
        apart = trials.half == half
        model = fit(trials.where(~apart), seed)
        for name, found in model.predict(trials.matrix[apart], trials.telling[apart]).items():
            said[name][apart] = found
    return said


def gain_at(label: np.ndarray, treated: np.ndarray, uplift: np.ndarray, share: float) -> float:
    """Among the share of rows with the highest uplift: success of the treated less that of the others."""
    first = np.argsort(-uplift, kind="stable")[: int(len(label) * share)]
    given = treated[first] > 0
    with_, without = (label[first[group]].mean() for group in (given, ~given))
    return float(with_ - without)


def test_the_effect_that_was_planted_is_found() -> None:
    trials, effect = planted()
    model, said = fit(trials, seed=1), unseen(trials, seed=1)
    assert np.corrcoef(model.predict(trials.matrix, trials.matrix)["call"], effect)[0, 1] > 0.8
    assert gain_at(trials.label, trials.waiting["call"].treated, said["call"], 0.3) > 0.13
    assert gain_at(trials.label, trials.waiting["call"].treated, -said["call"], 0.3) < -0.13


def test_an_effect_never_leaves_a_probability_outside_its_range() -> None:
    trials, _ = planted(2_000)
    model = fit(trials, seed=1)
    base = np.asarray(model.base.predict(trials.matrix))
    moved = base + model.predict(trials.matrix, trials.matrix)["call"]
    assert ((moved >= 0) & (moved <= 1)).all()


def test_the_same_rows_and_seed_give_the_same_model() -> None:
    trials, _ = planted(1_500)
    one, two = (fit(trials, seed=4).predict(trials.matrix, trials.matrix)["call"] for _ in range(2))
    assert np.array_equal(one, two)


def test_no_effect_is_found_where_there_is_none() -> None:
    trials, _ = planted()
    given = np.random.default_rng(9).random(len(trials.label)) < 0.5
    blind = replace(trials, waiting={"call": at_once(given, trials.label)})
    assert abs(gain_at(trials.label, given, unseen(blind, seed=1)["call"], 0.3)) < 0.06


def test_some_of_the_trials_are_the_rows_that_were_asked_for() -> None:
    trials, _ = planted(300)
    rows = np.arange(300) % 2 == 0
    part = trials.where(rows)
    assert np.array_equal(part.matrix, trials.matrix[rows])
    assert np.array_equal(part.waiting["call"].treated, trials.waiting["call"].treated[rows])
    assert len(part.label) == len(part.weight) == len(part.fold) == len(part.half) == len(part.telling) == 150


def asking(uplift: Uplift) -> Objective:
    """An objective that asks this about contact."""
    return replace(load("insurer").objective("conversion"), product="none", uplift=uplift)


def test_a_row_is_treated_by_what_happens_soon_after_its_moment() -> None:
    at = datetime(2026, 1, 10, tzinfo=UTC)
    keys = pl.DataFrame({"customer_id": ["a", "b", "c", "d"], "at": [at] * 4, "product": [None] * 4})
    hours = {"a": 24, "b": 24 * 8, "c": 0, "d": -5}
    events = pl.DataFrame(
        {
            "customer_id": list(hours),
            "time": [at + timedelta(hours=hour) for hour in hours.values()],
            "type": ["call.attempted"] * 4,
        }
    )
    goal = asking(Uplift({"call": ("call.attempted",)}, timedelta(days=7)))
    assert waiting(keys, events, goal, np.zeros(4, np.intp))["call"].treated.tolist() == [1, 0, 0, 0]


@pytest.mark.skipif(not CAMPAIGN.is_file(), reason=f"the public campaign is not at {CAMPAIGN}")
def test_the_best_third_of_a_real_campaign_gains_near_ten_points() -> None:
    campaign = pl.read_csv(CAMPAIGN)
    names = [
        name
        for name, kind in campaign.schema.items()
        if kind.is_numeric() and name not in ("TREATMENT", "PURCHASE", "UNIQUE_ID")
    ]
    given = campaign["TREATMENT"].to_numpy() == 1
    label = campaign["PURCHASE"].to_numpy().astype(np.float64)
    fold, half, fifth = (np.random.default_rng(0).integers(0, number, len(label)) for number in (3, 2, 5))
    matrix = campaign.select(names).to_numpy().astype(np.float32)
    trials = Trials(matrix, label, label, {"mail": at_once(given, label)}, np.ones(len(label)), fold, half, matrix)
    said = np.zeros(len(label))
    for number in range(5):
        apart = fifth == number
        said[apart] = fit(trials.where(~apart), seed=7).predict(matrix[apart], matrix[apart])["mail"]
    assert abs(gain_at(label, given, said, 1.0)) < 0.02
    assert gain_at(label, given, said, 0.3) > 0.08


def test_contact_about_another_product_is_no_treatment_where_the_own_is_asked_for() -> None:
    at = datetime(2026, 1, 10, tzinfo=UTC)
    keys = pl.DataFrame({"customer_id": ["a", "a"], "at": [at] * 2, "product": ["motor", "life"]})
    events = pl.DataFrame(
        {"customer_id": ["a"], "time": [at + timedelta(hours=1)], "type": ["sms.sent"], "product": ["life"]}
    )
    asked = Uplift(
        {"sms": ("sms.sent",)}, timedelta(days=7), about=Rule("about", "product", expression=pl.col("product"))
    )
    assert waiting(keys, events, asking(asked), np.zeros(2, np.intp))["sms"].treated.tolist() == [0, 1]


def test_who_looked_at_nothing_is_not_asked_what_contact_about_it_does() -> None:
    goal = load("insurer").objective("conversion")
    assert goal.uplift is not None and goal.uplift.about is not None
    days = {"motor": [3.0, 9.0, None], "life": [5.0, 1.0, None]}
    seen = {f"web_page_viewed__{name}__since_last_days": days.get(name, [None] * 3) for name in goal.products}
    rows = pl.DataFrame(seen, schema=dict.fromkeys(seen, pl.Float64))
    keys = pl.DataFrame(
        {"customer_id": ["a", "b", "c"], "product": [None] * 3}, schema_overrides={"product": pl.String}
    )
    asked = asked_about(Dataset(goal, keys, rows, datetime(2026, 1, 10, tzinfo=UTC)), goal.uplift.about)
    assert asked.keys.rows() == [("a", "motor"), ("b", "life")]
    assert len(asked.rows) == 2


def test_what_was_bought_of_another_product_is_no_success_of_contact_about_this_one() -> None:
    insurer = load("insurer")
    at = datetime(2026, 1, 10, tzinfo=UTC)
    keys = pl.DataFrame({"customer_id": ["a", "a"], "at": [at] * 2, "product": ["motor", "life"], "label": [1, 1]})
    events = pl.DataFrame(
        {"customer_id": ["a"], "time": [at + timedelta(days=1)], "type": ["policy.purchased"], "product": ["life"]}
    )
    data = Dataset(insurer.objective("conversion"), keys, keys, at + timedelta(days=60))
    assert of_product(insurer.workspace, data, events).keys["label"].to_list() == [0, 1]
