"""Events of a feed, a CloudEvent per line, into the durable stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from serving.clock import Clock
from serving.intake.intake import Intake
from serving.jsontext import NotJson, read_json
from serving.sources.feed import Feed
from serving.sources.lines import LONGEST, Line, Lines
from serving.sources.retrying_intake import Offered, RetryingIntake, Tell
from serving.sources.tally import Tally

Progress = Callable[[Tally, float | None], None]
"""Called with the counts so far and the share that is read, where the whole is known."""


@dataclass(frozen=True)
class Tailed:
    """What became of the lines. `complete`: the end was reached, not only a stop; `left`: lines read, not taken."""

    tally: Tally
    complete: bool
    left: int


def tail(intake: Intake, clock: Clock, feed: Feed, stopped: Event, tell: Tell, progress: Progress) -> Tailed:
    """Hand in every line until the feed's end, or until stopped, after the batch in hand.

    Refused lines are told and leave the others as they are. Raises Unavailable when the hot store is lost.
    """
    lines, tally, left = Lines(feed, stopped), Tally(), 0
    door = RetryingIntake(clock, intake, stopped.wait, tell)
    for batch in lines.batches():
        taken = door.take([offered(line) for line in batch])
        if taken is None:
            left += len(batch)
            tell(f"stopped while the stream was full: lines {batch[0].number} to {batch[-1].number} were not taken")
            continue
        tally.add(taken)
        progress(tally, lines.bytes / feed.size if feed.size else None)
    return Tailed(tally, not stopped.is_set(), left)


def offered(line: Line) -> Offered:
    """The event of a line, or why there is none.

    >>> offered(Line(3, b'{"id": '))
    Offered(place='line 3', item=None, problem='is not JSON: Expecting value at column 8')
    """
    place = f"line {line.number}"
    if not line.whole:
        return Offered(place, problem=f"is longer than {LONGEST:,} bytes")
    return read(place, line.text)


def read(place: str, text: bytes) -> Offered:
    """JSON, or why it is none; the message does not repeat the text, which may be personal."""
    try:
        return Offered(place, read_json(text))
    except NotJson as error:
        return Offered(place, problem=f"is not JSON: {error}")
