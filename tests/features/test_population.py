"""Who has had an objective's target is outside its population, unless it repeats: one rule for all who ask."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from features.configuration import Configuration, checked, load
from features.history import states_at
from features.home import Home
from features.lake import import_history
from features.value import feature_frame
from leads.history import TIME, History
from tests.frames import expand, in_population
from training.data.dataset import Record, full_sets, model_features

NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)

DOCUMENT: dict[str, Any] = {
    "name": "own",
    "timezone": "Asia/Shanghai",
    "tags": {"age": {"type": "number"}},
    "fields": {"product": {"type": "category"}},
    "events": {"page.viewed": {"half_lives": ["7d"]}, "order.placed": {}},
    "products": {"tea": {"price": 10, "margin": 2}, "rice": {"price": 20, "margin": 3}},
    "objectives": {"buy": {"moments": {"every": "10d"}, "target": "order.placed", "horizon": "10d"}},
}


def configured(folder: Path, **objective: Any) -> Configuration:
    document = deepcopy(DOCUMENT)
    document["objectives"]["buy"] |= objective
    folder.mkdir(exist_ok=True)
    (folder / "workspace.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return load(folder)


def history(configuration: Configuration) -> History:
    """`had` ordered tea 15 days ago, `not` never."""
    customers = pl.DataFrame(
        {
            "customer_id": ["had", "not"],
            "at": pl.Series([NOW - timedelta(days=50)] * 2, dtype=TIME),
            "age": [30.0, 40.0],
        }
    )
    events = pl.DataFrame(
        {
            "id": ["1", "2"],
            "source": ["t", "t"],
            "type": ["order.placed", "page.viewed"],
            "customer_id": ["had", "not"],
            "time": pl.Series([NOW - timedelta(days=15), NOW - timedelta(days=20)], dtype=TIME),
            "product": ["tea", None],
        }
    )
    return checked(configuration.workspace, History(customers, events, NOW))


def inside(configuration: Configuration) -> list[tuple[str, str | None]]:
    """Who is in the population now, and of which product."""
    workspace, layout, told = configuration.workspace, configuration.layout, history(configuration)
    profile = told.customers.with_columns(profile_at=pl.col("at").to_physical().cast(pl.Float64)).drop("at")
    ids = profile["customer_id"]
    states = [states_at(workspace, view, ids, told.events) for view in (layout.interactions, layout.standing)]
    goal = workspace.objectives["buy"]
    rows = expand(layout, feature_frame(layout, profile, *states, NOW), goal.product, goal.products)
    kept = rows.filter(in_population(goal, rows))
    return [(row["customer_id"], row.get("product")) for row in kept.to_dicts()]


def test_who_has_had_the_target_is_left_out_where_nothing_is_declared(tmp_path: Path) -> None:
    assert inside(configured(tmp_path / "w")) == [("not", None)]


def test_a_target_that_repeats_leaves_nobody_out(tmp_path: Path) -> None:
    assert [name for name, _ in inside(configured(tmp_path / "w", repeats=True))] == ["had", "not"]


def test_a_declared_population_says_it_alone_unless_told_that_nothing_repeats(tmp_path: Path) -> None:
    assert [name for name, _ in inside(configured(tmp_path / "w", population="age < 35"))] == ["had"]
    assert inside(configured(tmp_path / "v", population="age < 45", repeats=False)) == [("not", None)]


def test_for_each_product_it_is_who_had_that_product(tmp_path: Path) -> None:
    found = inside(configured(tmp_path / "w", product="each"))
    assert set(found) == {("had", "rice"), ("not", "tea"), ("not", "rice")}


@pytest.mark.parametrize("product", ["none", "each"])
def test_training_rows_leave_out_who_had_it_by_then_and_only_then(tmp_path: Path, product: str) -> None:
    configuration = configured(tmp_path / "w", product=product)
    home = Home.create(tmp_path / "home", configuration, NOW)
    import_history(home, history(configuration))
    goal = configuration.workspace.objectives["buy"]
    (rows,) = full_sets(Record.of(home), goal)
    bought = rows.keys.filter((pl.col("customer_id") == "had") & (pl.col("product").fill_null("tea") == "tea"))
    assert bought["at"].max() == NOW - timedelta(days=20)
    assert bought["label"].to_list()[-1] == 1
    others = rows.keys.filter(pl.col("customer_id") == "not")
    assert others["at"].max() == NOW


@pytest.mark.parametrize("product", ["none", "each"])
def test_no_model_reads_that_somebody_had_it(tmp_path: Path, product: str) -> None:
    configuration = configured(tmp_path / "w", product=product)
    goal = configuration.workspace.objectives["buy"]
    assert not [name for name in model_features(configuration, goal) if "had_" in name]


def test_ready_workspaces_declare_whom_they_are_about() -> None:
    for name in (
        "insurer",
        "bpi2012",
        "bank_marketing",
        "coil2000",
        "eudirectlapse",
        "health_cross_sell",
        "insurance_uplift",
    ):
        had = {goal.name: goal.had for goal in load(name).workspace.objectives.values()}
        assert had == dict.fromkeys(had) != {}, name
