"""A steady stream of events on a small machine: 2,500 and 5,000 a second, and how soon each is ranked."""

from __future__ import annotations

from typing import Any

from benchmarks import freshness

RATES = {"2500": 250.0, "5000": 1000.0}
"""By events a second, the milliseconds within which 99 of 100 are to be ranked."""

QUICK = {"size": 2_000, "trained_on": 2_000, "rates": "200", "seconds": 5.0}
FULL = {"size": 200_000, "trained_on": 20_000, "seconds": 120.0}


def run(
    size: int = 20_000, trained_on: int = 20_000, rates: str = "2500,5000", seconds: float = 30.0, workers: int = 1
) -> dict[str, Any]:
    """For each rate what `freshness` says of it. missed: rates that were not kept up in their time."""
    found = {
        rate: freshness.run(size=size, trained_on=trained_on, rate=float(rate), seconds=seconds, workers=workers)
        for rate in rates.split(",")
    }
    missed = [
        rate
        for rate, told in found.items()
        if not told["kept_up"] or told["scheduled_to_ranked_ms"]["p99"] > RATES.get(rate, freshness.BAR * 1000)
    ]
    return {"customers": size, "rates": found, "aims_ms": RATES, "missed": missed}
