"""Lines into the stream: each once, told when refused, soon when they are slow, none lost when there are too many."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from leads.errors import InvalidInput, NotFound, Unavailable
from serving.composition import Composition, compose
from serving.ports import free_port
from serving.sources.feed import Feed
from serving.sources.retrying_intake import Offered, RetryingIntake
from serving.sources.tail import Tailed, tail
from serving.store.pressure import RETRY_AFTER
from tests.serving.sources.written import event, line, lines, waiting


def read(parts: Composition, path: Path, told: list[str] | None = None) -> Tailed:
    """The file, to its end."""
    with closing(Feed(path)) as feed:
        return tail(
            parts.intake, parts.clock, feed, Event(), (told if told is not None else []).append, lambda *_: None
        )


@contextmanager
def following(parts: Composition, path: Path) -> Iterator[list[Tailed]]:
    """The path, followed while the block runs; afterwards the list holds what became of it."""
    stopped, found = Event(), list[Tailed]()
    with closing(Feed(path, follow=True)) as feed:
        thread = threading.Thread(
            target=lambda: found.append(tail(parts.intake, parts.clock, feed, stopped, lambda _: None, lambda *_: None))
        )
        thread.start()
        try:
            yield found
        finally:
            stopped.set()
            thread.join(timeout=10)


def soon(reached: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.02)
    return reached()


def test_every_line_is_in_the_stream_in_its_order(parts: Composition, tmp_path: Path) -> None:
    names = [f"e{i}" for i in range(2500)]
    (tmp_path / "f").write_bytes(lines(names).rstrip(b"\n"))
    found = read(parts, tmp_path / "f")
    assert (found.tally.accepted, found.complete, found.left) == (2500, True, 0)
    assert waiting(parts) == names


def test_a_file_read_again_adds_nothing(parts: Composition, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(lines("abc"))
    read(parts, tmp_path / "f")
    again = read(parts, tmp_path / "f").tally
    assert (again.accepted, again.duplicates) == (0, 3)
    assert len(waiting(parts)) == 3


def test_refused_lines_are_told_with_their_place_and_leave_the_rest(parts: Composition, tmp_path: Path) -> None:
    bad = [b'{"id": \n', b"\xff\n", b"[]\n", b"\n", line("e1", type="quote.asked"),
           line("e2", data={"premium": "Ann 138 0013 8000"}), line("half \ud800"), b"[" * 100_000 + b"\n",
           b'"' + b"x" * (1 << 20) + b'"\n']  # fmt: skip
    (tmp_path / "f").write_bytes(line("first") + b"".join(bad) + line("last"))
    told: list[str] = []
    tally = read(parts, tmp_path / "f", told).tally
    assert waiting(parts) == ["first", "last"]
    assert (tally.accepted, tally.refused, tally.events) == (2, 8, 10)
    assert [refusal.place for refusal in tally.rejected] == [f"line {n}" for n in (2, 3, 4, 6, 7, 8, 9, 10)]
    assert told == [str(refusal) for refusal in tally.rejected]
    assert told[3].startswith("line 6: event 'e1' is refused: type = 'quote.asked': one of lead.created,")
    assert told[4] == "line 7: event 'e2' is refused: data.premium: a number"
    assert not any("138" in text for text in told)


def test_a_slow_pipe_is_not_held_back(parts: Composition, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with following(parts, tmp_path / "pipe"):
        for name in ("one", "two"):
            # The second writer comes after the first has gone.
            with (tmp_path / "pipe").open("wb", buffering=0) as writer:
                writer.write(line(name))
                assert soon(lambda name=name: name in waiting(parts), 2.0)  # type: ignore[misc]


def test_a_pipe_ends_with_its_writer_unless_it_is_followed(parts: Composition, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(lines("ab")))
    writer.start()
    assert read(parts, tmp_path / "pipe").tally.accepted == 2
    writer.join(timeout=5)


def test_a_followed_file_may_grow_be_replaced_and_start_again(parts: Composition, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(line("a") + line("b")[:20])
    with following(parts, path) as found:
        assert soon(lambda: waiting(parts) == ["a"])
        with path.open("ab") as file:
            file.write(line("b")[20:])
        assert soon(lambda: len(waiting(parts)) == 2)
        path.rename(tmp_path / "log.1")
        path.write_bytes(line("c-longer"))
        assert soon(lambda: len(waiting(parts)) == 3)
        path.write_bytes(line("d"))
        assert soon(lambda: waiting(parts) == ["a", "b", "c-longer", "d"])
    assert (found[0].tally.accepted, found[0].tally.refused, found[0].complete) == (4, 0, False)


def test_a_full_stream_is_waited_for_and_nothing_is_dropped(parts: Composition, engine_url: str) -> None:
    narrow = compose(replace(parts.settings, backlog_limit=0), engine_url)
    waits: list[float] = []

    def applied_meanwhile(seconds: float) -> bool:
        waits.append(seconds)
        for partition in range(narrow.settings.partitions):
            narrow.client.delete(narrow.keyspace.stream(partition))
        return False

    door = RetryingIntake(narrow.clock, narrow.intake, applied_meanwhile, lambda _: None)
    for name in ("a", "b"):
        taken = door.take([Offered("here", event(name))])
        assert taken is not None and taken.accepted == 1
    assert waits == [RETRY_AFTER]
    narrow.client.close()


def test_told_to_stop_while_the_stream_is_full_it_says_what_was_left(
    parts: Composition, engine_url: str, tmp_path: Path
) -> None:
    narrow = compose(replace(parts.settings, backlog_limit=0), engine_url)
    (tmp_path / "f").write_bytes(lines(map(str, range(1500))))
    stopped, told = Event(), list[str]()

    def tell(text: str) -> None:
        told.append(text)
        stopped.set()

    with closing(Feed(tmp_path / "f")) as feed:
        found = tail(narrow.intake, narrow.clock, feed, stopped, tell, lambda *_: None)
    narrow.client.close()
    assert (found.tally.accepted, found.complete) == (1000, False)
    assert found.left > 0 and f"lines 1001 to {1000 + found.left} were not taken" in told[-1]


def test_a_hot_store_that_stays_away_ends_it(parts: Composition) -> None:
    nowhere = compose(parts.settings, f"redis://127.0.0.1:{free_port()}")
    told: list[str] = []
    with pytest.raises(Unavailable, match="hot store"):
        RetryingIntake(nowhere.clock, nowhere.intake, lambda _: False, told.append, patience=0.05).take(
            [Offered("here", event("a"))]
        )
    assert "trying again" in told[0]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="none"):
        Feed(tmp_path / "none")
    with pytest.raises(InvalidInput, match="named pipe"):
        Feed(tmp_path)
