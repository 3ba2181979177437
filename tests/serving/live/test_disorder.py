"""Whatever happens in whatever order: live and a rebuild agree, and nobody who refused is handed out."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.harness.disorder import Disorder
from benchmarks.oracles.folded import apart, folded
from serving.clock import microseconds
from serving.composition import Composition
from serving.events.stream import Event
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from tests.serving.people.test_parting import work
from tests.serving.small_home import NOW
from tests.serving.small_service import with_other

NAMES = (*(f"c{number:03d}" for number in range(6)), *(f"n{number}" for number in range(4)))


def played(parts: Composition, seed: int, steps: int, lag: float = 0.0) -> Disorder:
    """So many steps, and a rebuild at the end."""
    # Nobody cleans the lake while an erasure waits for it.
    patient = with_other(parts, settings=replace(parts.settings, wait_bound=timedelta(0)))
    disorder = Disorder(patient, NAMES, NOW, random.Random(seed), lag)
    for _ in range(steps):
        disorder.step()
        if disorder.wrong:
            return disorder
    disorder.rebuild()
    return disorder


def test_live_and_a_rebuild_agree_and_no_refusal_is_forgotten_in_disorder(parts: Composition) -> None:
    disorder = played(parts, 1, 25)
    assert disorder.wrong == [], "\n".join(disorder.log)


@pytest.mark.study
@pytest.mark.parametrize("seed", [2, 3, 4, 6, 8, 10, 11])
def test_live_and_a_rebuild_agree_in_longer_disorder(parts: Composition, seed: int) -> None:
    disorder = played(parts, seed, 200)
    assert disorder.wrong == [], "\n".join(disorder.log)


@pytest.mark.study
@pytest.mark.parametrize("seed", range(20, 24))
def test_live_and_a_rebuild_agree_where_changes_of_who_is_who_wait_for_the_worker(
    parts: Composition, seed: int
) -> None:
    disorder = played(parts, seed, 80, lag=0.85)
    assert disorder.wrong == [], "\n".join(disorder.log)


def test_what_is_not_the_same_any_more_is_named_entry_by_entry() -> None:
    before = {"rest": {b"ann": b"5"}, "profile:ann": b"x", "later": {}}
    after = {"rest": {b"ann": b"6"}, "profile:ann": b"x"}
    assert list(apart(before, after)) == ["later: {} -> None", "rest b'ann': b'5' -> b'6'"]


def test_a_callback_that_a_dialer_tells_of_ends_the_retry_of_the_call_before_as_after_a_rebuild(
    parts: Composition,
) -> None:
    lease = parts.queue.leases.claim("all", Wanted("wang"), NOW, "2026-03-04")[0]
    parts.completions.complete(lease.id, lease.token, Outcome("no_answer", 0.0, None, {}), NOW)
    work(parts)
    name, at = lease.customer_id, microseconds(NOW)
    told = {"disposition": "callback", "callback_at": at + 3_600_000_000}
    parts.stream.accept([Event("called", "dialer", "call.completed", name, at, told)], NOW)
    work(parts)
    before = folded(parts, NOW)
    assert parts.client.hget(parts.keyspace.retries, name) is None
    parts.rebuild.run(NOW)
    assert list(apart(before, folded(parts, NOW))) == []
