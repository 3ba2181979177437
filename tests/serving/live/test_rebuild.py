"""From the lake alone: the same states, records, suppressions and queue, to the byte."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.configuration import checked
from features.lake import read_own
from features.onboarding import import_into
from features.own_events import DIALLED, MERGED, NUMBER_WRONG, UNMERGED
from leads.history import History
from serving.composition import Composition
from serving.events.stream import Event
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW
from tests.serving.working import work


@pytest.fixture
def patience() -> timedelta:
    """No worker runs beside these tests."""
    return timedelta(0)


ANOTHER_DAY = NOW + timedelta(minutes=30)


def live(parts: Composition, seed: int = 3) -> None:
    """Events in random order and batches, some twice, of known customers and strangers."""
    rng = np.random.default_rng(seed)
    worker = parts.stream_worker()
    worker.tend()
    kinds = ("quote.requested", "call.completed", "policy.purchased", "consent.changed")
    events = [
        Event(
            str(i), "test", kinds[rng.integers(4)], f"c{rng.integers(260):03d}",
            int((NOW - timedelta(seconds=float(rng.integers(3 * 86_400)))).timestamp() * 1e6),
            {"product": ("motor", "health")[i % 2], "premium": float(i), "talk_seconds": float(i), "channel": "call",
             "consent": bool(rng.integers(2)), "disposition": ("sale", "no_answer")[i % 2]},
        )
        for i in range(600)
    ]  # fmt: skip
    arrived = [events[i] for i in rng.integers(0, 600, 900)]
    for start in range(0, 900, 70):
        parts.stream.accept(arrived[start : start + 70], NOW)
        worker.step()
    while worker.step():
        pass


def states(parts: Composition) -> dict[bytes, bytes]:
    """Every packed row of the hot store."""
    prefix = parts.keyspace.prefix
    keys = [key for view in ("profile", "interactions", "standing") for key in scan(parts, f"{prefix}:{view}:*")]
    return {key: parts.client.get(key) for key in sorted(keys)}  # type: ignore[misc]


def scan(parts: Composition, pattern: str) -> list[bytes]:
    return list(parts.client.scan_iter(pattern, count=5000))


def hashes(parts: Composition, *names: str) -> dict[str, Any]:
    return {name: parts.client.hgetall(getattr(parts.keyspace, name)) for name in names}


def queue(parts: Composition) -> dict[str, list[tuple[str, float]]]:
    heads = {name: parts.queue.waiting.head(name, 1000, ANOTHER_DAY) for name in parts.queue.names}
    return {name: [(item.customer_id, item.priority) for item in head] for name, head in heads.items()}


def everyone(parts: Composition) -> None:
    for ids in parts.contacts.ids(100):
        parts.placement.rescore(ids, ANOTHER_DAY)


def test_states_and_queue_are_those_that_were_folded_live_byte_for_byte(parts: Composition) -> None:
    live(parts)
    everyone(parts)
    before, ranked, people = states(parts), queue(parts), hashes(parts, "contacts", "identities")
    parts.recorder.drain()
    parts.rebuild.run(ANOTHER_DAY)
    assert states(parts) == before
    assert queue(parts) == ranked
    assert hashes(parts, "contacts", "identities") == people


def test_an_emptied_store_is_restored_from_the_lake(parts: Composition) -> None:
    live(parts)
    parts.people.tell("c001", {"tag:age": 44.0, "phone": "+8613900000009"}, int(NOW.timestamp() * 1e6))
    parts.people.tell("new", {"phone": "+8613900000009", "tag:vip": True}, int(NOW.timestamp() * 1e6) + 1)
    worker = parts.stream_worker()
    worker.tend()
    while worker.step():
        pass
    everyone(parts)
    parts.recorder.drain()
    before, ranked = states(parts), queue(parts)
    people = hashes(parts, "contacts", "identities", "merged")
    parts.client.flushall()
    parts.rebuild.run(ANOTHER_DAY)
    assert hashes(parts, "contacts", "identities", "merged") == people
    assert queue(parts) == ranked
    after = states(parts)
    assert after.keys() == before.keys()
    assert after == before


def test_who_rests_after_an_outcome_rests_after_a_rebuild_of_an_emptied_store(parts: Composition) -> None:
    leases = parts.queue.leases.claim("all", Wanted("wang", 3), NOW, "2026-03-04")
    later = NOW + timedelta(hours=2)
    outcomes = [Outcome("wrong_number", 0.0, None, {}), Outcome("no_answer", 0.0, None, {}),
                Outcome("callback", 9.0, later, {"callback_at": later.isoformat()})]  # fmt: skip
    for lease, outcome in zip(leases, outcomes, strict=True):
        parts.completions.complete(lease.id, lease.token, outcome, NOW)
    before = hashes(parts, "rest", "promises")
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(NOW)
    assert len(before["rest"]) == 3
    assert len(before["promises"]) == 1
    assert hashes(parts, "rest", "promises") == before


def test_an_event_that_waits_when_the_service_stops_is_applied_once_by_the_rebuild(parts: Composition) -> None:
    event = Event("w", "test", "quote.requested", "c001", int(NOW.timestamp() * 1e6), {"product": "motor"})
    parts.stream.accept([event], NOW)
    parts.rebuild.run(NOW)
    worker = parts.stream_worker()
    worker.tend()
    assert not worker.step()
    column = parts.configuration.layout.interactions.offsets["quote_requested__motor__last"]
    assert parts.hot.read(parts.client, ["c001"]).interactions[0][column] == event.time


def test_what_was_imported_since_is_folded_before_anybody_is_served(parts: Composition) -> None:
    configuration = parts.home.configuration
    assert not parts.rebuild.is_needed()
    customers = pl.DataFrame({"customer_id": ["imported"], "at": [NOW - timedelta(days=1)]})
    events = pl.DataFrame(schema=configuration.workspace.event_schema)
    history = checked(configuration.workspace, History(customers, events, NOW))
    import_into(configuration, parts.home.folder, history, now=NOW)
    assert parts.rebuild.is_needed()
    parts.rebuild.run(NOW)
    assert not parts.rebuild.is_needed()
    assert parts.contacts.read(["imported"])[0] is not None


def test_a_wrong_number_stays_that_of_whom_it_was_when_they_are_erased_and_nobody_elses_is_taken_for_it(
    parts: Composition,
) -> None:
    """Nobody told which number was dialled: it was the last one that the person had told, by an id that is gone."""
    at = int(NOW.timestamp() * 1e6) - 100
    for step, (name, phone) in enumerate((("ann", None), ("cat", "+8613900001001"), ("bob", "+8613900001002"))):
        parts.people.tell(name, {"email": "family@example.com", "phone": phone}, at + step)
    parts.stream.accept([Event("w", "dialer", "call.completed", "ann", at + 9, {"disposition": "wrong_number"})], NOW)
    work(parts)
    parts.merging.unmerge("ann", "bob", "lin", "no relation", at + 10)
    work(parts)
    before = parts.contacts.own(["ann", "cat"])
    assert parts.contacts.own(["bob"])[0]["bob"].spans["phone:+8613900001002"].wrong == at + 9

    parts.erasure.erase("bob", NOW)
    work(parts)
    parts.cleaning.step()
    parts.rebuild.run(NOW)

    assert parts.contacts.own(["ann", "cat"]) == before
    assert len(read_own(parts.home, NUMBER_WRONG)) == 1
    parts.erasure.erase("ann", NOW)
    work(parts)
    parts.cleaning.step()
    assert len(read_own(parts.home, NUMBER_WRONG, MERGED, UNMERGED)) == 0


def test_who_were_said_to_be_one_when_a_third_became_one_with_them_are_so_after_that_one_is_erased(
    parts: Composition,
) -> None:
    """The word that undid an older one stands in the record of whom the merge moved, who is gone."""
    at = int(NOW.timestamp() * 1e6) - 100
    for step, (name, mail) in enumerate((("ann", "a"), ("bob", "b"), ("cat", "b"))):
        parts.people.tell(name, {"email": f"{mail}@example.com"}, at + step)
    parts.merging.merge("ann", "cat", "lin", "one", at + 10)
    parts.merging.unmerge("ann", "cat", "lin", "two", at + 11)
    parts.merging.merge("ann", "bob", "lin", "all one", at + 12)
    parts.merging.unmerge("ann", "bob", "lin", "but for bob", at + 13)
    work(parts)

    parts.erasure.erase("bob", NOW)
    work(parts)
    parts.cleaning.step()
    parts.rebuild.run(NOW)

    assert parts.contacts.surviving(["cat"]) == ["ann"]
    decided = parts.client.hgetall(parts.keyspace.verdicts)
    assert decided == {b"ann": b'{"cat": true}', b"cat": b'{"ann": true}'}


def test_a_call_that_did_not_say_its_number_is_about_the_one_they_had_then_though_they_told_it_again_since(
    parts: Composition,
) -> None:
    at = int(NOW.timestamp() * 1e6) - 100
    for name, phone in (("ann", "+8613900001001"), ("cat", "+8613900001002")):
        parts.people.tell(name, {"email": "family@example.com", "phone": phone}, at)
    parts.stream.accept([Event("w", "dialer", "call.completed", "ann", at + 9, {"disposition": "wrong_number"})], NOW)
    work(parts)
    parts.people.tell("ann", {"phone": "+8613900001001"}, at + 10)
    work(parts)
    before = parts.contacts.own(["ann", "cat"])

    for _ in range(2):
        parts.rebuild.run(NOW)
        assert parts.contacts.own(["ann", "cat"]) == before


def test_a_number_that_a_call_was_about_leaves_the_record_with_whom_it_was(parts: Composition) -> None:
    at = int(NOW.timestamp() * 1e6) - 100
    for name, phone in (("ann", None), ("bob", "+8613900001002")):
        parts.people.tell(name, {"email": "family@example.com", "phone": phone}, at)
    parts.stream.accept([Event("w", "dialer", "call.completed", "ann", at + 9, {"disposition": "wrong_number"})], NOW)
    work(parts)
    parts.merging.unmerge("ann", "bob", "lin", "no relation", at + 10)
    work(parts)
    parts.recorder.drain()
    assert read_own(parts.home, DIALLED)["customer_id"].to_list() == ["ann"]

    parts.erasure.erase("bob", NOW)
    work(parts)
    parts.cleaning.step()

    assert read_own(parts.home, DIALLED).is_empty()
