"""Charts of the page of a look: what was said against what was found, and what was expected beside what came true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 180, 46, 22
"""Of a chart by week, with room for its scales."""


def reliability(bins: Sequence[Mapping[str, float]], size: int = 260) -> str:
    """Said against found by bin, with intervals; on the line they are alike."""
    top = max(max(one["said"], one["high"]) for one in bins) * 1.05 or 1.0

    def at(value: float) -> float:
        return size * min(value, top) / top

    marks = "".join(
        f'<line x1="{at(one["said"]):.1f}" x2="{at(one["said"]):.1f}" y1="{size - at(one["low"]):.1f}" '
        f'y2="{size - at(one["high"]):.1f}" stroke="#8fb4e8" stroke-width="2"/>'
        f'<circle cx="{at(one["said"]):.1f}" cy="{size - at(one["found"]):.1f}" r="3.5" fill="#27588f">'
        f"<title>{one['said']:.3f} → {one['found']:.3f}</title></circle>"
        for one in bins
    )
    label = "校准图：横轴为预测概率，纵轴为实际比例 calibration: said across, found up"
    return (
        f'<svg role="img" aria-label="{label}" width="{size}" height="{size}" viewBox="0 0 {size} {size}">'
        f'<line x1="0" y1="{size}" x2="{size}" y2="0" stroke="#c3ccd6" stroke-dasharray="4"/>{marks}</svg>'
        f"<p><small>横轴 said, 纵轴 found; 0 – {top:.3f}</small></p>"
    )


def by_week(cohorts: Sequence[Mapping[str, Any]], figure: str) -> str:
    """What was expected of each week, as a band, and what came true, as points with their intervals; of weeks that are
    not judged yet the early figure, hollow. Nothing where fewer than two weeks have the figure.
    """
    weeks = [one for one in cohorts if one["expected"][figure] is not None]
    if len(weeks) < 2:
        return ""
    expected = [one["expected"][figure] for one in weeks]
    came = [_came(one, figure) for one in weeks]
    ends = [end for one in [*expected, *(found for found, _ in came if found)] for end in _ends(one)]
    low, high = min(ends), max(ends)
    room = (high - low) * 0.1 or 0.01
    low, high = max(0.0, low - room), high + room

    def x(place: int) -> float:
        return LEFT + (WIDTH - LEFT - 10) * (place + 0.5) / len(weeks)

    def y(value: float) -> float:
        return (HEIGHT - BOTTOM) * (1 - (value - low) / (high - low))

    upper = [f"{x(n):.1f},{y(_ends(one)[1]):.1f}" for n, one in enumerate(expected)]
    lower = [f"{x(n):.1f},{y(_ends(one)[0]):.1f}" for n, one in enumerate(expected)]
    line = " ".join(f"{x(n):.1f},{y(one['value']):.1f}" for n, one in enumerate(expected))
    points = "".join(_point(x(n), found, judged, y) for n, (found, judged) in enumerate(came) if found)
    scale = "".join(
        f'<text x="2" y="{y(value) + 4:.1f}" font-size="11">{value:.3f}</text>' for value in (low + room, high - room)
    )
    days = "".join(
        f'<text x="{x(n):.1f}" y="{HEIGHT - 6}" font-size="11" text-anchor="middle">{weeks[n]["begins"][5:10]}</text>'
        for n in range(0, len(weeks), max(1, len(weeks) // 8))
    )
    return (
        f'<svg role="img" aria-label="{_LABELS[figure]}" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}"><polygon points="{" ".join([*upper, *reversed(lower)])}" fill="#dbe7f6"/>'
        f'<polyline points="{line}" fill="none" stroke="#8fb4e8" stroke-width="2"/>{points}{scale}{days}</svg>'
        f"<p><small>{_LABELS[figure]}</small></p>"
    )


_LABELS = {
    "rate": "成功率：带为标签到来前的预计，点为实际（空心为早期） rate: the band was expected before labels, "
    "points came true (hollow: early)",
    "auc": "AUC：带为标签到来前的预计，点为实际 AUC: the band was expected before labels, points came true",
}


def _came(cohort: Mapping[str, Any], figure: str) -> tuple[Mapping[str, Any] | None, bool]:
    """What came true, and whether the week is judged."""
    if cohort["came_true"] is not None:
        return cohort["came_true"][figure], True
    return (cohort["early_rate"] if figure == "rate" else None), False


def _ends(found: Mapping[str, Any]) -> tuple[float, float]:
    low, high = found["low"], found["high"]
    return (found["value"] if low is None else low), (found["value"] if high is None else high)


def _point(x: float, found: Mapping[str, Any], judged: bool, y: Any) -> str:
    low, high = _ends(found)
    fill = "#27588f" if judged else "#ffffff"
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(low):.1f}" y2="{y(high):.1f}" stroke="#27588f"/>'
        f'<circle cx="{x:.1f}" cy="{y(found["value"]):.1f}" r="3.5" fill="{fill}" stroke="#27588f">'
        f"<title>{found['value']:.4f}</title></circle>"
    )
