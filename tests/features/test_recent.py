"""Exact windows: the latest times of an event selection, in history and online, and what is counted from them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from features.added_states import merged_state
from features.columns import event_columns
from features.configuration import Configuration, load
from features.fold import fold
from features.history import state_rows, states_at
from features.value import feature_frame
from tests.features.conftest import DOCUMENT, START, event, history_of, write_workspace

CONTACT: dict[str, Any] = {
    "cases": {"in_peace": {"opened": "policy.lapsed", "closed": "policy.renewed"}},
    "rests": {
        "refused": {"events": ["call.completed"], "where": {"disposition": "refused"}, "rest": "3d"},
        "silent": {"events": ["call.completed"], "where": {"disposition": ["no_answer", "busy"]}, "after": 3,
                   "within": "7d", "rest": "14d"},
    },
    "caps": {
        "weekly": {"events": ["call.completed"], "within": "7d", "most": 2},
        "monthly": {"within": "30d", "most": 5},
    },
    "channels": {"call": {"sent": "call.completed"}},
}  # fmt: skip
ACTIONS = {"scenes": {"first": {"zh": "一", "en": "first"}}, "contact": CONTACT, "actions": {"wait": {}}}
FEATURES = ("open__in_peace", "rest__refused_days", "rest__silent_days", "cap__weekly", "cap__monthly")
SECONDS = 40 * 86_400
DAYS = 86_400


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    folder = write_workspace(tmp_path_factory.mktemp("limited"), DOCUMENT)
    (folder / "actions.yaml").write_text(yaml.safe_dump(ACTIONS), encoding="utf-8")
    return load(folder)


def happening() -> st.SearchStrategy[dict[str, Any]]:
    seconds = st.one_of(st.integers(0, 5), st.integers(0, SECONDS), st.integers(0, 40).map(lambda day: day * DAYS))
    return st.builds(
        lambda kind, at, customer, disposition: event(kind, at / DAYS, customer, disposition=disposition),
        st.sampled_from(["call.completed", "call.completed", "policy.lapsed", "policy.renewed"]),
        seconds,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["refused", "no_answer", "busy", "sale", None]),
    )


def features(configuration: Configuration, standing: np.ndarray, days: float) -> pl.DataFrame:
    layout = configuration.layout
    profile = pl.DataFrame({"customer_id": ["a", "b"], "age": [30.0, 30.0], "region": ["x", "x"]})
    at = START + timedelta(days=days)
    return feature_frame(layout, profile, layout.interactions.empty(2), standing, at).select(FEATURES)


def by_hand(events: list[dict[str, Any]], customer: str, days: float) -> tuple[float, ...]:
    """The same five answers from the whole list of events, counted in whole seconds."""
    now = START + timedelta(days=days)
    own = sorted((e for e in events if e["customer_id"] == customer), key=lambda e: e["time"])
    calls = [e["time"] for e in own if e["type"] == "call.completed"]
    refused = [e["time"] for e in own if e["type"] == "call.completed" and e["disposition"] == "refused"]
    silent = [e["time"] for e in own if e["type"] == "call.completed" and e["disposition"] in ("no_answer", "busy")]
    closed = max((e["time"] for e in own if e["type"] == "policy.renewed"), default=START - timedelta(days=1))
    count = sum(e["type"] == "policy.lapsed" and e["time"] > closed for e in own)
    runs = [b for a, b in zip(silent, silent[2:], strict=False) if b - a < timedelta(days=7)]
    left = [
        max((max(began, default=START - timedelta(days=999)) + timedelta(days=rest) - now) / timedelta(days=1), 0.0)
        for began, rest in ((refused, 3), (runs, 14))
    ]
    week, month = (sum(now - t < timedelta(days=d) for t in calls) for d in (7, 30))
    return count, left[0], left[1], min(week, 8), min(month, 8)


@settings(max_examples=40, deadline=None)
@given(st.lists(happening(), min_size=1, max_size=8), st.randoms(use_true_random=False), st.integers(1, 5))
def test_history_and_online_agree_with_counting_by_hand_whatever_the_order(
    limited: Configuration, events: list[dict[str, Any]], random: Any, batches: int
) -> None:
    history = history_of(limited, events)
    layout = limited.layout.standing
    arrived = history.events.to_dicts()
    random.shuffle(arrived)
    stream = pl.DataFrame(arrived, schema=history.events.schema)
    rows = stream["customer_id"].replace_strict({"a": 0, "b": 1}, return_dtype=pl.Int64).to_numpy()
    state = layout.empty(2)
    for part in np.array_split(np.arange(len(stream)), batches):
        state = fold(layout, state, rows[part], event_columns(limited.workspace, stream[part]))
    past = layout.empty(2)
    for frame in state_rows(limited.workspace, layout, history.events):
        for position, customer in enumerate("ab"):
            own = frame.filter(pl.col("customer_id") == customer).sort("at")
            if len(own):
                past[position] = own[-1].select(layout.columns).to_numpy()[0]
    np.testing.assert_array_equal(state, past)
    for row, customer in enumerate("ab"):
        found = features(limited, state, 41).row(row)
        assert found == pytest.approx(by_hand(events, customer, 41), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(happening(), max_size=30), st.integers(0, 30))
def test_two_customers_who_are_one_have_the_latest_times_of_both(
    limited: Configuration, events: list[dict[str, Any]], cut: int
) -> None:
    events = [item | {"customer_id": "a"} for item in events] or [event("call.completed", 1)]
    layout, who = limited.layout.standing, pl.Series(["a"])
    left, right, both = (
        states_at(limited.workspace, layout, who, history_of(limited, part, [{"customer_id": "a", "at": START}]).events)
        for part in (events[:cut], events[cut:], events)
    )
    np.testing.assert_array_equal(merged_state(layout, left, right), both)


def test_a_window_ends_to_the_instant(limited: Configuration) -> None:
    state = states_at(
        limited.workspace, limited.layout.standing, pl.Series(["a", "b"]),
        history_of(limited, [event("call.completed", 0), event("call.completed", 1)]).events,
    )  # fmt: skip
    assert features(limited, state, 7 - 1e-6)["cap__weekly"][0] == 2
    assert features(limited, state, 7)["cap__weekly"][0] == 1


def test_a_rest_stands_though_more_came_while_it_lasted(limited: Configuration) -> None:
    days = [1, 2, 3, 10, 12.5]
    happened = [event("call.completed", day, disposition="no_answer") for day in days]
    state = states_at(limited.workspace, limited.layout.standing, pl.Series(["a", "b"]),
                      history_of(limited, happened).events)  # fmt: skip
    assert features(limited, state, 13)["rest__silent_days"][0] == pytest.approx(4)
    assert features(limited, state, 17)["rest__silent_days"][0] == 0


@pytest.mark.parametrize(
    ("opened", "closed", "still_open"),
    [([1, 2], [3], 0), ([2], [2], 0), ([1, 3], [2], 1), ([1, 2], [2], 0), ([1], [], 1)],
    ids=["opened twice", "at the same moment", "opened again", "twice and at the same moment", "not closed"],
)
def test_a_settlement_ends_every_complaint_that_was_opened_by_then(
    limited: Configuration, opened: list[int], closed: list[int], still_open: int
) -> None:
    happened = [*(event("policy.lapsed", day) for day in opened), *(event("policy.renewed", day) for day in closed)]
    for arrived in (happened, happened[::-1]):
        state = states_at(limited.workspace, limited.layout.standing, pl.Series(["a", "b"]),
                          history_of(limited, arrived).events)  # fmt: skip
        assert features(limited, state, 4)["open__in_peace"].to_list() == [still_open, 0]


def test_no_model_reads_what_only_rules_ask_for(limited: Configuration) -> None:
    from training.data.dataset import model_features

    names = model_features(limited, limited.objective("conversion"))
    assert not set(names) & set(FEATURES)


def test_another_cap_may_need_another_layout_and_says_so(limited: Configuration, tmp_path: Path) -> None:
    digests = {}
    for most in (2, 4, 40):
        folder = write_workspace(tmp_path / str(most), DOCUMENT)
        cap = {"events": ["call.completed"], "within": "7d", "most": most}
        contact = {"caps": {"weekly": cap}}
        (folder / "actions.yaml").write_text(yaml.safe_dump(ACTIONS | {"contact": contact}), encoding="utf-8")
        digests[most] = load(folder).layout.digest
    assert digests[2] == digests[4] != digests[40]
