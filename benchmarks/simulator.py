"""A year of a synthetic insurer with a million customers: the bar is three minutes."""

from __future__ import annotations

import resource
import time
from datetime import UTC, datetime
from typing import Any

from simulator import simulate

SIZE = 1_000_000


def run(size: int = SIZE) -> dict[str, Any]:
    """Seconds and peak memory to simulate `size` customers."""
    started = time.perf_counter()
    history = simulate(size, until=datetime(2026, 1, 1, tzinfo=UTC), seed=7)
    seconds = time.perf_counter() - started
    return {
        "customers": size, "events": len(history.events), "seconds": round(seconds, 1), "bar_seconds": 180,
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip
