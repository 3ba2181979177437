"""A number at which somebody asked not to be called rests for whoever has it, until who is to be called agrees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from features.lake import append_events, read_own
from leads.reasons.decision_wording import describe_rule
from serving.composition import Composition
from serving.decisions.batch import Request
from serving.events.stream import Event
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.recording.rows import event_frame
from tests.serving.small_home import NOW

SHARED, OTHER = "+8613900000601", "+8613900000602"
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> int:
    return round((NOW + minutes * MINUTE).timestamp() * 1e6)


class Pair:
    """Ann and Bob, two people kept apart on one number; Ann asked not to be called there, by a lease or by an event."""

    def __init__(self, parts: Composition, by: str) -> None:
        self.parts = parts
        self.worker = parts.stream_worker()
        self.worker.tend()
        for name, paper in (("ann", "110101199003070011"), ("bob", "110101199003070038")):
            news = {
                "phone": SHARED,
                "tag:national_id": paper,
                "consent:call": True,
                "tag:region": "east",
                "tag:age": 40.0,
            }
            parts.people.tell(name, news, at(0))
        self.settle()
        assert self.offered() >= {"ann", "bob"}
        if by == "lease":
            self.complete("ann", "do_not_call")
        else:
            self.call("dialer")
        self.settle()

    def settle(self) -> None:
        while self.worker.step():
            pass

    def tell(self, name: str, news: dict[str, Any], minutes: float) -> None:
        self.parts.people.tell(name, news, at(minutes))
        self.settle()

    def call(self, source: str, name: str = "ann") -> None:
        told = Event(f"call {name}", source, "call.completed", name, at(1), {"disposition": "do_not_call"})
        self.parts.stream.accept([told], NOW)

    def offered(self) -> set[str]:
        """Who stands in a queue."""
        return {item.customer_id for item in self.parts.queue.waiting.head("all", 1000, NOW + 9 * MINUTE)}

    def handed_out(self) -> dict[str, str]:
        """Whom a claim hands out, with the number to dial; all are given back."""
        now = NOW + 9 * MINUTE
        leases = self.parts.claims.claim("all", Wanted("wang", 200, 60), now)["leases"]
        leases += self.parts.claims.claim("all", Wanted("wang", 200, 60), now)["leases"]
        for lease in leases:
            self.parts.queue.leases.release(lease["lease_id"], lease["token"], now)
        return {lease["customer_id"]: lease["contact"]["phone"] for lease in leases}

    def complete(self, name: str, disposition: str) -> None:
        self.parts.queue.pushed.push(name, "all", "boss", "why", NOW)
        (lease,) = self.parts.queue.leases.claim("all", Wanted("wang", 1), NOW, "2026-03-04")
        assert lease.customer_id == name
        self.parts.completions.complete(lease.id, lease.token, Outcome(disposition, 3.0, None, {}), NOW + MINUTE)

    def rebuilt(self, emptied: bool = True) -> None:
        self.parts.recorder.drain()
        if emptied:
            self.parts.client.flushall()
        self.parts.rebuild.run(NOW + 8 * MINUTE)
        self.worker = self.parts.stream_worker()
        self.worker.tend()

    def refusals(self, name: str, channel: str) -> set[str]:
        """The rules that refuse actions of a channel."""
        request = Request("next_action", channel=channel, explain=1)
        now = NOW + 9 * MINUTE
        found = self.parts.next_actions.answer([name], request, now)
        return {item["rule"] for item in found["results"][0]["rejected"]}


@pytest.fixture(params=["lease", "event"])
def pair(parts: Composition, request: pytest.FixtureRequest) -> Iterator[Pair]:
    yield Pair(parts, request.param)


def test_the_number_rests_for_whoever_shares_it_and_after_a_rebuild(pair: Pair) -> None:
    assert not {"ann", "bob"} & pair.offered()
    assert not {"ann", "bob"} & pair.handed_out().keys()
    pair.rebuilt()
    assert not {"ann", "bob"} & pair.offered()
    assert not {"ann", "bob"} & pair.handed_out().keys()


def test_who_registers_with_the_number_later_is_not_called_until_they_agree(pair: Pair) -> None:
    pair.tell("bob", {"phone": None}, 2)
    pair.tell("ann", {"phone": OTHER}, 2)
    pair.tell("new", {"phone": SHARED, "tag:age": 40.0}, 3)
    assert "new" not in pair.handed_out()
    pair.tell("new", {"consent:call": True}, 4)
    assert pair.handed_out()["new"] == SHARED


def test_another_number_is_dialled_and_the_one_that_rests_is_not_even_as_an_older_one(pair: Pair) -> None:
    pair.tell("bob", {"phone": OTHER}, 2)
    assert pair.handed_out()["bob"] == OTHER
    pair.tell("old", {"phone": "+8613900000603", "tag:age": 40.0}, 2)
    pair.tell("bob", {"phone": "+8613900000603"}, 3)
    survivor = pair.parts.contacts.surviving(["bob"])[0]
    assert pair.handed_out()[survivor] in (OTHER, "+8613900000603")


def test_the_number_that_rests_is_after_a_rebuild_the_one_that_they_had_when_they_asked(pair: Pair) -> None:
    pair.tell("ann", {"phone": OTHER}, 2)
    pair.tell("new", {"phone": OTHER, "tag:national_id": "110101199003070054", "tag:age": 40.0}, 3)
    before = resting(pair.parts)
    assert pair.parts.digests.of_number(OTHER) not in before
    pair.rebuilt()
    assert resting(pair.parts) == before
    assert "bob" not in pair.handed_out()
    assert pair.handed_out()["new"] == OTHER


def test_a_number_that_is_told_after_its_owner_asked_rests_for_nobody_else_before_and_after_a_rebuild(
    parts: Composition,
) -> None:
    pair = Pair(parts, "event")
    pair.call("dialer", "cat")
    pair.settle()
    pair.tell("cat", {"phone": OTHER, "tag:national_id": "110101199003070054"}, 2)
    pair.tell("new", {"phone": OTHER, "tag:national_id": "110101199003070070", "tag:age": 40.0}, 3)
    assert pair.handed_out()["new"] == OTHER
    pair.rebuilt()
    assert pair.handed_out()["new"] == OTHER


def resting(parts: Composition) -> dict[str, float]:
    """The numbers that rest, by their digests, and since when."""
    found = parts.client.zrange(parts.keyspace.numbers, 0, -1, withscores=True)
    return {name.decode(): since for name, since in found}  # type: ignore[union-attr]


def test_whoever_agrees_to_calls_after_it_is_called_again_alone(pair: Pair) -> None:
    pair.tell("bob", {"consent:call": True}, 3)
    assert pair.handed_out().get("bob") == SHARED
    assert "ann" not in pair.handed_out()
    pair.rebuilt()
    assert pair.handed_out().get("bob") == SHARED
    pair.tell("ann", {"consent:call": True}, 4)
    assert {"ann", "bob"} & pair.handed_out().keys()


def test_the_one_who_asked_is_called_again_once_they_agree(pair: Pair) -> None:
    pair.tell("ann", {"tag:age": 41.0}, 2)
    assert "ann" not in pair.handed_out()
    pair.tell("ann", {"consent:call": True}, 3)
    assert pair.handed_out().get("ann") == SHARED
    pair.rebuilt()
    assert pair.handed_out().get("ann") == SHARED


def test_an_unrelated_update_frees_nobody(pair: Pair) -> None:
    pair.tell("bob", {"tag:age": 41.0}, 3)
    pair.tell("bob", {"consent:sms": True}, 4)
    assert not {"ann", "bob"} & pair.handed_out().keys()


def test_erasing_the_one_who_asked_does_not_free_the_number(pair: Pair) -> None:
    worker, parts = pair.worker, pair.parts
    parts.people.change(lambda pipeline: _forget(parts, pipeline))
    pair.settle()
    parts.cleaning.step()
    assert "bob" not in pair.handed_out()
    pair.rebuilt()
    assert worker is not pair.worker
    assert "bob" not in pair.handed_out()


def test_a_number_rests_on_though_the_one_who_asked_had_another_one_when_they_were_erased(pair: Pair) -> None:
    pair.tell("ann", {"phone": OTHER}, 2)
    pair.parts.people.change(lambda pipeline: _forget(pair.parts, pipeline))
    pair.settle()
    pair.parts.cleaning.step()
    assert "bob" not in pair.handed_out()
    pair.rebuilt()
    assert "bob" not in pair.handed_out()


@pytest.mark.parametrize("recorded", [True, False])
def test_another_ones_number_rests_on_though_who_was_called_at_it_is_erased(parts: Composition, recorded: bool) -> None:
    """By the lake where the call is recorded and the store has forgotten it, by the timeline where it is not yet."""
    pair, shared = Pair(parts, "lease"), {"email": "joint@example.com", "consent:call": True}
    pair.tell("cat", {"phone": OTHER, **shared}, -9)
    pair.tell("dan", {"phone": "+8613900000603", **shared}, -8)
    (name,) = parts.contacts.surviving(["dan"])
    parts.queue.pushed.push(name, "all", "boss", "why", NOW)
    (lease,) = parts.queue.leases.claim("all", Wanted("wang", 1), NOW, "2026-03-04")
    parts.completions.complete(
        lease.id, lease.token, Outcome("do_not_call", 3.0, None, {}, phone="+8613900000603"), NOW + MINUTE
    )
    pair.settle()
    parts.merging.unmerge("cat", "dan", "lin", "colleagues", at(2))
    pair.settle()
    before = resting(parts)
    assert parts.digests.of_number("+8613900000603") in before
    if recorded:
        parts.recorder.drain()
        assert parts.client.delete(parts.keyspace.timeline("cat"))
    parts.people.change(
        lambda pipeline: parts.erasure._forget(pipeline, parts.customers.known("cat"), ["cat"], NOW + 3 * MINUTE)
    )
    pair.settle()
    parts.cleaning.step()
    assert read_own(parts.home, "lease.completed").filter(pl.col("customer_id") == "cat").is_empty()
    pair.rebuilt()
    assert resting(parts) == before


def _forget(parts: Composition, pipeline: Any) -> None:
    contact = parts.customers.known("ann")
    parts.erasure._forget(pipeline, contact, ["ann"], NOW + 2 * MINUTE)


def test_other_channels_go_on_and_the_reason_reads_in_both_languages(pair: Pair) -> None:
    pair.tell("bob", {"consent:sms": True}, 2)
    assert "number_rests" in pair.refusals("bob", "call")
    assert "number_rests" not in pair.refusals("bob", "sms")
    catalogue = pair.parts.configuration.catalogue
    refusal = next(refusal for refusal in catalogue.refusals.all if refusal.rule.name == "number_rests")
    text = describe_rule(catalogue.actions[0], refusal.stage, refusal.rule)
    assert "此号码" in text["zh"]
    assert "asked not to be called" in text["en"]


def test_a_refusal_of_calls_that_is_no_do_not_call_is_the_persons_alone(parts: Composition) -> None:
    worker = parts.stream_worker()
    worker.tend()
    for name, paper in (("ann", "110101199003070011"), ("bob", "110101199003070038")):
        news = {"phone": SHARED, "tag:national_id": paper, "tag:age": 40.0}
        parts.people.tell(name, news, at(0))
    data = {"channel": "call", "consent": False}
    parts.stream.accept([Event("no", "crm", "consent.changed", "ann", at(1), data)], NOW)
    while worker.step():
        pass
    handed = {lease["customer_id"] for lease in parts.claims.claim("all", Wanted("w", 200), NOW + 9 * MINUTE)["leases"]}
    assert "bob" in handed
    assert "ann" not in handed


@pytest.mark.parametrize(("asked", "rests"), [("ann", SHARED), ("zoe", OTHER)])
def test_by_an_event_the_number_of_the_id_that_it_names_rests_whoever_is_one_with_it(
    parts: Composition, asked: str, rests: str
) -> None:
    worker = parts.stream_worker()
    worker.tend()
    for minutes, (name, phone) in enumerate((("ann", SHARED), ("zoe", OTHER))):
        parts.people.tell(name, {"phone": phone, "email": "az@example.com"}, at(minutes / 10))
    told = Event("asked", "dialer", "call.completed", asked, at(1), {"disposition": "do_not_call"})
    parts.stream.accept([told], NOW)
    while worker.step():
        pass
    assert parts.contacts.numbers.resting([SHARED, OTHER]).keys() == {parts.digests.of_number(rests)}
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(NOW + 8 * MINUTE)
    assert parts.contacts.numbers.resting([SHARED, OTHER]).keys() == {parts.digests.of_number(rests)}


def test_an_imported_refusal_rests_the_number_that_the_id_itself_had_then(parts: Composition) -> None:
    workspace = parts.configuration.workspace
    for name, phone in (("ann", SHARED), ("zoe", OTHER)):
        parts.people.tell(name, {"phone": phone, "email": "az@example.com"}, at(0))
    parts.recorder.drain()
    call = Event("asked", "import", "call.completed", "ann", at(1), {"disposition": "do_not_call"})
    append_events(parts.home, event_frame(workspace, [call]))
    parts.client.flushall()
    parts.rebuild.run(NOW + 8 * MINUTE)
    assert parts.contacts.numbers.resting([SHARED, OTHER]).keys() == {parts.digests.of_number(SHARED)}
