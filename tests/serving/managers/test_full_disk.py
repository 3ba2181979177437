"""A disk that takes nothing more: whoever asks is told so, and nothing is half done."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from features.lake import read_events
from serving.composition import Composition
from serving.desk.desk import Desk, Doing
from tests.serving.small_home import NOW
from tests.serving.small_service import Served, serving, with_other

PAUSE = Doing("queue.paused", "renewal", "li", "prices change", "key-1")


@contextmanager
def full(left: int = 0) -> Iterator[None]:
    """No file of this process may grow past so many bytes: to whoever writes, the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("left", [0, 20, 100])
def test_a_pause_that_cannot_be_written_leaves_pauses_and_log_as_they_were(tmp_path: Path, left: int) -> None:
    desk = Desk(tmp_path / "pauses.json", tmp_path / "desk.ndjson")
    with full(left), pytest.raises(OSError, match="too large"):
        desk.pause("queue", PAUSE, NOW)
    assert desk.paused("queue") == {}
    assert desk.log(10) == []
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".new") == []
    desk.pause("queue", PAUSE, NOW)
    assert [entry["what"] for entry in desk.log(10)] == ["queue.paused"]


def test_pausing_and_registering_answer_503_and_change_nothing(served: Served) -> None:
    with full():
        paused = served.admin.post("/queues/renewal/pause", json={"by": "li", "why": "prices change"})
        registered = served.admin.put("/agents/wang", json={"max_load": 5})
    for answer in (paused, registered):
        assert answer.status_code == 503, answer.text
        assert "disk" in answer.json()["detail"]
    assert served.admin.get("/agents").json()["agents"] == []
    assert served.admin.post("/queues/renewal/pause", json={"by": "li", "why": "prices change"}).status_code == 200


def test_what_was_accepted_while_the_lake_took_nothing_is_recorded_once_it_does(
    parts: Composition, capsys: pytest.CaptureFixture[str]
) -> None:
    often, said, deadline = timedelta(seconds=0.1), "", time.monotonic() + 30
    eager = with_other(parts, settings=replace(parts.settings, record_every=often))
    with serving(eager) as served, full():
        assert served.crm.post("/events?wait=scored", json=[served.event("full", "c001")]).status_code == 202
        while "record waits" not in said and time.monotonic() < deadline:
            said += capsys.readouterr().err
            time.sleep(0.02)
        assert "the disk takes nothing more" in said
        assert "full" not in read_events(parts.home, since=NOW - timedelta(minutes=1))["id"].to_list()
    parts.recorder.drain()
    assert "full" in read_events(parts.home, since=NOW - timedelta(minutes=1))["id"].to_list()
