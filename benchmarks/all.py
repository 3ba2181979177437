"""Every benchmark by its name: what runs it, and the sizes that results are told for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks import (
    agents,
    crash,
    decision,
    fold,
    freshness,
    http,
    order,
    parity,
    queue,
    replay,
    scoring,
    simulator,
    transform,
    violations,
)


@dataclass(frozen=True)
class Benchmark:
    """run: gives its figures by name; `wrong` among them counts promises that were broken. full: its parameters for
    the sizes that results are told for.
    """

    run: Callable[..., dict[str, Any]]
    full: Mapping[str, Any] = field(default_factory=dict)


BENCHMARKS: Mapping[str, Benchmark] = {
    "fold": Benchmark(fold.run),
    "transform": Benchmark(transform.run),
    "decision": Benchmark(decision.run),
    "violations": Benchmark(violations.run),
    "scoring": Benchmark(scoring.run),
    "simulator": Benchmark(simulator.run),
    "http": Benchmark(http.run),
    "freshness": Benchmark(freshness.run, freshness.FULL),
    "crash": Benchmark(crash.run, crash.FULL),
    "agents": Benchmark(agents.run, agents.FULL),
    "parity": Benchmark(parity.run, parity.FULL),
    "replay": Benchmark(replay.run, replay.FULL),
    "queue": Benchmark(queue.run),
    "order": Benchmark(order.run, order.FULL),
}
