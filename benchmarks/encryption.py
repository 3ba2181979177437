"""What it costs that a home is encrypted: the same work in turns over an open home and an encrypted copy of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.harness.homes import copy_of, insurer
from features.encrypting import close_lake
from features.home import Home
from features.sealing import KeyFile, encrypt
from serving.clock import Clock, microseconds
from serving.composition import Composition, compose
from serving.decisions.batch import Request
from serving.events.stream import Event
from serving.queue.lease import Wanted
from serving.settings import Settings
from serving.store.engine import running
from terminal.progress import steps

QUICK = {"size": 2_000, "rounds": 10}

MOST = 1.15
"""How many times the processor's time of the open home that of the encrypted one may be."""

Work = Callable[[int], object]


def run(size: int = 20_000, trained_on: int = 2_000, rounds: int = 40, home: str = "") -> dict[str, Any]:
    """Milliseconds of the processor for each kind of work, the store's included, over the open and over the encrypted
    home, and their ratios. home: a folder to copy, in place of a sample insurer. wrong: ratios above MOST.
    """
    with ExitStack() as stack, steps("encryption") as report:
        source = Path(home) if home else insurer(size, trained_on, report)
        sides = {name: stack.enter_context(_composed(source, name == "sealed")) for name in ("open", "sealed")}
        works = {name: _works(parts) for name, parts in sides.items()}
        spent = {kind: dict.fromkeys(sides, 0.0) for kind in works["open"]}
        for turn in range(-2, rounds):
            # In turns one side comes first, then the other.
            order = list(sides)[:: 1 if turn % 2 else -1]
            for kind, name in ((kind, name) for kind in spent for name in order):
                took = _cost(sides[name], works[name][kind], turn + 2)
                spent[kind][name] += took if turn >= 0 else 0.0
    ratios = {kind: round(took["sealed"] / took["open"], 3) for kind, took in spent.items()}
    told = {kind: {name: took * 1000 / rounds for name, took in both.items()} for kind, both in spent.items()}
    return {"cpu_ms": told, "ratios": ratios, "wrong": sum(ratio > MOST for ratio in ratios.values())}


@contextmanager
def _composed(source: Path, sealed: bool) -> Iterator[Composition]:
    with copy_of(source) as copy:
        if sealed:
            encrypt(copy.folder, KeyFile.made(copy.folder.parent / "key"))
            close_lake(copy)
        with running(copy.hot, fsync="no") as url:
            yield _filled(copy, url)


def _filled(home: Home, url: str) -> Composition:
    begin = home.observed_until
    parts = compose(Settings(home.folder, url, Clock.starting_at(begin).offset), url)
    parts.rebuild.run(begin)
    return parts


def _works(parts: Composition) -> Mapping[str, Work]:
    """By its name a piece of work, told which turn it is."""
    now, worker = parts.home.observed_until, parts.stream_worker()
    worker.tend()
    ids = [name for names in parts.contacts.ids(1000) for name in names]

    def some(turn: int, count: int) -> list[str]:
        return [ids[(turn * count + place) % len(ids)] for place in range(count)]

    def events(turn: int) -> None:
        parts.stream.accept([_viewed(name, turn, now) for name in some(turn, 500)], now)
        while worker.step():
            pass

    return {
        "score_1": lambda turn: parts.scores.answer(some(turn, 1), 0, now),
        "score_1000": lambda turn: parts.scores.answer(some(turn, 1000), 0, now),
        "next_action_1": lambda turn: parts.next_actions.answer(some(turn, 1), Request("next-action"), now),
        "claim_1": lambda turn: parts.claims.claim("all", Wanted(f"agent-{turn}"), now),
        "claim_20": lambda turn: parts.claims.claim("all", Wanted(f"team-{turn}", 20), now),
        "events_500": events,
    }


def _viewed(customer_id: str, turn: int, now: datetime) -> Event:
    return Event(f"{customer_id}-{turn}", "bench", "quote.requested", customer_id, microseconds(now), {})


def _cost(parts: Composition, work: Work, turn: int) -> float:
    """Seconds of the processor, of this process and of the store's."""
    before, store = time.process_time(), _store_time(parts)
    work(turn)
    return time.process_time() - before + _store_time(parts) - store


def _store_time(parts: Composition) -> float:
    told: Any = parts.client.info("cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])
