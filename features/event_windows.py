"""Recalls answered from the latest times that the state keeps."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from features.layout import FeatureLayout
from features.slots import DAY
from leads.contact.event_windows import Count, EventWindow, Open, Resting, Selection, Since


def window_answers(layout: FeatureLayout, standing: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The answers at each customer's moment (microseconds): (n, windows), in the order of `layout.event_windows`."""
    answers = np.empty((len(standing), len(layout.event_windows)))
    places, slots = layout.since_windows
    answers[:, places] = (now[:, None] - standing[:, slots]) / DAY
    for position, window in enumerate(layout.event_windows):
        if not isinstance(window, Since):
            answers[:, position] = _answer(layout, window, standing, now)
    return answers


def _answer(layout: FeatureLayout, window: EventWindow, standing: np.ndarray, now: np.ndarray) -> np.ndarray:
    if isinstance(window, Open):
        return open_cases(_times(layout, window.opened, standing), _times(layout, window.closed, standing))
    times = _times(layout, window.selection, standing)
    if isinstance(window, Count):
        return count_within(times, now, window.within)
    if isinstance(window, Resting):
        return rest_left(times, now, window)
    raise TypeError(f"nothing answers a {type(window).__name__}")


def _times(layout: FeatureLayout, selection: Selection, standing: np.ndarray) -> np.ndarray:
    start = layout.standing.offsets[f"{selection.key}__1"]
    return standing[:, start : start + layout.recent_counts[selection.key]]


def count_within(times: np.ndarray, now: np.ndarray, within: timedelta) -> np.ndarray:
    """How many of the times (n, k) are less than `within` ago; what is still to come counts too."""
    recent: np.ndarray = (now[:, None] - times) < _microseconds(within)
    return np.asarray(recent.sum(axis=1), dtype=np.float64)


def rest_left(times: np.ndarray, now: np.ndarray, window: Resting) -> np.ndarray:
    """Days left of the rest that ends last, 0 where none is on."""
    last = times[:, : times.shape[1] - window.after + 1]
    first = times[:, window.after - 1 :]
    begun = np.where(last - first < _microseconds(window.within), last, -np.inf).max(axis=1)
    left = begun + _microseconds(window.rest) - now
    return np.asarray(np.maximum(left, 0.0) / DAY)


def open_cases(opened: np.ndarray, closed: np.ndarray) -> np.ndarray:
    """How many cases are open, from the latest times of both kinds (n, k): those opened after the last closing.

    A closing ends every case that was opened by then, at the same moment too: what was opened twice, or closed as it
    was opened, does not stay open for good.
    """
    ended = np.where(np.isnan(closed), -np.inf, closed).max(axis=1)
    return np.asarray((opened > ended[:, None]).sum(axis=1), dtype=np.float64)


def _microseconds(duration: timedelta) -> float:
    return duration.total_seconds() * 1e6
