"""The recorder: every accepted entry is in the lake once, whatever stops it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from features.lake import read_events
from serving.composition import Composition, compose
from serving.events.stream import Event, order
from serving.recording.recorder import Recorder
from tests.serving.small_home import NOW


def accept(parts: Composition, name: str, count: int) -> None:
    events = [
        Event(f"{name}{i}", "test", "quote.requested", f"c{i:03d}", int((NOW.timestamp() - i) * 1e6), {"premium": 5.0})
        for i in range(count)
    ]
    parts.stream.accept(events, NOW)


def recorded(parts: Composition) -> list[str]:
    """Ids of live events as they stand in the files, each row of each file."""
    files = parts.home.lake.glob("events/*/*.parquet")
    frames = [pl.read_parquet(file, columns=["id", "source"]) for file in files]
    return sorted(row for frame in frames for row in frame.filter(source="test")["id"])


class Stopped(Exception):
    """Stands for the end of the process."""


def test_what_was_accepted_is_in_the_lake_and_leaves_the_streams(parts: Composition) -> None:
    accept(parts, "a", 30)
    worker = parts.stream_worker()
    worker.tend()
    while worker.step():
        pass
    parts.recorder.drain()
    assert recorded(parts) == sorted(f"a{i}" for i in range(30))
    assert parts.stream.recorded() == parts.stream.ends()


def test_entries_that_are_not_applied_stay_in_the_streams(parts: Composition) -> None:
    accept(parts, "b", 30)
    parts.recorder.drain()
    waiting = sum(len(parts.stream.read(p, after)) for p, after in enumerate(parts.stream.applied()))
    assert waiting == 30


@pytest.mark.parametrize("moment", ["before the files", "after the files"])
def test_a_recorder_that_stops_midway_leaves_each_entry_once(
    parts: Composition, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    accept(parts, "c", 20)
    write = Recorder._write

    def stop(self: Recorder, *arguments: Any) -> None:
        if moment == "after the files":
            write(self, *arguments)
        raise Stopped

    monkeypatch.setattr(Recorder, "_write", stop)
    with pytest.raises(Stopped):
        parts.recorder.step()
    monkeypatch.undo()
    accept(parts, "d", 20)
    parts.recorder.drain()
    assert recorded(parts) == sorted(f"{name}{i}" for name in "cd" for i in range(20))


def test_the_lake_keeps_the_order_of_arrival(parts: Composition) -> None:
    accept(parts, "e", 10)
    parts.recorder.drain()
    mine = read_events(parts.home, by_arrival=True).filter(pl.col("source") == "test")
    partitions = [parts.stream.partition(name) for name in mine["customer_id"]]
    assert len(partitions) == 10
    for partition in set(partitions):
        entries = parts.stream.read(partition, "0-0")
        ids = [name for name, place in zip(mine["id"], partitions, strict=True) if place == partition]
        assert ids == [entry.event.id for entry in sorted(entries, key=lambda entry: order(entry.position))]


def test_a_late_event_goes_to_its_own_day(parts: Composition) -> None:
    event = Event("late", "test", "quote.requested", "c001", int((NOW - timedelta(days=3)).timestamp() * 1e6), {})
    parts.stream.accept([event], NOW)
    parts.recorder.drain()
    day = (NOW - timedelta(days=3)).date().isoformat()
    found = [pl.read_parquet(file)["id"].to_list() for file in parts.home.lake.glob(f"events/date={day}/*.parquet")]
    assert "late" in [name for ids in found for name in ids]


def test_while_one_recorder_writes_another_that_has_the_role_waits(
    parts: Composition, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(parts, "f", 20)
    other = compose(parts.settings, str(parts.settings.redis_url)).recorder
    write, overtaken = Recorder._write, []

    def slow(self: Recorder, *arguments: Any) -> None:
        write(self, *arguments)
        if self is not other and not overtaken:
            overtaken.append(other.step())
            accept(parts, "g", 20)
            overtaken.append(other.step())

    monkeypatch.setattr(Recorder, "_write", slow)
    parts.recorder.step()
    assert overtaken == [0, 0]
    other.drain()
    assert recorded(parts) == sorted(f"{name}{i}" for name in "fg" for i in range(20))


def test_the_last_worker_to_leave_records_what_is_left_though_the_role_is_nobodys(parts: Composition) -> None:
    first, second = parts.stream_worker(), parts.stream_worker()
    for worker in (first, second, first):
        worker.tend()
    accept(parts, "h", 20)
    # The role is given up for the other's turn, who leaves before taking it.
    parts.client.delete(f"{parts.keyspace.prefix}:owner:recorder")
    for worker in (first, second):
        worker.stopping = True
    second._membership.records = first._membership.records = False
    first.run()
    assert recorded(parts) == []
    second.run()
    assert recorded(parts) == sorted(f"h{i}" for i in range(20))
