"""The managers' desk: pauses stand until somebody ends them, and the log says who did what, and why."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from serving.desk.desk import Desk, Doing
from tests.serving.small_home import NOW

PAUSE = Doing("queue.paused", "renewal", "li", "prices change", "key-1")
RESUME = Doing("queue.resumed", "renewal", "wang", "prices are in", "key-2")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "pauses.json", tmp_path / "desk.ndjson")


def test_a_pause_is_known_to_every_process_of_the_home(desk: Desk, tmp_path: Path) -> None:
    desk.pause("queue", PAUSE, NOW)
    other = Desk(tmp_path / "pauses.json", tmp_path / "desk.ndjson")
    assert other.paused("queue")["renewal"].why == "prices change"
    assert other.paused("campaign") == {}
    desk.resume("queue", RESUME, NOW)
    assert other.paused("queue") == {}


def test_what_is_paused_already_keeps_who_paused_it_first(desk: Desk) -> None:
    desk.pause("queue", PAUSE, NOW)
    again = desk.pause("queue", Doing("queue.paused", "renewal", "zhao", "lunch", "key-3"), NOW + timedelta(hours=1))
    assert (again.by, again.since) == ("li", NOW)
    assert len(desk.log(10)) == 1


def test_the_log_tells_the_latest_first(desk: Desk) -> None:
    desk.pause("queue", PAUSE, NOW)
    desk.resume("queue", RESUME, NOW + timedelta(hours=1))
    assert [(entry["what"], entry["by"], entry["why"], entry["at"]) for entry in desk.log(10)] == [
        ("queue.resumed", "wang", "prices are in", "2026-03-04T05:00:00.000Z"),
        ("queue.paused", "li", "prices change", "2026-03-04T04:00:00.000Z"),
    ]
    assert [entry["what"] for entry in desk.log(1)] == ["queue.resumed"]


def test_ending_no_pause_leaves_no_trace(desk: Desk) -> None:
    desk.resume("queue", RESUME, NOW)
    assert desk.log(10) == []
