"""The observer of the event log: it finds what is planted, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from benchmarks.oracles.observer import early_ends, observe, tenures_of

Row = tuple[str, str, str, int]


def granted(lease: str, token: int, customer: str, at: int) -> Row:
    told: dict[str, Any] = {"lease_id": lease, "token": token, "decision_id": f"d-{lease}",
                            "expires_at": "1970-01-01T00:00:09Z"}  # fmt: skip
    return "lease.granted", customer, json.dumps(told), at << 20


def ended(how: str, lease: str, customer: str, at: int) -> Row:
    return f"lease.{how}", customer, json.dumps({"lease_id": lease}), at << 20


RIGHT = [
    granted("a", 1, "C1", 10), ended("released", "a", "C1", 20),
    granted("b", 2, "C1", 30), ended("expired", "b", "C1", 40),
    granted("c", 3, "C2", 35), ended("completed", "c", "C2", 50),
]  # fmt: skip


def watch(rows: list[Row], phones: dict[str, str] | None = None) -> list[str]:
    log = pl.DataFrame(rows, schema=["type", "customer_id", "data", "arrived"], orient="row")
    return observe(log, phones or {}, ["d-a", "d-b", "d-c", "d-x"]).wrong


def test_leases_one_after_another_are_right() -> None:
    assert watch(RIGHT) == []


def test_the_same_number_one_after_another_is_right() -> None:
    assert (
        watch([*RIGHT[:4], granted("c", 3, "C2", 41), ended("expired", "c", "C2", 50)], {"C1": "+1", "C2": "+1"}) == []
    )


@pytest.mark.parametrize(("second", "found"), [(1, ["1 double holds"]), (3, [])])
def test_within_a_millisecond_a_customer_s_events_have_their_order(second: int, found: list[str]) -> None:
    rows = [granted("a", 1, "C1", 10), ended("released", "a", "C1", 20), granted("b", 2, "C1", 20)]
    placed = [(*row[:3], row[3] + order) for row, order in zip(rows, (0, 2, second), strict=True)]
    assert watch([*placed, ended("released", "b", "C1", 30)]) == found


@pytest.mark.parametrize(
    ("planted", "phones", "found"),
    [
        ([granted("x", 9, "C2", 45), ended("expired", "x", "C2", 60)], {}, "1 double holds"),
        ([granted("x", 9, "C9", 45), ended("expired", "x", "C9", 60)], {"C9": "+1", "C2": "+1"}, "1 double holds"),
        ([granted("x", 9, "C9", 45)], {}, "1 leases that never ended"),
        ([ended("completed", "a", "C1", 25)], {}, "1 leases granted or ended twice"),
        ([granted("y", 9, "C9", 45), ended("expired", "y", "C9", 60)], {}, "1 claims without an explanation"),
    ],
)
def test_what_is_planted_is_found(planted: list[Row], phones: dict[str, str], found: str) -> None:
    assert watch(RIGHT + planted, phones) == [found]


def test_a_completion_without_a_lease_is_nobodys_end() -> None:
    assert watch([*RIGHT, ("lease.completed", "C1", '{"lease_id": null}', 99 << 20)]) == []


def test_a_lease_that_expires_before_its_holder_was_told_is_measured() -> None:
    rows = [granted("a", 1, "C1", 1000), ended("expired", "a", "C1", 7500)]
    log = pl.DataFrame(rows, schema=["type", "customer_id", "data", "arrived"], orient="row")
    assert early_ends(tenures_of(log), 0.0) == 1.5
