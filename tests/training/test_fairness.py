"""Groups of protected tags: what is said and found of them, who is first, and what gates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from leads.configuration.protection import Protected, Protection
from leads.configuration.workspace import Tag
from tests.training.small_insurer import WORKSPACE, Trained, home_in, simulated
from training.fairness import fairness, fairness_checks, figures, lowest_ratios
from training.fairness_words import described
from training.gates import Check
from training.train import train

TAGS = {
    "gender": Tag("gender", "category", ("f", "m"), {"zh": "性别", "en": "gender"}, {"f": {"zh": "女", "en": "female"}})
}
BOUNDED = Protection((Protected("gender", (), 0.8, 0.25),), top=0.2, least=100)


def judged(count: int = 4_000, seed: int = 0, women: float = 0.5, **lower: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of customers, two each, whose outcomes are as likely as is said. lower: factors on what is said of women."""
    rng = np.random.default_rng(seed)
    female = np.repeat(rng.random(count // 2) < women, 2)
    chance = np.repeat(rng.uniform(0.1, 0.5, count // 2), 2)
    columns = {
        "customer_id": [f"c{row // 2}" for row in range(count)],
        "label": (rng.random(count) < chance).astype(float), "weight": np.ones(count), "shipped_weight": np.ones(count),
        "probability": np.where(female, chance * lower.get("probability", 1.0), chance),
        "shipped": np.where(female, chance * lower.get("shipped", 1.0), chance),
    }  # fmt: skip
    return pl.DataFrame({"gender": np.where(female, "f", "m")}), pl.DataFrame(columns)


def found(rows: pl.DataFrame, holdout: pl.DataFrame, protection: Protection = BOUNDED) -> dict[str, Any]:
    return fairness(protection, TAGS, rows, holdout, ["gender", "premium"], 0)


def failed(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if not check.passed]


def test_a_model_that_treats_groups_alike_passes_in_nearly_every_draw() -> None:
    outcomes = [failed(fairness_checks(found(*judged(seed=seed)))) for seed in range(20)]
    assert sum(map(bool, outcomes)) <= 1


def test_who_is_seldom_first_fails_by_tag_group_figure_and_bound() -> None:
    (check,) = [c for c in fairness_checks(found(*judged(probability=0.8))) if not c.passed]
    assert check.name == "fairness_gender_selection"
    assert check.value is not None and check.value < 0.8
    assert check.note.startswith("gender f: selection 0.")
    assert "bound 0.8" in check.note


def test_of_whom_too_little_is_said_fails_the_calibration() -> None:
    (check,) = [c for c in fairness_checks(found(*judged(shipped=0.7))) if not c.passed]
    assert (check.name, check.bound) == ("fairness_gender_calibration", pytest.approx(0.05))
    assert "gender f: calibration -0." in check.note


def test_that_a_model_is_off_for_all_alike_is_no_unfairness() -> None:
    rows, holdout = judged(shipped=1.0)
    assert failed(fairness_checks(found(rows, holdout.with_columns(pl.col("shipped") + 0.1)))) == []


def test_what_is_beyond_a_bound_and_may_be_chance_passes_and_is_said() -> None:
    (check,) = [c for c in fairness_checks(found(*judged(600, 7))) if "selection" in c.name]
    assert check.value is not None and check.value < 0.8
    assert check.passed
    assert check.note.endswith("bound 0.8000, which may be chance")


def test_a_group_that_is_too_small_is_said_to_be_and_never_judged() -> None:
    document = found(*judged(women=0.03, probability=0.5))
    assert document["gender"]["groups"]["f"]["small"]
    checks = fairness_checks(document)
    assert failed(checks) == []
    assert all("too small to be judged, below 100: f (" in check.note for check in checks)
    assert checks


def test_a_small_group_is_said_where_there_are_no_bounds_either() -> None:
    shown = Protection((Protected("gender"),), least=100)
    (check,) = fairness_checks(found(*judged(women=0.03), shown))
    assert check.passed
    assert "too small" in check.note


def test_calibration_is_that_of_what_ships_on_customers_it_has_not_seen_and_asks_for_enough_of_them() -> None:
    rows, holdout = judged(480, shipped=0.5)
    unseen = pl.when(pl.int_range(pl.len()) < 300).then(None).otherwise(pl.col("shipped"))
    document = found(rows, holdout.with_columns(shipped=unseen))
    assert 0 < document["gender"]["groups"]["f"]["proven"] < 50
    (check,) = [c for c in fairness_checks(document) if "calibration" in c.name]
    assert check.passed
    assert "too few on whom what ships is judged, below 100: f, m" in check.note


def test_intervals_resample_customers() -> None:
    """The same rows twice tell no more."""
    rows, holdout = judged(2_000)
    once = found(rows, holdout)["gender"]["groups"]["f"]["gap_interval"]
    twice = found(pl.concat([rows, rows]), pl.concat([holdout, holdout]))["gender"]["groups"]["f"]["gap_interval"]
    assert twice == pytest.approx(once, abs=1e-9)


def test_rows_that_stand_for_more_count_for_more() -> None:
    rows, holdout = judged()
    doubled = holdout.with_columns(shipped_weight=pl.when(pl.col("label") > 0).then(2.0).otherwise(1.0))
    before, after = (found(rows, part)["gender"]["groups"]["f"]["found"] for part in (holdout, doubled))
    assert after == pytest.approx(2 * before / (1 + before))


def test_the_card_tells_groups_bounds_and_whether_the_tag_is_a_feature_in_both_languages() -> None:
    document = found(*judged(women=0.03))
    english, chinese = described(document, "en"), described(document, "zh")
    assert "gender · a feature of the model · gap at most 0.050 · ratio at least 0.80" in english
    assert "| female (fewer than 100: too small to be judged) |" in english
    assert "性别 · 是模型的特征" in chinese
    assert "| 女（少于 100 人，不作判断） |" in chinese


def test_the_card_says_that_nothing_is_declared(trained: Trained) -> None:
    card = (trained.results["conversion"].folder / "card.md").read_text("utf-8")
    assert "declares no protected tags" in card
    assert "未声明受保护标签" in card


def test_figures_are_named_so_that_a_run_can_keep_them() -> None:
    names = dict(figures(found(*judged())))
    assert {"fairness_gender_f_gap", "fairness_gender_m_ratio"} <= names.keys()
    assert lowest_ratios(found(*judged())).keys() == {"gender"}


def test_bounds_that_are_broken_keep_a_model_from_being_champion(tmp_path: Path, ready: Any) -> None:
    """People of the south hardly ever ask for a quote here, so that a model of who buys seldom puts them first."""
    history = simulated()
    south = history.customers.filter(pl.col("region") == "south")["customer_id"].to_list()
    quiet = pl.col("customer_id").is_in(south) & (pl.col("time").dt.second() < 50)
    declared = WORKSPACE + "\nfairness: {protected: {region: {selection: 0.8}, age: {bands: [40]}}, least: 20}\n"
    home = ready(home_in(tmp_path, replace(history, events=history.events.filter(~quiet)), declared))
    result = train(home, "conversion", threads=1)
    (check,) = [check for check in result.checks if check.name == "fairness_region_selection"]
    assert not check.passed
    assert check.note.startswith("region south: selection 0.")
    assert not result.promoted
    assert result.metrics["fairness"].keys() == {"region", "age"}
    assert "| south | " in (result.folder / "card.md").read_text("utf-8")
