"""Rows to watch are rows as training builds them: the same features, moments and people."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from features.home import Home
from models.bundle import Bundle
from monitoring.population.sample import Sample
from monitoring.population.windows import WINDOWS, enough, windows
from tests.training.small_insurer import UNTIL, Trained
from training.data.dataset import Record
from training.data.join import features_at
from training.data.moments import moments


@pytest.fixture(scope="module")
def sample(small_home: Home) -> Sample:
    return Sample.of(small_home, UNTIL)


def test_features_are_those_that_training_joins(small_home: Home, record: Record, sample: Sample) -> None:
    rng = np.random.default_rng(5)
    names = record.customers["customer_id"].unique().sort()
    asked = pl.DataFrame({
        "customer_id": rng.choice(names.to_numpy(), 300),
        "at": [UNTIL - timedelta(days=float(days)) for days in rng.uniform(0, 330, 300)],
    }).with_columns(pl.col("at").cast(record.events.schema["time"]))  # fmt: skip
    assert sample.features(asked).equals(features_at(record.history, record.configuration, asked))


def test_moments_that_were_prepared_together_give_the_same(sample: Sample, record: Record) -> None:
    asked = record.customers.select("customer_id").unique().sort("customer_id").head(40)
    now, then = (asked.with_columns(pl.lit(at).cast(record.events.schema["time"]).alias("at"))
                 for at in (UNTIL, UNTIL - timedelta(days=50)))  # fmt: skip
    sample.prepare([now, then, now])
    assert sample.features(then).equals(sample.known_by(UNTIL - timedelta(days=50)).features(then))


def test_a_sample_has_the_same_customers_every_time(small_home: Home) -> None:
    one, other = (set(Sample.of(small_home, UNTIL, most=50).customers["customer_id"]) for _ in range(2))
    assert one == other
    assert len(one) == 50


def test_a_sample_knows_all_of_its_customers_and_nothing_of_others(small_home: Home, record: Record) -> None:
    some = Sample.of(small_home, UNTIL, most=50)
    theirs = set(some.customers["customer_id"])
    assert set(some.events["customer_id"]) <= theirs
    assert len(some.events) == len(record.events.filter(pl.col("customer_id").is_in(theirs)))


def test_a_sample_of_the_past_knows_nothing_that_came_later(small_home: Home) -> None:
    then = UNTIL - timedelta(days=100)
    assert Sample.of(small_home, then).events["time"].max() <= then  # type: ignore[operator]


@pytest.mark.parametrize("name", ["conversion", "renewal", "cross_sell"])
def test_windows_hold_the_population_at_the_objectives_moments(trained: Trained, name: str) -> None:
    home = trained.home
    # Policies of this insurer ended long before its record does.
    until = UNTIL - timedelta(days=100) if name == "renewal" else UNTIL
    objective, sample = home.configuration.objective(name), Sample.of(home, until)
    bundle = Bundle.load(trained.results[name].folder)
    found = windows(sample, objective, bundle, size=20)
    assert enough(found) is False
    assert len(found) == WINDOWS
    for window in found:
        assert len(window) <= 20
        assert np.allclose(window.rows["probability"].to_numpy(), bundle.predict(window.rows))
    if name == "renewal":
        assert found[0].ends <= found[1].begins
        asked = moments(home.configuration.workspace, objective, sample.events, sample.customers, until)
        assert not len(found[2].rows.join(asked, on=["customer_id", "at"], how="anti"))
    else:
        people = [set(window.rows["customer_id"]) for window in found]
        assert not people[0] & people[1]
        assert all(len(some) == len(window) for some, window in zip(people, found, strict=True))
