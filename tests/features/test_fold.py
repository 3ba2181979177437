"""The fold's laws: any order of arrival, any batching, gives what history gives."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.columns import event_columns
from features.configuration import Configuration
from features.fold import fold
from features.history import state_rows, states_at, states_by
from features.slots import StateLayout
from features.value import feature_frame
from tests.features.conftest import START, event, history_of

SECONDS = 60 * 86_400
KINDS = ("call.completed", "quote.requested", "policy.purchased", "policy.renewed", "policy.lapsed", "consent.changed")


def one_event() -> st.SearchStrategy[dict[str, Any]]:
    """Any event of the small insurer, at whole seconds so that ties happen."""
    return st.builds(
        lambda kind, seconds, customer, product, talk, premium, consent, disposition: event(
            kind,
            seconds / 86_400,
            customer,
            product=product,
            talk_seconds=talk,
            premium=premium,
            consent=consent,
            channel="call",
            disposition=disposition,
        ),
        st.sampled_from(KINDS),
        st.one_of(st.integers(0, 5), st.integers(0, SECONDS)),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["health", "motor"]),
        st.one_of(st.none(), st.floats(0, 3600)),
        st.one_of(st.none(), st.floats(0, 10_000)),
        st.booleans(),
        st.sampled_from(["sale", "do_not_call", None]),
    )


def online(configuration: Configuration, layout: StateLayout, events: pl.DataFrame, batches: int) -> np.ndarray:
    """The states of customers a and b, folded batch by batch in the order given."""
    rows = events["customer_id"].replace_strict({"a": 0, "b": 1}, return_dtype=pl.Int64).to_numpy()
    state = layout.empty(2)
    for part in np.array_split(np.arange(len(events)), batches):
        state = fold(layout, state, rows[part], event_columns(configuration.workspace, events[part]))
    return state


@given(st.lists(one_event(), min_size=1, max_size=40), st.randoms(use_true_random=False), st.integers(1, 7))
def test_online_and_historical_values_agree_whatever_the_order_of_arrival(
    small: Configuration, events: list[dict[str, Any]], random: Any, batches: int
) -> None:
    history = history_of(small, events)
    arrived = history.events.to_dicts() + history.events.to_dicts()[:5]
    random.shuffle(arrived)
    stream = pl.DataFrame(arrived, schema=history.events.schema).unique(["source", "id"], maintain_order=True)
    now = START + timedelta(days=90)
    layout = small.layout
    profile = pl.DataFrame({"customer_id": ["a", "b"], "age": [30.0, 30.0], "region": ["x", "x"]})
    states = [online(small, view, stream, batches) for view in (layout.interactions, layout.standing)]
    live = feature_frame(layout, profile, states[0], states[1], now)
    past = feature_frame(
        layout, profile, last_states(small, layout.interactions, history.events),
        last_states(small, layout.standing, history.events), now,
    )  # fmt: skip
    assert_same(live, past)


def last_states(configuration: Configuration, layout: StateLayout, events: pl.DataFrame) -> np.ndarray:
    """The last historical state row of customers a and b."""
    states = layout.empty(2)
    for rows in state_rows(configuration.workspace, layout, events):
        for position, customer in enumerate(("a", "b")):
            own = rows.filter(pl.col("customer_id") == customer)
            if len(own):
                states[position] = own.sort("at")[-1].select(layout.columns).to_numpy()[0]
    return states


def assert_same(left: pl.DataFrame, right: pl.DataFrame) -> None:
    assert left.columns == right.columns
    for name in left.columns:
        if left.schema[name] == pl.Float64:
            ours, theirs = left[name].fill_null(math.nan).to_numpy(), right[name].fill_null(math.nan).to_numpy()
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9, equal_nan=True, err_msg=name)
        else:
            assert left[name].to_list() == right[name].to_list(), name


@given(st.lists(one_event(), min_size=1, max_size=30))
def test_every_historical_row_equals_a_fold_of_the_events_up_to_its_time(
    small: Configuration, events: list[dict[str, Any]]
) -> None:
    history = history_of(small, events)
    layout = small.layout.interactions
    for rows in state_rows(small.workspace, layout, history.events):
        for row in rows.iter_rows(named=True):
            until = history.events.filter(pl.col("time") <= row["at"])
            folded = states_at(small.workspace, layout, pl.Series([row["customer_id"]]), until)[0]
            kept = np.array([row[name] for name in layout.columns], dtype=np.float64)
            np.testing.assert_allclose(kept, folded, rtol=1e-9, atol=1e-9, equal_nan=True)


@given(st.lists(one_event(), min_size=1, max_size=30), st.lists(st.floats(-1, 90), min_size=1, max_size=8))
def test_the_state_at_a_moment_is_the_last_historical_row_by_then(
    small: Configuration, events: list[dict[str, Any]], days: list[float]
) -> None:
    history, layout = history_of(small, events), small.layout.interactions
    at = [START + timedelta(days=day) for day in days] + history.events["time"].to_list()
    asked = pl.DataFrame({"customer_id": [("a", "b", "nobody")[n % 3] for n in range(len(at))], "at": at},
                         schema={"customer_id": pl.String(), "at": history.events.schema["time"]})  # fmt: skip
    rows = list(state_rows(small.workspace, layout, history.events))
    found = states_by(small.workspace, layout, history.events, asked)
    for place, (name, moment) in enumerate(asked.iter_rows()):
        known = [part.filter((pl.col("customer_id") == name) & (pl.col("at") <= moment)) for part in rows]
        last = pl.concat(known).sort("at").tail(1).select(layout.columns) if known else pl.DataFrame()
        expected = last.to_numpy()[0] if len(last) else layout.blank
        np.testing.assert_array_equal(found[place], expected)


def test_a_counter_halves_after_its_half_life(small: Configuration) -> None:
    frame = features_at(small, [event("quote.requested", 0, product="health")], days=7)
    assert frame["quote_requested__count_7d"][0] == 0.5


def test_a_usual_value_is_the_geometric_mean_of_those_told(small: Configuration) -> None:
    calls = [event("call.completed", 5, talk_seconds=seconds) for seconds in (9.0, 9_999.0, None)]
    frame = features_at(small, calls, 30)
    assert frame["call_completed__talk_seconds_usual_30d"][0] == pytest.approx((10 * 10_000) ** 0.5 - 1)
    assert frame["call_completed__talk_seconds_count_30d"][0] == pytest.approx(2 * 0.5 ** (25 / 30))


def test_the_latest_of_two_values_tells_more_of_what_is_usual(small: Configuration) -> None:
    calls = [event("call.completed", 0, talk_seconds=20.0), event("call.completed", 30, talk_seconds=80.0)]
    frame = features_at(small, calls, 31)
    assert frame["call_completed__talk_seconds_usual_30d"][0] == pytest.approx((21 * 81**2) ** (1 / 3) - 1)


def test_a_value_that_was_never_told_has_no_usual_size(small: Configuration) -> None:
    frame = features_at(small, [event("call.completed", 0)], 1)
    assert frame["call_completed__talk_seconds_usual_30d"][0] is None


def test_a_late_event_counts_as_if_it_had_come_in_time(small: Configuration) -> None:
    first, second = event("quote.requested", 3, product="motor"), event("quote.requested", 1, product="motor")
    assert_same(features_at(small, [first, second], 10), features_at(small, [second, first], 10))


def test_what_never_happened_counts_zero_and_has_no_age(small: Configuration) -> None:
    frame = features_at(small, [event("policy.lapsed", 1, product="motor")], days=5)
    assert frame["call_completed__count_1d"][0] == 0.0
    assert frame["call_completed__since_last_days"][0] is None


def test_the_last_value_is_that_of_the_latest_call_not_of_the_latest_arrival(small: Configuration) -> None:
    calls = [event("call.completed", 5, talk_seconds=10.0), event("call.completed", 2, talk_seconds=99.0)]
    assert features_at(small, calls, 6)["call_completed__talk_seconds_last"][0] == 10.0


def test_a_call_without_talk_time_leaves_the_last_value_as_it_was(small: Configuration) -> None:
    calls = [event("call.completed", 2, talk_seconds=99.0), event("call.completed", 5)]
    frame = features_at(small, calls, 6)
    assert frame["call_completed__talk_seconds_last"][0] == 99.0
    assert frame["call_completed__since_last_days"][0] == 1.0


def features_at(configuration: Configuration, events: list[dict[str, Any]], days: float) -> pl.DataFrame:
    """Features of customer a, so many days after the start."""
    history = history_of(configuration, events)
    layout = configuration.layout
    who = pl.Series(["a"])
    return feature_frame(
        layout,
        pl.DataFrame({"customer_id": ["a"], "age": [30.0], "region": ["x"]}),
        states_at(configuration.workspace, layout.interactions, who, history.events),
        states_at(configuration.workspace, layout.standing, who, history.events),
        START + timedelta(days=days),
    )
