"""How far a long command is: a bar on a terminal, else a plain line every few seconds, so that a log tells it too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from terminal.output import notes, say

Report = Callable[..., None]
"""Called with the name of the step that begins, or with a step and the share of it that is done."""

LOOK, EVERY = 1.0, 5.0
"""Seconds between looks whether another step has begun, and after which the same one is told again."""


@contextmanager
def steps(title: str) -> Iterator[Report]:
    """Tell on standard error how far it is for as long as the block runs. What is over within a second says nothing
    where there is no terminal.
    """
    with _bar(title) if notes.is_terminal and not notes.is_dumb_terminal else _lines(title) as report:
        yield report


@contextmanager
def _bar(title: str) -> Iterator[Report]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=notes, transient=True) as progress:
        task = progress.add_task(title, total=None)

        def report(step: str, done: float | None = None) -> None:
            progress.update(task, description=f"{title}: {step}", total=1.0 if done is not None else None,
                            completed=done or 0.0)  # fmt: skip

        yield report


@contextmanager
def _lines(title: str) -> Iterator[Report]:
    lines, ended = Lines(title), threading.Event()

    def tell() -> None:
        while not ended.wait(LOOK):
            line = lines.due(time.monotonic())
            if line is not None:
                say(line)

    teller = threading.Thread(target=tell, daemon=True)
    lines.begin(time.monotonic())
    teller.start()
    try:
        yield lines.report
    finally:
        ended.set()
        teller.join()


class Lines:
    """Which line is due: one for every step that is seen begun, and again while it goes on.

    >>> lines = Lines("train renewal")
    >>> lines.begin(100.0)
    >>> lines.report("fit", 0.25)
    >>> lines.due(101.0)
    'train renewal: fit 25% · 1 s'
    >>> lines.due(102.0)
    >>> lines.due(106.0)
    'train renewal: fit 25% · 6 s'
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._step: tuple[str, float | None] = ("", None)
        self._told: tuple[str, float] | None = None
        self._began = 0.0

    def begin(self, now: float) -> None:
        """Seconds count from here."""
        self._began = now

    def report(self, step: str, done: float | None = None) -> None:
        """What is done now."""
        self._step = (step, done)

    def due(self, now: float) -> str | None:
        """The line to tell now, None where nothing new is to be told."""
        step, done = self._step
        if self._told is not None and self._told[0] == step and now - self._told[1] < EVERY:
            return None
        self._told = (step, now)
        share = "" if done is None else f" {done:.0%}"
        return f"{self._title}{': ' if step else ''}{step}{share} · {now - self._began:.0f} s"
