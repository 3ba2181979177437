from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import simulator
from leads.errors import InvalidInput
from leads.history import History
from simulator import vocabulary
from simulator.events import EVENTS
from simulator.needs import Needs
from simulator.tags import CUSTOMERS
from simulator.temperament import Temperament


def test_the_same_seed_gives_the_same_frames(until: datetime) -> None:
    one, two = (simulator.simulate(500, until=until, days=120, seed=3) for _ in range(2))
    assert one.customers.equals(two.customers)
    assert one.events.equals(two.events)


def test_another_seed_gives_another_history(until: datetime) -> None:
    one, two = (simulator.simulate(500, until=until, days=60, seed=seed) for seed in (3, 4))
    assert not one.events.equals(two.events)


def test_the_frames_have_exactly_the_declared_schemas(history: History) -> None:
    assert history.customers.schema == CUSTOMERS
    assert history.events.schema == EVENTS


def test_customers_are_sorted_and_one_row_per_customer_and_time(history: History) -> None:
    keys = history.customers.select("customer_id", "at")
    assert keys.equals(keys.sort("customer_id", "at"))
    assert keys.is_unique().all()
    assert history.customers["customer_id"].n_unique() == 5_000


def test_events_are_sorted_by_time_with_unique_ids(history: History) -> None:
    assert history.events["time"].is_sorted()
    assert history.events["id"].is_unique().all()


def test_every_event_type_occurs_from_its_own_source(history: History) -> None:
    pairs = history.events.select("type", "source").unique()
    assert dict(pairs.iter_rows()) == vocabulary.EVENT_SOURCES
    assert pairs.height == len(vocabulary.EVENT_TYPES)


def test_nothing_is_recorded_at_or_after_the_end(history: History, until: datetime) -> None:
    assert history.observed_until == until
    assert history.events["time"].max() < until  # type: ignore[operator]
    assert history.customers["at"].max() < until  # type: ignore[operator]


def test_no_event_before_the_customer_is_known_but_the_opening_policies(history: History, until: datetime) -> None:
    known = history.customers.group_by("customer_id").agg(pl.col("at").min())
    early = history.events.join(known, on="customer_id").filter(pl.col("time") < pl.col("at"))
    start = until - timedelta(days=365)
    assert set(early["type"]) == {"policy.purchased"}
    assert early["time"].max() < start  # type: ignore[operator]
    assert early["time"].min() > start - timedelta(days=365)  # type: ignore[operator]


def test_half_of_the_customers_arrive_with_a_lead_when_they_become_known(history: History) -> None:
    leads = history.events.filter(pl.col("type") == "lead.created")
    first = history.customers.group_by("customer_id").agg(pl.col("at").min())
    assert leads.join(first, left_on=["customer_id", "time"], right_on=["customer_id", "at"]).height == 2_500


def test_a_customer_added_on_wecom_gets_a_new_row_at_that_time(history: History) -> None:
    added = history.events.filter(pl.col("type") == "wecom.added").select("customer_id", at="time")
    rows = added.join(history.customers, on=["customer_id", "at"])
    assert rows.height == added.height
    assert rows["wecom_added"].all()


def test_hidden_truth_is_not_exported(history: History) -> None:
    hidden = set(Needs.__annotations__) | set(Temperament.__annotations__)
    assert not hidden & set(history.customers.columns + history.events.columns)


def test_phone_numbers_look_valid_and_few_are_shared(history: History) -> None:
    phones = history.customers.unique("customer_id")["phone"]
    assert phones.str.contains(r"^\+861[3-9]\d{9}$").all()
    assert 0.99 < phones.n_unique() / len(phones) < 1


def test_a_history_of_any_length_can_be_asked_for(until: datetime) -> None:
    short = simulator.simulate(50, until=until, days=1)
    assert short.events.filter(pl.col("time") >= until - timedelta(days=1)).height > 0
    assert simulator.simulate(1, until=until, days=30).customers["customer_id"].n_unique() == 1


@pytest.mark.parametrize(
    ("customers", "until", "days", "field"),
    [
        (0, datetime(2026, 1, 1, tzinfo=UTC), 365, "customers"),
        (10, datetime(2026, 1, 1, tzinfo=UTC), 0, "days"),
        (10, datetime(2026, 1, 1), 365, "until"),
    ],
)
def test_impossible_requests_are_refused_by_name(customers: int, until: datetime, days: int, field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        simulator.simulate(customers, until=until, days=days)


def test_cantonese_is_spoken_in_the_south_and_mandarin_everywhere(history: History) -> None:
    spoken = history.customers.unique("customer_id").group_by("region", "language").len()
    share = spoken.with_columns(share=pl.col("len") / pl.col("len").sum().over("region"))
    cantonese = {region: part for region, language, _, part in share.iter_rows() if language == "cantonese"}
    assert list(cantonese) == ["south"]
    assert 0.2 < cantonese["south"] < 0.3
    assert set(share.filter(language="mandarin")["region"]) == set(vocabulary.REGIONS)
