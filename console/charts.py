"""Charts as SVG, made on the server: nothing runs for them, and they print. What they show stands in a table too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """label, value: in words. start, end: between 0 and 1. kind: how it looks."""

    label: str
    value: str
    start: float
    end: float
    kind: str = ""

    @property
    def x(self) -> float:
        return round(min(self.start, self.end), 4)

    @property
    def width(self) -> float:
        return round(max(abs(self.end - self.start), 0.004), 4)


def waterfall(parts: Sequence[tuple[str, float, str]]) -> list[Bar]:
    """Bars that begin where the one before ended, the last from zero to what is left.

    parts: label, amount, in words.
    """
    running, spans = 0.0, []
    for label, amount, shown in parts:
        spans.append((label, running, running + amount, shown))
        running += amount
    edges = [0.0, running, *(edge for _, start, end, _ in spans for edge in (start, end))]
    low, high = min(edges), max(edges)
    size = (high - low) or 1.0

    def at(value: float) -> float:
        return (value - low) / size

    bars = [
        Bar(label, shown, at(start), at(end), "neg" if end < start else "soft") for label, start, end, shown in spans
    ]
    return [*bars, Bar("=", "", at(0.0), at(running))]


@dataclass(frozen=True)
class Line:
    """points: (x, y) in the chart's own size. last: where its label stands."""

    name: str
    kind: str
    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 200, 44, 12, 16, 26
"""Of a chart of lines, and its margins."""


@dataclass(frozen=True)
class LineChart:
    lines: tuple[Line, ...]
    most: float
    ticks: tuple[tuple[float, float], ...]


def lines(series: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> LineChart | None:
    """Lines over time from zero. series: name and (time in seconds, value); None where there is nothing to draw."""
    times = [at for _, points in series for at, _ in points]
    if not times:
        return None
    first, last = min(times), max(times)
    most = max(value for _, points in series for _, value in points) or 1.0
    span, height, width = (last - first) or 1.0, HEIGHT - TOP - BOTTOM, WIDTH - LEFT - RIGHT

    def place(at: float, value: float) -> tuple[float, float]:
        return LEFT + (at - first) / span * width, TOP + (1 - value / most) * height

    drawn = [
        Line(name, f"s{n % 3 + 1}", tuple(place(*point) for point in points)) for n, (name, points) in enumerate(series)
    ]
    return LineChart(tuple(drawn), most, tuple((TOP + (1 - share) * height, most * share) for share in (0, 0.5, 1)))


@dataclass(frozen=True)
class Share:
    """A part of a whole: where it begins and how wide it is, of 100."""

    name: str
    count: int
    x: float
    width: float


def shares(counts: Sequence[tuple[str, int]]) -> list[Share]:
    """Counts beside each other, of what there is of them."""
    whole = sum(count for _, count in counts) or 1
    found, begin = [], 0.0
    for name, count in counts:
        width = 100 * count / whole
        if count:
            found.append(Share(name, count, round(begin, 3), round(width, 3)))
        begin += width
    return found
