"""The benchmark of the queue hands out what it says it does."""

from __future__ import annotations

from benchmarks.queue import run


def test_it_claims_from_every_cell_and_tells_memory_and_times() -> None:
    figures = run(size=12_000, claims=3)
    assert figures["leads"] == 12_000
    assert figures["bytes_per_lead"] > 50
    assert figures["claim_200_p99_ms"] >= figures["claim_200_p50_ms"] > 0
    assert figures["claim_1_cpu_p99_ms"] >= 0
