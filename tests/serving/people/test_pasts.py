"""What is left of people counts for who they are as soon as they are it: no worker runs here after a merge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.hot import CustomerState
from serving.calls.promise import Promise
from serving.clock import microseconds
from serving.composition import Composition
from serving.events.stream import Event
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW
from tests.serving.small_service import with_other

PHONE = "+8613900000077"
LATER = NOW + timedelta(minutes=30)


def at(seconds: float) -> int:
    return microseconds(NOW + timedelta(seconds=seconds))


Work = Callable[[], None]


@pytest.fixture
def work(parts: Composition) -> Work:
    """Has the one worker, who has all partitions, apply what came."""
    worker = parts.stream_worker()
    worker.tend()

    def applied() -> None:
        while worker.step():
            pass

    return applied


def told(parts: Composition, work: Work, *names: str) -> None:
    """They agree to calls, and are customers like any other."""
    for name in names:
        parts.people.tell(name, {"consent:call": True, "phone": f"+86139000001{ord(name[0])}"}, at(0))
        quote = {"product": "motor", "premium": 3000.0}
        parts.stream.accept([Event(f"q-{name}", "test", "quote.requested", name, at(0), quote)], NOW)
    work()


def refused(parts: Composition, work: Work, name: str) -> None:
    data = {"channel": "call", "consent": False}
    parts.stream.accept([Event(f"no-{name}", "test", "consent.changed", name, at(1), data)], NOW)
    work()


def become_one(parts: Composition, *names: str) -> str:
    for second, name in enumerate(names):
        parts.people.tell(name, {"phone": PHONE}, at(2 + second))
    return parts.contacts.surviving(names[:1])[0]


def consent(parts: Composition, name: str) -> bool | None:
    found: bool | None = parts.scorer.score([name], LATER).sheet.plain_values("consent_call")[0]
    return found


def handed_out(parts: Composition) -> set[str]:
    """Whoever the queue has for an agent at this moment."""
    return {lease["customer_id"] for lease in parts.claims.claim("all", Wanted("wang", 400), LATER)["leases"]}


@pytest.mark.parametrize("refuser", ["a", "b"])
def test_what_one_refused_counts_for_both_as_soon_as_they_are_one(parts: Composition, work: Work, refuser: str) -> None:
    told(parts, work, "a", "b", "c")
    refused(parts, work, refuser)
    survivor = become_one(parts, "a", "b")
    assert consent(parts, survivor) is False
    found = handed_out(parts)
    assert "c" in found
    assert not {"a", "b"} & found


def test_a_refusal_counts_for_who_is_drawn_from_one_person_into_another(parts: Composition, work: Work) -> None:
    told(parts, work, "a", "b", "c")
    refused(parts, work, "b")
    become_one(parts, "a", "b")
    work()
    parts.merging.unmerge("a", "b", "lin", "a mistake", at(9))
    parts.merging.merge("b", "c", "lin", "one person", at(10))
    assert [consent(parts, name) for name in parts.contacts.surviving(["b", "c"])] == [False, False]


@pytest.mark.parametrize("held", ["a", "b"])
def test_who_is_held_is_handed_out_to_nobody_else_once_they_are_somebody_else(
    parts: Composition, work: Work, held: str
) -> None:
    told(parts, work, "a", "b", "c")
    taken = parts.claims.claim("all", Wanted("li", 400), LATER)["leases"]
    for lease in taken:
        if lease["customer_id"] != held:
            parts.queue.leases.release(lease["lease_id"], lease["token"], LATER)
    become_one(parts, "a", "b")
    found = handed_out(parts)
    assert "c" in found
    assert not {"a", "b"} & found


def test_what_came_of_calls_with_three_who_become_one_at_once_is_added_up(parts: Composition, work: Work) -> None:
    told(parts, work, "a", "b", "c")
    for lease in parts.claims.claim("all", Wanted("li", 400), LATER)["leases"]:
        if lease["customer_id"] in ("a", "b", "c"):
            outcome = Outcome("no_answer", None, None, {})
            parts.completions.complete(lease["lease_id"], lease["token"], outcome, LATER)
    work()
    for name in ("a", "b"):
        parts.people.tell(name, {"email": f"{name}@example.com"}, at(3))
    parts.people.tell("c", {"email": "a@example.com", "phone": PHONE}, at(4))
    one = parts.contacts.surviving(["c"])[0]
    parts.people.tell("b", {"email": "a@example.com"}, at(5))
    assert parts.contacts.surviving(["a", "b", "c"]) == [one] * 3
    (attempts,) = parts.attempt_records.attempts([one])
    assert attempts.misses == 3
    assert "a" not in handed_out(parts)


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_calls_with_who_comes_apart_are_told_apart_whoever_is_told_apart_first(
    parts: Composition, work: Work, order: str
) -> None:
    told(parts, work, "a", "b")
    for lease in parts.claims.claim("all", Wanted("li", 400), LATER)["leases"]:
        if lease["customer_id"] in ("a", "b"):
            outcome = Outcome("no_answer", None, None, {})
            parts.completions.complete(lease["lease_id"], lease["token"], outcome, LATER)
    become_one(parts, "a", "b")
    work()
    parts.merging.unmerge("b", "a", "lin", "a mistake", at(9))
    entries = parts.stream.wait(dict(enumerate(parts.stream.applied())), 2000, 0)
    for name in order:
        parts.application.apply([entry for entry in entries if entry.event.customer_id == name], NOW)
    assert [attempts.misses for attempts in parts.attempt_records.attempts(["a", "b"])] == [1, 1]
    for name in ("a", "b"):
        assert "lease.completed" in [event.type for event in parts.hot_timelines.kept([name])]


def test_who_was_erased_before_they_are_told_apart_does_not_come_back(parts: Composition, work: Work) -> None:
    told(parts, work, "a", "b")
    for lease in parts.claims.claim("all", Wanted("li", 400), LATER)["leases"]:
        if lease["customer_id"] == "a":
            outcome = Outcome("no_answer", None, None, {})
            parts.completions.complete(lease["lease_id"], lease["token"], outcome, LATER)
    become_one(parts, "a", "b")
    work()
    parts.merging.unmerge("a", "b", "lin", "a mistake", at(9))
    patient = with_other(parts, settings=replace(parts.settings, wait_bound=timedelta(0)))
    patient.erasure.erase("a", LATER)
    entries = parts.stream.wait(dict(enumerate(parts.stream.applied())), 2000, 0)
    for name in ("a", "b"):
        parts.application.apply([entry for entry in entries if entry.event.customer_id == name], LATER)
    assert parts.attempt_records.packed(["a"]) == [b""]
    assert parts.hot_timelines.kept(["a"]) == []
    assert parts.contacts.read(["b"]) != [None]


def test_the_earlier_of_two_promises_holds_for_both_at_once(parts: Composition, work: Work) -> None:
    told(parts, work, "a", "b")
    due = LATER + timedelta(hours=2)
    promise = Promise("li", due, due + timedelta(hours=1))
    parts.queue.rests.rest("b", due, NOW, promise=promise, disposition="callback")
    survivor = become_one(parts, "a", "b")
    (kept,) = parts.queue.promises.of([survivor])
    assert kept is not None
    assert kept.due == due


def test_nothing_counts_twice_once_the_worker_has_joined_them_too(parts: Composition, work: Work) -> None:
    told(parts, work, "a", "b", "c")
    become_one(parts, "a", "b", "c")
    at_once = kept(parts, ["a"])
    work()
    assert same(at_once, kept(parts, ["a"]))
    parts.recorder.drain()
    parts.rebuild.run(LATER)
    assert same(at_once, kept(parts, ["a"]))


def kept(parts: Composition, names: Iterable[str]) -> CustomerState:
    return parts.hot.read(parts.client, parts.contacts.surviving(list(names)))


def same(one: CustomerState, other: CustomerState) -> bool:
    pairs = ((one.interactions, other.interactions), (one.standing, other.standing))
    return all(np.allclose(a, b, rtol=1e-12, equal_nan=True) for a, b in pairs)
