"""A real record replayed at a thousand times its speed: the live ranking against batch scores of the same moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness.client import Client
from benchmarks.harness.fleet import running_fleet
from benchmarks.harness.homes import copy_of
from benchmarks.harness.player import Player
from benchmarks.harness.record import Record, home_until
from serving.clock import Clock
from serving.composition import compose
from serving.http.keys import KeyFile
from serving.settings import Settings
from terminal.progress import steps

FULL = {"hours": 56.0, "checkpoints": 10}


def run(
    file: Path = Path("../shared/data/bpi2012/events.csv.gz"), start: str = "2012-02-01T07:00:00Z", hours: float = 6.0,
    speed: float = 1_000.0, checkpoints: int = 2, workers: int = 1, sweep: float = 300.0,
) -> dict[str, Any]:  # fmt: skip
    """Serve a home that ends at `start`; send it the next `hours` of the record at `speed` times the real pace.

    The service's clock runs at its own pace from after the replay's end, so that everything sent is of its past. At
    `checkpoints` moments the replay waits, and everyone's live score is compared with `nextlead score` of that moment
    on a file that ends there. sweep: seconds between two rescorings of everyone: the queue beside the scores is as
    old as that, except where events came.
    """
    begin = datetime.fromisoformat(start)
    end = begin + timedelta(hours=hours)
    with steps("replay") as report:
        record = Record.read(file)
        with copy_of(home_until(record, begin, report)) as home:
            clock = Clock.starting_at(end + timedelta(hours=1))
            settings = Settings(home.folder, clock_offset=clock.offset, sweep_every=timedelta(seconds=sweep))
            key = KeyFile(home.keys).create("admin", clock.now()).key
            with running_fleet(settings, workers, partial(_fill, settings)) as fleet:
                player = Player(Client(fleet.address, key), home, record, speed)
                stops = [begin + (end - begin) * (i + 1) / checkpoints for i in range(checkpoints)]
                for number, stop in enumerate(stops):
                    report(f"to {stop:%Y-%m-%d %H:%M}", number / checkpoints)
                    player.play(begin if number == 0 else stops[number - 1], stop)
                    player.check(stop)
    return {
        "start": start,
        "hours": hours,
        "speed": speed,
        "events": len(record.between(begin, end)),
        **player.figures(),
    }


def _fill(settings: Settings, url: str) -> None:
    parts = compose(settings, url)
    parts.rebuild.run(parts.clock.now())
