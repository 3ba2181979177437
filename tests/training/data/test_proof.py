"""Which rows fit the calibrator that ships, and which others judge it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.configuration.objective import Objective, parse_objective
from leads.configuration.section import Section
from leads.errors import InvalidInput
from training.data.proof import ENOUGH, proof
from training.data.splits import split

T0 = datetime(2026, 1, 1, tzinfo=UTC)
TOLD = {"moments": {"every": "30d"}, "target": "sale", "horizon": "30d"}
GOAL = parse_objective("win", Section("workspace.yaml", "objectives.win", TOLD), ("sale",), ())


def keys(days: np.ndarray, customers: np.ndarray, seed: int = 0) -> pl.DataFrame:
    label = (np.random.default_rng(seed).random(len(days)) < 0.4).astype(np.int8)
    at = [T0 + timedelta(days=float(day)) for day in days]
    return pl.DataFrame({"customer_id": [f"c{who}" for who in customers], "at": at, "label": label})


def by(kind: str, embargo: int = 30) -> Objective:
    return replace(GOAL, split=replace(GOAL.split, by=kind, folds=3 if kind == "folds" else 1,
                                       embargo=timedelta(days=embargo)))  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1_000), st.sampled_from(["time", "customer", "folds"]), st.integers(5, 400), st.integers(0, 40))
def test_no_customer_is_on_both_sides_and_what_judges_was_held_out_after_the_embargo(
    seed: int, kind: str, people: int, embargo: int
) -> None:
    rng = np.random.default_rng(seed)
    days = np.sort(rng.integers(0, 500, 1_000))
    data, goal = keys(days, rng.integers(0, people, 1_000), seed), by(kind, embargo)
    try:
        parts = split(goal, data)
    except InvalidInput:
        return
    found = proof(goal, data, parts)
    who = data["customer_id"].to_numpy()
    assert not set(who[found.fitted]) & set(who[found.judged])
    held = np.any([part.holdout for part in parts], axis=0)
    assert held[found.judged].all()
    if kind == "time" and found.fitted.any() and found.judged.any():
        assert days[found.fitted].max() + embargo <= days[found.judged].min() - (embargo == 0)


def test_a_long_holdout_fits_on_its_earlier_half_and_a_short_one_on_what_validated() -> None:
    days = np.sort(np.random.default_rng(1).uniform(0, 1_000, 4_000))
    data = keys(days, np.arange(4_000))
    for goal, held in ((by("time"), True), (by("time", 150), False)):
        parts = split(goal, data)
        found = proof(goal, data, parts)
        assert parts[0].holdout[found.fitted].all() == held
        assert data.filter(pl.Series(found.fitted))["label"].sum() >= ENOUGH
        if not held:
            assert (found.judged == parts[0].holdout).all()


def test_who_succeeds_and_leaves_is_counted_as_often_as_who_stays() -> None:
    """Everybody has a row a month until the first success: on one side only are those who succeeded early."""
    rng = np.random.default_rng(2)
    rows = [
        (month * 31.0, who, won) for who in range(3_000) for month, won in enumerate(_until_won(rng.random(20) < 0.08))
    ]
    rows.sort()
    day, who, won = (np.array(column) for column in zip(*rows, strict=True))
    data = keys(day, who.astype(int)).with_columns(pl.Series("label", won.astype(np.int8)))
    found = proof(by("time"), data, split(by("time"), data))
    for side in (found.fitted, found.judged):
        assert np.average(won[side], weights=found.factor[side]) == pytest.approx(0.08, abs=0.015)
    assert won[found.fitted].mean() > 0.095


def _until_won(won: np.ndarray) -> list[bool]:
    return won[: int(won.argmax()) + 1].tolist() if won.any() else won.tolist()
