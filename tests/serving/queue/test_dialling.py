"""Calls and what follows: numbers, attempts, hours and the next try, live and after a rebuild."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from typing import Any

import pytest

from leads.contact.attempts import Attempts
from leads.errors import InvalidInput
from serving.calls.attempt_records import AttemptRecord, pack, unpacked
from serving.composition import Composition
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from serving.queue.queued_people import QueuedPeople
from tests.serving.small_home import NOW
from tests.serving.small_service import Served, with_other
from tests.serving.working import work

AT = int(NOW.timestamp() * 1e6)
OLD, NEW = "+8613800007001", "+8613800007002"


def take(parts: Composition, customer: str, now: Any = NOW) -> dict[str, Any]:
    """The customer's lease, claimed as the only one."""
    parts.queue.pushed.push(customer, "all", "test", "to be first", now)
    (lease,) = parts.claims.claim("all", Wanted("wang"), now)["leases"]
    assert lease["customer_id"] == customer
    return lease


def end(parts: Composition, lease: dict[str, Any], disposition: str, now: Any = NOW, **more: Any) -> None:
    parts.completions.complete(lease["lease_id"], lease["token"], Outcome(disposition, 5.0, None, {}, **more), now)


@pytest.fixture
def moved(parts: Composition) -> Composition:
    """c004 can be reached at two numbers: a twin turned out to be them."""
    parts.people.tell("c004", {"phone": OLD}, AT)
    parts.people.tell("twin", {"phone": NEW, "email": "c4@example.com"}, AT + 1)
    parts.people.tell("c004", {"email": "c4@example.com"}, AT + 2)
    work(parts)
    return parts


def test_a_claim_names_the_number_to_dial_and_the_others_and_the_best_hours(moved: Composition) -> None:
    contact = take(moved, "c004")["contact"]
    assert contact["phones"][0] == contact["phone"]
    assert {OLD, NEW} <= set(contact["phones"])


def test_after_a_wrong_number_the_next_one_is_dialled_at_once_and_the_wrong_one_never_again(moved: Composition) -> None:
    first = take(moved, "c004")
    end(moved, first, "wrong_number")
    second = take(moved, "c004")
    assert second["contact"]["phone"] != first["contact"]["phone"]
    assert first["contact"]["phone"] not in second["contact"]["phones"]


@pytest.mark.parametrize("merging", [False, True])
def test_who_had_no_number_left_is_called_again_at_a_new_one(parts: Composition, merging: bool) -> None:
    end(parts, take(parts, "c004"), "wrong_number")
    assert parts.queue.rests.for_good(["c004"]) == ["c004"]
    if merging:
        parts.people.tell("c004", {"email": "c4@example.com"}, AT)
        parts.people.tell("twin", {"phone": NEW, "email": "c4@example.com"}, AT + 1)
    else:
        parts.people.tell("c004", {"phone": NEW}, AT)
    work(parts)
    assert take(parts, "c004")["contact"]["phones"] == [NEW]


def test_who_had_no_number_left_is_called_at_the_new_one_after_a_rebuild_too(parts: Composition) -> None:
    for customer, disposition in (("c004", "wrong_number"), ("c005", "do_not_call"), ("c007", "wrong_number")):
        end(parts, take(parts, customer), disposition)
    for customer, phone in (("c004", OLD), ("c005", NEW)):
        parts.people.tell(customer, {"phone": phone}, AT)
    work(parts)
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(NOW)
    assert parts.queue.rests.for_good(["c004", "c005", "c007"]) == ["c005", "c007"]


def test_who_was_tried_as_often_as_a_lead_may_be_is_not_called_at_a_new_number(parts: Composition) -> None:
    often = Attempts()
    for day in range(1, 12):
        often = often.called("no_answer", None, f"2026-02-{day:02}", 11)
    parts.attempt_records.write({"c004": often}, [])
    end(parts, take(parts, "c004"), "no_answer")
    parts.people.tell("c004", {"phone": NEW}, AT)
    work(parts)
    assert parts.queue.rests.for_good(["c004"]) == ["c004"]


def test_who_asked_not_to_be_called_is_not_called_at_a_new_number(parts: Composition) -> None:
    end(parts, take(parts, "c004"), "do_not_call")
    parts.people.tell("c004", {"phone": NEW}, AT)
    work(parts)
    assert parts.queue.rests.for_good(["c004"]) == ["c004"]


def test_a_dialer_may_name_the_number_it_dialled(moved: Composition) -> None:
    lease = take(moved, "c004")
    other = lease["contact"]["phones"][1]
    end(moved, lease, "busy", phone=other.removeprefix("+86"))
    (attempts,) = moved.attempt_records.attempts(["c004"])
    assert list(attempts.numbers) == [other]


def test_a_phone_that_is_none_is_refused_and_the_lease_stays(parts: Composition) -> None:
    lease = take(parts, "c004")
    with pytest.raises(InvalidInput, match="phone"):
        end(parts, lease, "busy", phone="not a number")
    assert parts.queue.leases.count() == 1


def test_a_lead_that_was_tried_enough_today_is_not_handed_out_even_when_nobody_let_it_rest(
    parts: Composition,
) -> None:
    busy = Attempts()
    for _ in range(3):
        busy = busy.called("busy", None, "2026-03-04", 11)
    parts.attempt_records.write({"c004": busy}, [])
    parts.queue.pushed.push("c004", "all", "test", "to be first", NOW)
    (lease,) = parts.claims.claim("all", Wanted("wang"), NOW)["leases"]
    assert lease["customer_id"] != "c004"


def test_hours_are_learned_from_calls_that_were_answered(parts: Composition) -> None:
    for customer, disposition in (("c004", "interested"), ("c005", "no_answer"), ("c007", "interested")):
        end(parts, take(parts, customer), disposition)
    assert parts.attempt_records.hours() == {12: (3, 2)}


def test_an_outcome_that_came_in_between_is_not_lost(parts: Composition) -> None:
    lease = take(parts, "c004")
    parts.attempt_records.write({"c004": Attempts().called("busy", None, "2026-03-04", 9)}, [])
    page = AttemptRecord(b"", Attempts(), 12, reached=False)
    assert parts.queue.leases.complete(lease["lease_id"], lease["token"], NOW, [], NOW, page=page) is None
    assert parts.queue.leases.count() == 1
    end(parts, lease, "busy")
    assert parts.attempt_records.attempts(["c004"])[0].tally.total == 2


def test_attempts_of_two_who_become_one_add_up(parts: Composition) -> None:
    queue = parts.queue
    one = Attempts().called("busy", OLD, "2026-03-04", 9).called("interested", NEW, "2026-03-04", 10)
    two = Attempts().called("no_answer", OLD, "2026-03-03", 9).called("wrong_number", NEW, "2026-03-04", 11)
    parts.attempt_records.write({"c004": one, "c005": two}, [])
    queue.people.join("c004", "c005", NOW)
    gone, both = parts.attempt_records.attempts(["c004", "c005"])
    assert gone == Attempts()
    assert (both.tally.day, both.tally.today, both.tally.total) == ("2026-03-04", 3, 4)
    assert both.numbers[OLD].tally.total == 2
    assert (both.numbers[NEW].reached, both.numbers[NEW].wrong) == (1, False)
    assert both.hours == {9: (2, 0), 10: (1, 1), 11: (1, 0)}


class Interrupted(QueuedPeople):
    """Something happens once two were read who become one, and before that is written."""

    def __init__(self, like: QueuedPeople, meanwhile: Callable[[], object]) -> None:
        vars(self).update(vars(like))
        self._meanwhile = [meanwhile]

    def join(self, customer_id: str, into: str, now: datetime, pipeline: Any = None) -> None:
        super().join(customer_id, into, now, pipeline)
        while self._meanwhile:
            self._meanwhile.pop()()


def test_a_call_that_ends_while_two_become_one_is_added_too(parts: Composition) -> None:
    end(parts, take(parts, "c004"), "busy")
    lease = take(parts, "c005")
    queue = copy(parts.queue)
    queue.people = Interrupted(queue.people, lambda: end(parts, lease, "no_answer"))
    worker = with_other(parts, queue=queue).stream_worker()
    worker.tend()
    for place, customer in enumerate(("c004", "c005")):
        parts.people.tell(customer, {"phone": NEW}, int(NOW.timestamp() * 1e6) + place)
    while worker.step():
        pass
    (survivor,) = set(parts.contacts.surviving(["c004", "c005"]))
    assert parts.attempt_records.attempts([survivor])[0].tally.total == 2
    assert list(parts.client.hkeys(parts.keyspace.attempts)) == [survivor.encode()]  # type: ignore[call-overload]


def test_of_two_who_become_one_the_longer_rest_says_whether_the_next_call_is_a_retry(parts: Composition) -> None:
    for customer, disposition in (("c004", "busy"), ("c005", "interested"), ("c007", "busy"), ("c008", "no_answer")):
        end(parts, take(parts, customer), disposition)
    parts.queue.people.join("c004", "c005", NOW)
    parts.queue.people.join("c008", "c007", NOW)
    gone, talked, other, unreached = parts.attempt_records.retries(["c004", "c005", "c008", "c007"])
    assert (gone, talked, other) == (None, None, None)
    assert unreached is not None and unreached > NOW + timedelta(minutes=10)


def test_what_is_packed_comes_back() -> None:
    attempts = Attempts().called("busy", OLD, "2026-03-04", 9).called("sale", None, "2026-03-05", 0)
    assert unpacked(pack(attempts)) == attempts
    assert unpacked(b"") == Attempts()


def test_rests_promises_attempts_and_hours_are_the_same_after_a_rebuild(moved: Composition) -> None:
    dispositions = ("no_answer", "busy", "wrong_number", "voicemail", "sale", "do_not_call")
    for customer, disposition in zip(("c004", "c005", "c007", "c008", "c010", "c011"), dispositions, strict=True):
        end(moved, take(moved, customer), disposition)
    due = NOW + timedelta(hours=1)
    lease = take(moved, "c013")
    told = Outcome("callback", 9.0, due, {"callback_at": due.isoformat()})
    moved.completions.complete(lease["lease_id"], lease["token"], told, NOW)
    before = kept(moved)
    moved.recorder.drain()
    moved.client.flushall()
    moved.rebuild.run(NOW)
    assert kept(moved) == before
    assert len(before["attempts"]) == len(before["rest"]) == 7
    assert len(before["retries"]) == 3


def kept(parts: Composition) -> dict[str, Any]:
    return {
        name: parts.client.hgetall(getattr(parts.keyspace, name))
        for name in ("rest", "retries", "promises", "attempts", "hours")
    }


def test_the_number_is_part_of_the_answer_over_http(served: Served) -> None:
    (lease,) = served.dialer.post("/queues/all/claim", json={"agent_id": "wang", "languages": ["zh"]}).json()["leases"]
    assert lease["order"] == "open"
    assert lease["contact"]["phones"] == [lease["contact"]["phone"]]
    assert len(lease["best_hours"]) == 3
    body = {"token": lease["token"], "disposition": "busy", "phone": lease["contact"]["phone"]}
    assert served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body).status_code == 200
    assert served.dialer.get("/queues/all?limit=1").json()["items"][0]["order"] == "open"
