"""The fold: events into state. Exact in any order of arrival, and the same for a micro-batch and for all of history.

A decayed counter with state `(c, t)` and half-life `h` takes an event at `e` with weight `w` to
`c·2^-(e-t)/h + w` at time `e` when `e ≥ t`, else to `c + w·2^-(t-e)/h` at time `t`: both are the sum of every weight
decayed to the latest event's time. `fold` takes events one after another, so that the same order of arrival gives the
same bits in any batches; `run` scans all of history at once and agrees to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from features.columns import EventColumns
from features.recent import Recent, fold_recent, run_recent
from features.slots import Counter, Register, StateLayout
from leads.sheet.missing import zero_where_missing


def fold(layout: StateLayout, state: np.ndarray, rows: np.ndarray, events: EventColumns) -> np.ndarray:
    """The state after the events; the given state is left as it was.

    state: (n, width). rows: for each event, the row of its customer in `state`; events come in their order of arrival.
    Duplicates must be gone already.
    """
    after = state.copy()
    for slot, start in zip(layout.slots, layout.starts, strict=True):
        chosen = events.selects(slot)
        if len(chosen) == 0:
            continue
        columns = after[:, start : start + len(slot.columns)]
        if isinstance(slot, Counter):
            _fold_counter(slot, columns, rows[chosen], events, chosen)
        elif isinstance(slot, Recent):
            fold_recent(columns, rows[chosen], events.time[chosen])
        else:
            _fold_register(slot, columns, rows[chosen], events, chosen)
    return after


def _fold_counter(
    slot: Counter, columns: np.ndarray, rows: np.ndarray, events: EventColumns, chosen: np.ndarray
) -> None:
    """One event of each customer at a time, in their order: the bits are the same in whatever batches they come."""
    times = events.time[chosen]
    first = columns[:, 1]
    np.fmin.at(first, rows, times)
    if len(slot.decays) == 0:
        last = columns[:, 0]
        np.fmax.at(last, rows, times)
        return
    weights = events.weights(slot, chosen)
    for turn in _turns(rows):
        _count(slot, columns, rows[turn], times[turn], weights[turn])


def _count(slot: Counter, columns: np.ndarray, rows: np.ndarray, times: np.ndarray, weights: np.ndarray) -> None:
    """Bring what was counted, and one event of each of these distinct rows, to the later time, and add them."""
    before = columns[rows, 0]
    last = np.fmax(before, times)
    age = zero_where_missing(last - before)
    kept = columns[rows, 2:] * np.exp2(-age[:, None] / slot.decays)
    columns[rows, 2:] = kept + weights * np.exp2(-(last - times)[:, None] / slot.decays)
    columns[rows, 0] = last


def _turns(rows: np.ndarray) -> Iterator[np.ndarray]:
    """Positions of the first event of every row, then of the second, and so on."""
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    opens = np.append(True, ordered[1:] != ordered[:-1])
    begin = np.maximum.accumulate(np.where(opens, np.arange(len(rows)), 0))
    turn = np.arange(len(rows)) - begin
    by_turn = order[np.argsort(turn, kind="stable")]
    stops = np.cumsum(np.bincount(turn))
    yield from np.split(by_turn, stops[:-1])


def _fold_register(
    slot: Register, columns: np.ndarray, rows: np.ndarray, events: EventColumns, chosen: np.ndarray
) -> None:
    """Keep, per row, the greatest of (time, values) among what stood and what came."""
    came = np.column_stack([events.time[chosen], *(events.numbers[value][chosen] for value in slot.values)])
    order = np.lexsort((*(_sortable(came[:, i]) for i in range(came.shape[1] - 1, -1, -1)), rows))
    latest = order[np.flatnonzero(np.append(rows[order][1:] != rows[order][:-1], True))]
    targets = rows[latest]
    stood, comes = columns[targets], came[latest]
    newer = _greater(comes, stood)
    columns[targets[newer]] = comes[newer]


def _sortable(values: np.ndarray) -> np.ndarray:
    """Missing values sort below all others."""
    return np.where(np.isnan(values), -np.inf, values)


def _greater(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Row-wise lexicographic left > right; missing is less than anything."""
    left, right = _sortable(left), _sortable(right)
    greater = np.zeros(len(left), dtype=bool)
    equal = np.ones(len(left), dtype=bool)
    for position in range(left.shape[1]):
        greater |= equal & (left[:, position] > right[:, position])
        equal &= left[:, position] == right[:, position]
    return greater


def run(
    layout: StateLayout, customers: np.ndarray, events: EventColumns, asked: np.ndarray | None = None
) -> np.ndarray:
    """The running state: row i is the state of event i's customer after events up to i.

    customers: an integer per event; events must be ordered by (customer, time). asked: the events whose rows are
    wanted, all of them where it is None. Returns (n, width), column by column in memory.
    """
    count = len(customers)
    opens = np.append(True, customers[1:] != customers[:-1])
    starts = np.maximum.accumulate(np.where(opens, np.arange(count), 0))
    starts = starts if asked is None else starts[asked]
    states = np.empty((len(starts), len(layout.columns)), order="F")
    for slot, start in zip(layout.slots, layout.starts, strict=True):
        stop = start + len(slot.columns)
        chosen = events.selects(slot)
        if len(chosen) == 0:
            states[:, start:stop] = layout.blank[start:stop]
            continue
        if isinstance(slot, Counter):
            own = _run_counter(slot, customers[chosen], events, chosen)
        elif isinstance(slot, Recent):
            own = run_recent(slot, customers[chosen], events.time[chosen])
        else:
            own = _run_register(slot, customers[chosen], events, chosen)
        latest = _latest(chosen, count) if asked is None else np.searchsorted(chosen, asked, side="right") - 1
        _spread(states[:, start:stop], own, chosen, latest, starts, layout.blank[start:stop])
    return states


def _latest(chosen: np.ndarray, count: int) -> np.ndarray:
    """Of each of so many events, how many of the chosen ones are at or before it, less one."""
    touched = np.zeros(count, dtype=np.int32)
    touched[chosen] = 1
    return np.cumsum(touched) - 1


def _spread(
    out: np.ndarray, own: np.ndarray, chosen: np.ndarray, latest: np.ndarray, starts: np.ndarray, blank: np.ndarray
) -> None:
    """Give every event the slot's state after the last of the slot's own events at or before it, else the blank.
    starts: where the event's customer begins.
    """
    unseen = latest < 0
    unseen |= chosen[np.maximum(latest, 0)] < starts
    latest[unseen] = len(own)
    for column in range(own.shape[1]):
        values = np.append(own[:, column], blank[column])
        np.take(values, latest, out=out[:, column], mode="clip")


def _run_counter(slot: Counter, customers: np.ndarray, events: EventColumns, chosen: np.ndarray) -> np.ndarray:
    """Decayed running sums by doubling: after step k each event holds the sum over the last 2^k of its customer."""
    times = events.time[chosen]
    opens = np.append(True, customers[1:] != customers[:-1])
    begin = np.maximum.accumulate(np.where(opens, np.arange(len(customers)), 0))
    ordinal = np.arange(len(customers)) - begin
    own = np.empty((len(chosen), len(slot.columns)))
    own[:, 0], own[:, 1] = times, times[begin]
    if len(slot.decays) == 0:
        return own
    sums = events.weights(slot, chosen)
    step = 1
    reach = np.flatnonzero(ordinal >= step)
    while len(reach):
        back = reach - step
        decay = np.exp2(-(times[reach] - times[back])[:, None] / slot.decays)
        sums[reach] += sums[back] * decay
        step *= 2
        reach = reach[ordinal[reach] >= step]
    own[:, 2:] = sums
    return own


def _run_register(slot: Register, customers: np.ndarray, events: EventColumns, chosen: np.ndarray) -> np.ndarray:
    """The greatest (time, values) so far; in time order that is the event itself but for ties, resolved within them."""
    own = np.column_stack([events.time[chosen], *(events.numbers[value][chosen] for value in slot.values)])
    ties = np.flatnonzero((customers[1:] == customers[:-1]) & (own[1:, 0] == own[:-1, 0])) + 1
    for position in ties:
        if _greater(own[position - 1 : position], own[position : position + 1])[0]:
            own[position] = own[position - 1]
    return own
