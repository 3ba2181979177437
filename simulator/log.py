"""The log that behaviour writes to: columns of small integers, turned into words only once, at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulator.arrays import Array
from simulator.vocabulary import EVENT_TYPES, code

NEVER = np.iinfo(np.int32).min
"""A time that is not set."""

COLUMNS: dict[str, tuple[type[np.generic], float]] = {
    "customer": (np.int32, -1),
    "time": (np.int32, NEVER),
    "type": (np.int8, -1),
    "product": (np.int8, -1),
    "channel": (np.int8, -1),
    "disposition": (np.int8, -1),
    "policy": (np.int32, -1),
    "topic": (np.int8, -1),
    "talk": (np.float32, np.nan),
    "premium": (np.float32, np.nan),
    "expires": (np.int32, NEVER),
    "consent": (np.int8, -1),
}
"""Type of each column and the value that means "does not apply"."""


@dataclass
class EventLog:
    """Events in the order they were decided; `sorted` puts them into the order of time."""

    chunks: list[dict[str, Array | float]] = field(default_factory=list)

    def append(self, kind: str, customer: Array, time: Array, **columns: Array | float) -> None:
        """Record one event of type `kind` per element; a column is an array or one value for all."""
        if len(customer):
            chunk: dict[str, Array | float] = {"customer": customer, "time": time, **columns}
            self.chunks.append({"type": code(EVENT_TYPES, kind), **chunk})

    def __len__(self) -> int:
        return sum(_length(chunk) for chunk in self.chunks)

    def column(self, name: str) -> Array:
        """All values of one column, in the order of recording."""
        dtype, missing = COLUMNS[name]
        out = np.full(len(self), missing, dtype)
        at = 0
        for chunk in self.chunks:
            end = at + _length(chunk)
            if name in chunk:
                out[at:end] = chunk[name]
            at = end
        return out

    def order(self, horizon: int) -> Array:
        """Positions of the events before `horizon`, by time; events of one second keep their order."""
        time = self.column("time")
        key = (time.astype(np.int64) << 32) | np.arange(time.size)
        key.sort()
        return key[: np.searchsorted(key, np.int64(horizon) << 32)] & 0xFFFF_FFFF


def _length(chunk: dict[str, Array | float]) -> int:
    return len(np.asarray(chunk["customer"]))
