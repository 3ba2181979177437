"""What benchmarks count with: small, pure, and right before anything is judged by it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from benchmarks.harness.agent import Hold, doubled
from benchmarks.harness.cloud import bodies, cloud_events
from benchmarks.harness.events import random_events
from benchmarks.harness.positions import Watch, place
from benchmarks.harness.usage import Meter, Usage
from benchmarks.oracles.recorded import compared
from benchmarks.oracles.sameness import difference, final_id
from benchmarks.parity import stormy
from features.configuration import load
from serving.events.stream import Stream


def hold(lease: str, customer: str, since: float, until: float, phone: str | None = None) -> Hold:
    return Hold(lease, 1, customer, phone, since, until)


def test_two_leases_of_a_customer_at_once_are_found() -> None:
    assert doubled([hold("a", "C1", 0, 5), hold("b", "C1", 4, 9), hold("c", "C2", 0, 9)]) == [("a", "b")]


def test_two_leases_of_a_phone_at_once_are_found() -> None:
    assert doubled([hold("a", "C1", 0, 5, "+86"), hold("b", "C2", 4, 9, "+86")]) == [("a", "b")]


def test_leases_one_after_another_are_right() -> None:
    assert doubled([hold("b", "C1", 5, 9), hold("a", "C1", 0, 5)]) == []


def test_a_lease_that_had_ended_when_it_was_told_holds_nobody() -> None:
    assert doubled([hold("a", "C1", 6, 5), hold("b", "C1", 4, 9)]) == []


def test_rows_are_missing_twice_or_strange() -> None:
    found = compared({"a": 1, "b": 2, "d": 1, "x": 1}, {"a", "b", "c"}, {"a", "b", "c", "d"})
    assert (found.missing, found.twice, found.strange) == (1, 1, 1)


def test_a_missing_value_is_infinitely_far_from_any() -> None:
    left = pl.DataFrame({"customer_id": ["C1", "C2"], "n": [1.0, None], "t": ["a", "b"]})
    found = difference(left, left.with_columns(n=pl.Series([1.0 + 1e-12, 3.0])))
    assert (found.worst, found.customer_id, found.feature, found.beyond) == (np.inf, "C2", "n", 1)


def test_the_same_frame_is_no_distance_apart() -> None:
    frame = pl.DataFrame({"customer_id": ["C1", "C2"], "n": [0.0, None], "t": ["a", None]})
    assert difference(frame, frame).worst == 0.0


def test_a_difference_is_relative() -> None:
    left, right = (pl.DataFrame({"customer_id": ["C1"], "n": [value]}) for value in (1e-200, 1.1e-200))
    assert difference(left, right).worst == pytest.approx(0.1 / 1.1)


def test_a_chain_of_merges_ends_with_who_stays() -> None:
    assert final_id({"a": "b", "b": "c"}, "a") == "c"


def test_a_storm_keeps_every_event_and_its_day() -> None:
    events = random_events(load("insurer").workspace, 1_000, 50, np.random.default_rng(1))
    storm = stormy(events, 0.05, np.random.default_rng(2))
    assert len(storm) == 1_050
    assert storm["id"].n_unique() == 1_000
    assert storm["time"].dt.date().is_sorted()
    assert not storm["time"].is_sorted()


def test_a_cloud_event_carries_the_fields_that_are_known() -> None:
    moment = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    frame = pl.DataFrame({
        "id": ["1"], "source": ["s"], "type": ["t"], "customer_id": ["C1"], "time": [moment], "product": ["life"],
        "premium": [None],
    })  # fmt: skip
    (item,) = cloud_events(frame)
    assert item["time"] == "2025-01-02T03:04:05.000000Z"
    assert item["data"] == {"product": "life"}


def test_batches_hold_everything_in_order() -> None:
    assert list(bodies([{"a": 1}, {"a": 2}, {"a": 3}], 2)) == [b'[{"a":1},{"a":2}]', b'[{"a":3}]']


class Steps(Stream):
    """A stream whose applied positions are given."""

    def __init__(self, *positions: list[str]) -> None:
        self._positions = iter(positions)

    def applied(self) -> list[str]:
        return next(self._positions)


def test_a_position_is_reached_when_every_partition_is() -> None:
    watch, stream = Watch(), Steps(["1-0", "9-9"], ["2-0", "9-9"], ["2-0", "10-0"])
    for _ in range(3):
        watch.look(stream)
    assert watch.reached("2-0,9-10") == watch.seconds[2]
    assert watch.reached("2-0,1-0") == watch.seconds[1]
    assert watch.reached("3-0,1-0") is None


def test_places_compare_as_numbers() -> None:
    assert place(["9-9"]) < place(["10-0"])


def test_busy_cores_are_those_between_two_moments() -> None:
    meter = Meter([(t, {"w": Usage(cpu, 50.0)}) for t, cpu in ((0.0, 0.0), (10.0, 5.0), (20.0, 15.0), (30.0, 15.0))])
    assert meter.between(9.0, 21.0) == {"busy_cores": {"w": 1.0}, "peak_megabytes": {"w": 50}}
