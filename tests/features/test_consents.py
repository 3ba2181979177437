"""The last word on each channel, in records and events, with a time of its own."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.configuration import Configuration
from features.consents import consents_at, last_words, with_times
from features.history import states_at
from features.value import feature_frame
from leads.history import TIME
from leads.sheet.sheet import Sheet
from tests.features.conftest import START, event, history_of

CHANNELS = ("call",)


def day(days: float) -> datetime:
    return START + timedelta(days=days)


def microseconds(days: float) -> int:
    return round(day(days).timestamp() * 1e6)


def records(*rows: tuple[float, bool | None] | tuple[float, bool | None, dict[str, float] | None]) -> pl.DataFrame:
    """Records of customer `a`: day, consent to calls and, of those told live, the days on which words were said."""
    told = [
        {name: microseconds(days) for name, days in (row[2] or {}).items()} if len(row) > 2 else None for row in rows
    ]
    return pl.DataFrame(
        {
            "customer_id": ["a"] * len(rows),
            "at": pl.Series([day(row[0]) for row in rows], dtype=TIME),
            "consent_call": pl.Series([row[1] for row in rows], dtype=pl.Boolean),
            "said": pl.Series([None if said is None else json.dumps(said) for said in told], dtype=pl.String),
        }
    )


def words(frame: pl.DataFrame) -> list[tuple[bool | None, float | None]]:
    rows = last_words(CHANNELS, frame).select("consent_call", "consent_call__told").rows()
    return [(given, None if at is None else (at - microseconds(0)) / 86_400e6) for given, at in rows]


def test_a_later_row_of_an_import_that_repeats_a_consent_says_it_no_later() -> None:
    assert words(records((1, True), (5, True), (9, True))) == [(True, 1.0)] * 3


def test_a_consent_that_an_import_gives_again_after_a_refusal_is_a_new_word() -> None:
    assert words(records((1, True), (2, False), (3, True))) == [(True, 1.0), (False, 2.0), (True, 3.0)]


def test_a_row_of_an_import_without_a_consent_says_nothing() -> None:
    assert words(records((1, False), (5, None))) == [(False, 1.0)] * 2


def test_an_import_that_repeats_what_it_said_does_not_undo_what_was_told_live_since() -> None:
    assert words(records((1, True), (5, False, {}), (9, True)))[-1] == (False, 5.0)


def test_a_record_told_live_says_itself_when_each_word_was_said() -> None:
    assert words(records((5, True, {"consent:call": 2}), (7, None, {"consent:call": 6}))) == [(True, 2.0), (None, 6.0)]


def test_of_two_ids_that_are_one_customer_the_last_word_counts() -> None:
    both = records((1, True), (2, False), (3, None)).with_columns(pl.Series("customer_id", ["a", "b", "a"]))
    found = last_words(CHANNELS, both, {"b": "a"})
    assert found["consent_call"].to_list() == [True, False, False]


def test_what_one_id_takes_back_leaves_the_refusal_of_another_of_the_same_person() -> None:
    told = records((1, False, {"consent:call": 1}), (2, None, {"consent:call": 2}), (3, True, {"consent:call": 3}))
    both = told.with_columns(pl.Series("customer_id", ["a", "b", "c"]))
    assert last_words(CHANNELS, both, {"b": "a", "c": "a"})["consent_call"].to_list() == [False, False, True]


def test_an_id_that_takes_back_its_own_refusal_has_said_nothing() -> None:
    told = records((1, False, {"consent:call": 1}), (2, None, {"consent:call": 2}), (3, None, {}))
    both = told.with_columns(pl.Series("customer_id", ["a", "a", "b"]))
    assert last_words(CHANNELS, both, {"b": "a"})["consent_call"].to_list() == [False, None, None]


@pytest.mark.parametrize("rows", [(False, True), (False, None), (True, False), (None, False)])
def test_of_rows_of_an_import_of_one_moment_the_refusal_counts(rows: tuple[bool | None, ...]) -> None:
    assert words(records((1, True), *((2, given) for given in rows)))[-1] == (False, 2.0)


def test_a_row_of_an_import_of_the_same_moment_that_says_nothing_takes_no_consent_away() -> None:
    assert words(records((2, True), (2, None))) == [(True, 2.0)]


def features_at(
    small: Configuration, given: bool | None, told: float | None, events: list[dict[str, Any]]
) -> bool | None:
    history = history_of(small, events) if events else history_of(small, [event("call.completed", 0)])
    states = [
        states_at(small.workspace, view, pl.Series(["a"]), history.events)
        for view in (small.layout.interactions, small.layout.standing)
    ]
    profile = pl.DataFrame(
        {"customer_id": ["a"], "age": [1.0], "region": ["x"], "consent_call": [given],
         "consent_call__told": [None if told is None else float(microseconds(told))]},
        schema_overrides={"consent_call": pl.Boolean, "consent_call__told": pl.Float64},
    )  # fmt: skip
    found: bool | None = feature_frame(small.layout, profile, *states, day(99))["consent_call"][0]
    return found


@pytest.mark.parametrize(
    ("given", "told", "said", "expected"),
    [
        (True, 4.0, False, False),
        (True, 5.0, False, False),
        (True, 6.0, False, True),
        (False, 4.0, True, True),
        (False, 5.0, True, False),
        (False, 6.0, True, False),
        (None, None, True, True),
        (None, 4.0, True, True),
        (None, 6.0, True, None),
        (None, 6.0, False, False),
    ],
)
def test_of_a_record_and_an_event_the_later_counts_and_at_the_same_moment_the_refusal(
    small: Configuration, given: bool | None, told: float | None, said: bool, expected: bool | None
) -> None:
    """The event is of day 5. A word that was taken away ends an earlier yes, never a no of an event."""
    assert features_at(small, given, told, [event("consent.changed", 5, channel="call", consent=said)]) is expected


def test_of_two_events_at_the_same_moment_the_refusal_counts(small: Configuration) -> None:
    both = [event("consent.changed", 5, channel="call", consent=said) for said in (False, True)]
    assert features_at(small, None, None, both) is False
    assert features_at(small, None, None, both[::-1]) is False


def test_what_is_said_of_all_channels_is_said_of_each(small: Configuration) -> None:
    assert features_at(small, True, 4.0, [event("consent.changed", 5, channel="all", consent=False)]) is False


def test_a_frame_without_times_says_its_consents_with_its_records() -> None:
    frame = with_times(CHANNELS, records((1, True), (2, None)).drop("said"))
    assert frame["consent_call__told"].to_list() == [float(microseconds(1)), None]


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([True, False, None])), max_size=6), st.randoms())
def test_the_last_word_of_live_records_is_the_same_in_whatever_order_they_came(
    told: list[tuple[int, bool | None]], random: Any
) -> None:
    """Each a word of its own id; then they turn out to be one person. What an id takes back is no other's no."""
    rows = [(float(at), given, {"consent:call": at}) for at, given in told]
    frame = records(*rows).with_columns(pl.Series("customer_id", [str(i) for i in range(len(rows))], dtype=pl.String))
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)
    one = {str(i): "a" for i in range(len(rows))}
    ends = [last_words(CHANNELS, part.sort("at"), one).tail(1).rows() for part in (frame, frame[shuffled])]
    last = max(told, key=lambda word: (word[0], word[1] is not True, word[1] is False), default=None)
    said_no = any(given is False for _, given in told)
    expected = last if last is None or last[1] is not None else (last[0], False if said_no else None)
    assert [[row[2] for row in end] for end in ends] == [[] if expected is None else [expected[1]]] * 2


def test_nothing_is_known_where_nobody_said_anything(small: Configuration) -> None:
    profile = Sheet.of(pl.DataFrame({"customer_id": ["a"]}))
    blank = small.layout.standing.empty(1)
    assert np.isnan(consents_at(CHANNELS, small.layout.standing, profile, blank)).all()
