"""Every benchmark by its name: what runs it, and the sizes that results are told for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks import (
    agents,
    anytime,
    console,
    crash,
    decision,
    doors,
    encryption,
    floor,
    fold,
    freshness,
    growth,
    hostile,
    http,
    order,
    parity,
    public_sets,
    queue,
    rank300,
    replay,
    reports,
    scoring,
    seats,
    simulator,
    stream,
    sweep,
    textbook,
    train,
    transform,
    violations,
    watch,
)


@dataclass(frozen=True)
class Benchmark:
    """run: gives its figures by name; `wrong` among them counts promises that were broken. full: its parameters for
    the sizes that results are told for. quick: for a look that takes a minute or so.
    """

    run: Callable[..., dict[str, Any]]
    full: Mapping[str, Any] = field(default_factory=dict)
    quick: Mapping[str, Any] = field(default_factory=dict)


BENCHMARKS: Mapping[str, Benchmark] = {
    "fold": Benchmark(fold.run),
    "transform": Benchmark(transform.run),
    "decision": Benchmark(decision.run),
    "violations": Benchmark(violations.run),
    "scoring": Benchmark(scoring.run),
    "simulator": Benchmark(simulator.run),
    "encryption": Benchmark(encryption.run, quick=encryption.QUICK),
    "doors": Benchmark(doors.run, quick=doors.QUICK),
    "hostile": Benchmark(hostile.run, hostile.FULL, hostile.QUICK),
    "http": Benchmark(http.run),
    "freshness": Benchmark(freshness.run, freshness.FULL),
    "crash": Benchmark(crash.run, crash.FULL),
    "agents": Benchmark(agents.run, agents.FULL),
    "parity": Benchmark(parity.run, parity.FULL),
    "replay": Benchmark(replay.run, replay.FULL),
    "queue": Benchmark(queue.run),
    "order": Benchmark(order.run, order.FULL),
    "textbook": Benchmark(textbook.run, quick=textbook.QUICK),
    "rank300": Benchmark(rank300.run, quick=rank300.QUICK),
    "floor": Benchmark(floor.run, quick=floor.QUICK),
    "seats": Benchmark(seats.run, seats.FULL, seats.QUICK),
    "sweep": Benchmark(sweep.run, sweep.FULL, sweep.QUICK),
    "stream": Benchmark(stream.run, stream.FULL, stream.QUICK),
    "train": Benchmark(train.run, train.FULL, train.QUICK),
    "public": Benchmark(public_sets.run, quick=public_sets.QUICK),
    "growth": Benchmark(growth.run, growth.FULL, growth.QUICK),
    "watch": Benchmark(watch.run, watch.FULL, watch.QUICK),
    "anytime": Benchmark(anytime.run),
    "console": Benchmark(console.run, console.FULL, console.QUICK),
    "reports": Benchmark(reports.run, quick=reports.QUICK),
}
