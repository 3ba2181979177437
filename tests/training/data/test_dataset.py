from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.history import profile_rows, states_at
from features.home import Home
from features.lake import append_events, latest_profiles, read_customers, read_events
from features.value import feature_frame
from leads.configuration.rules import parse_rule
from leads.configuration.section import Section
from leads.errors import InvalidWorkspace
from leads.history import History
from tests.training.small_insurer import UNTIL, WORKSPACE, configuration_in, home_in, simulated
from training.data.dataset import Dataset, Record, full_sets, model_features, static_features, training_set


def all_rows(record: Record, name: str) -> Dataset:
    objective = record.configuration.objective(name)
    parts = list(full_sets(record, objective))
    keys, rows = pl.concat(part.keys for part in parts), pl.concat(part.rows for part in parts)
    return Dataset(objective, keys, rows, record.until)


def test_features_are_those_that_a_fold_of_the_past_gives(record: Record, small_home: Home) -> None:
    data = all_rows(record, "conversion")
    at = sorted(data.keys["at"].unique())[5]
    chosen = data.rows.filter(data.keys["at"] == at).select("customer_id", *record.configuration.layout.schema)
    workspace, layout = record.configuration.workspace, record.configuration.layout
    profile = profile_rows(layout, latest_profiles(workspace, read_customers(small_home, at))).drop("at")
    events = read_events(small_home, until=at)
    states = [
        states_at(workspace, part, profile["customer_id"], events) for part in (layout.interactions, layout.standing)
    ]
    folded = feature_frame(layout, profile, *states, at).filter(pl.col("customer_id").is_in(chosen["customer_id"]))
    assert len(chosen) > 100
    assert_frame_equal(chosen.sort("customer_id"), folded.sort("customer_id"), rel_tol=1e-9)


def test_a_later_event_never_changes_an_earlier_row(tmp_path: Path) -> None:
    history = simulated(200)
    at = UNTIL - timedelta(days=90)
    past = history.events.filter(pl.col("time") <= at)
    frames = []
    for name, events in (("past", past), ("whole", history.events)):
        home = home_in(tmp_path / name, History(history.customers, events, UNTIL))
        data = all_rows(Record.of(home), "conversion")
        frames.append(data.rows.filter(data.keys["at"] <= at))
    assert len(frames[0]) > 100
    assert_frame_equal(*frames)


def test_until_hides_everything_later(tmp_path: Path) -> None:
    history = simulated(200)
    until = UNTIL - timedelta(days=90)
    whole = home_in(tmp_path / "whole", history)
    past = History(history.customers, history.events.filter(pl.col("time") <= until), until)
    short = home_in(tmp_path / "short", past)
    cut, known = all_rows(Record.of(whole, until), "conversion"), all_rows(Record.of(short), "conversion")
    assert_frame_equal(cut.keys, known.keys)
    assert_frame_equal(cut.rows, known.rows)


def test_only_the_population_is_in_a_data_set(record: Record) -> None:
    assert (all_rows(record, "conversion").rows["policies_ever"] == 0).all()
    cross = all_rows(record, "cross_sell").rows
    assert not cross["this__active"].any()
    assert (cross["policies_active"] > 0).all()


def test_without_a_population_every_row_is_in_a_data_set(record: Record) -> None:
    objective = replace(record.configuration.objective("conversion"), population=None)
    everyone = sum(len(part) for part in full_sets(record, objective))
    assert everyone > len(all_rows(record, "conversion"))


def test_an_expiring_row_is_about_the_policy_that_expires_next(record: Record) -> None:
    data = all_rows(record, "renewal")
    assert (data.keys["product"] == data.rows["policy_next_product"]).all()
    assert data.keys["label"].mean() == pytest.approx(0.6, abs=0.12)


def test_a_training_set_has_no_censored_rows_and_keeps_the_cap(record: Record) -> None:
    objective = replace(record.configuration.objective("cross_sell"), max_rows=500)
    data = training_set(record, objective, seed=1)
    assert 100 < len(data) <= 500
    assert data.keys["label"].null_count() == 0
    whole = all_rows(record, "cross_sell").keys.drop_nulls("label")
    weighted = (data.keys["label"] * data.keys["weight"]).sum() / data.keys["weight"].sum()
    assert weighted == pytest.approx(whole["label"].mean(), rel=0.5)


def test_the_same_seed_draws_the_same_training_set(record: Record) -> None:
    objective = replace(record.configuration.objective("cross_sell"), max_rows=300)
    first, second = (training_set(record, objective, seed=5) for _ in range(2))
    assert_frame_equal(first.keys, second.keys)


def test_new_events_in_the_lake_reach_the_next_record(tmp_path: Path) -> None:
    home = home_in(tmp_path, simulated(50))
    before = all_rows(Record.of(home), "conversion")
    customer = before.keys.filter(before.keys["at"] == UNTIL)["customer_id"][0]
    quote = read_events(home).filter(pl.col("type") == "quote.requested")[:1]
    late = quote.with_columns(
        pl.lit("late").alias("id"),
        pl.lit(customer).alias("customer_id"),
        pl.lit(UNTIL - timedelta(hours=1)).cast(quote.schema["time"]).alias("time"),
    )
    append_events(home, late)
    after = all_rows(Record.of(home), "conversion")
    name = "quote_requested__since_last_days"
    changed = after.rows.filter((after.keys["at"] == UNTIL) & after.rows[name].is_close(1 / 24))
    assert changed["customer_id"].to_list() == [customer]
    assert len(before) == len(after)


def test_excluded_features_are_left_out_and_unknown_ones_refused(tmp_path: Path) -> None:
    given = WORKSPACE.replace("slices: {north", "exclude: [age, 'quote_*']\n    slices: {north")
    configuration = configuration_in(tmp_path / "a", given)
    names = model_features(configuration, configuration.objective("conversion"))
    assert "region" in names
    assert not [name for name in names if name == "age" or name.startswith("quote_")]
    wrong = configuration_in(tmp_path / "b", given.replace("[age,", "[agee,"))
    with pytest.raises(InvalidWorkspace, match=r"objectives.conversion.exclude.*agee"):
        model_features(wrong, wrong.objective("conversion"))


def test_the_baseline_reads_static_tags_and_the_product(record: Record) -> None:
    configuration = record.configuration
    assert static_features(configuration, configuration.objective("conversion")) == ["region", "age"]
    assert static_features(configuration, configuration.objective("cross_sell")) == [
        "region",
        "age",
        "product",
    ]


def test_a_training_set_has_what_settled_early_and_its_factors_stand_for_what_has_not(record: Record) -> None:
    plain = record.configuration.objective("conversion")
    objective = replace(plain, ends=("complaint.opened",), moments=replace(plain.moments, every=timedelta(days=7)))
    data = training_set(record, objective, seed=1)
    early = data.keys.filter(pl.col("at") > record.until - objective.horizon)
    assert len(early) > 20
    assert (early["settled"] <= record.until).all()
    assert data.keys["label"].null_count() == 0
    every = pl.concat(part.keys for part in full_sets(record, objective))
    assert data.keys["factor"].sum() == pytest.approx(len(every), rel=0.05)
    waited = training_set(record, replace(objective, ends=()), seed=1).keys
    assert (waited["factor"] == 1).all()
    assert waited["at"].max() <= record.until - objective.horizon


def test_factors_stand_for_the_rows_of_the_population_which_is_younger_than_what_lies_outside(record: Record) -> None:
    """Ever more customers have had a policy, so that the population's rows are young: by the ages of all moments its
    slow rows would be taken for seen nearly always, and eight in a hundred would be missed.
    """
    plain = record.configuration.objective("conversion")
    sql = "quote_requested__count_30d > 0.3 AND policies_ever > 0"
    rule = parse_rule("population", sql, Section("workspace.yaml", "objectives.later", {}), "population")
    moments = replace(plain.moments, every=timedelta(days=7))
    goal = replace(plain, population=rule, ends=("complaint.opened",), moments=moments, horizon=timedelta(days=90))
    keys = training_set(record, goal, seed=1).keys
    there = sum(len(part) for part in full_sets(record, goal))
    assert (keys["factor"] * keys["weight"]).sum() == pytest.approx(there, rel=0.02)


def test_evaluation_waits_for_the_horizon_whatever_settled_early(record: Record) -> None:
    objective = replace(record.configuration.objective("conversion"), ends=("complaint.opened",))
    keys = pl.concat(part.keys for part in full_sets(record, objective))
    assert keys.drop_nulls("label")["at"].max() <= record.until - objective.horizon
    assert keys["label"].null_count() > 0
