"""Webhooks: signed so that others can check them, at least once, each customer's in order."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from features.home import Home
from leads.errors import InvalidWorkspace, Unauthorized, Unavailable
from serving.clock import microseconds
from serving.composition import Composition
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.webhooks.configuration import load_endpoints
from serving.dialers.webhooks.courier import WINDOW, Courier
from serving.dialers.webhooks.retry_after import retry_after
from serving.dialers.webhooks.signature import key_of, secret_of, sign, verify
from serving.events.stream import Event
from tests.serving.dialers.conftest import KEY
from tests.serving.dialers.servers import Receiver
from tests.serving.small_service import listening, with_other

# The vector that the Standard Webhooks libraries publish.
PUBLISHED = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
             b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")  # fmt: skip


def test_signatures_are_those_of_the_published_vector() -> None:
    secret, message_id, at, body, signature = PUBLISHED
    headers = sign([key_of(secret)], message_id, datetime.fromtimestamp(at, UTC), body)
    assert headers["webhook-signature"] == signature
    assert verify([key_of(secret)], headers, body, datetime.fromtimestamp(at, UTC)) == message_id


def test_while_a_secret_is_replaced_either_can_check() -> None:
    now, old, new = datetime.now(UTC), bytes(32), KEY
    headers = sign([new, old], "msg_1", now, b"{}")
    assert verify([old], headers, b"{}", now) == verify([new], headers, b"{}", now) == "msg_1"


@pytest.mark.parametrize("change", ["body", "id", "key", "late"])
def test_what_was_changed_or_kept_back_is_refused(change: str) -> None:
    now = datetime.now(UTC)
    headers = sign([KEY], "msg_1", now, b"{}")
    if change == "id":
        headers["webhook-id"] = "msg_2"
    with pytest.raises(Unauthorized):
        verify([bytes(32) if change == "key" else KEY], headers, b"[]" if change == "body" else b"{}",
               now + timedelta(minutes=6 if change == "late" else 0))  # fmt: skip


@pytest.fixture
def courier(parts: Composition) -> Iterator[Courier]:
    with parts.webhooks.courier(parts.endpoints["crm"], {}, random.Random(1)) as made:
        yield made


def happened(parts: Composition, apply: Callable[[], None], name: str, customer: str = "c001") -> None:
    now = parts.clock.now()
    data = {"product": "motor", "premium": 9000.0}
    parts.stream.accept([Event(name, "test", "quote.requested", customer, microseconds(now), data)], now)
    apply()


def later(parts: Composition, courier: Courier, seconds: float) -> Courier:
    """The same courier, so much later."""
    moved = with_other(parts, clock=replace(parts.clock, offset=parts.clock.offset + timedelta(seconds=seconds)))
    return moved.webhooks.courier(parts.endpoints["crm"], {}, random.Random(1))


def ids(hooks: tuple[Receiver, str]) -> list[str]:
    return [json.loads(body)["data"]["id"] for _, body in hooks[0].got]


def test_what_happens_is_told_with_a_signature(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    happened(parts, apply, "q-new")
    assert courier.step() == 1
    headers, body = hooks[0].got[0]
    verify([KEY], headers, body, parts.clock.now())
    told = json.loads(body)
    assert told["type"] == "quote.requested"
    assert (told["data"]["customer_id"], told["data"]["premium"]) == ("c001", 9000.0)


def test_an_event_that_is_delivered_again_to_the_worker_is_told_once(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    happened(parts, apply, "q-new")
    apply()
    courier.step()
    courier.step()
    assert ids(hooks) == ["q-new"]


def test_types_that_were_not_asked_for_are_not_told(
    parts: Composition, courier: Courier, apply: Callable[[], None]
) -> None:
    now = parts.clock.now()
    parts.stream.accept([Event("l1", "test", "lead.created", "c001", microseconds(now), {})], now)
    apply()
    assert courier.step() == 0


def test_of_a_changed_record_only_whose_it_is_is_told(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    parts.people.tell("c001", {"tag:nickname": "Ann"}, microseconds(parts.clock.now()))
    apply()
    courier.step()
    assert set(json.loads(hooks[0].got[0][1])["data"]) == {"id", "source", "customer_id"}


def test_what_is_not_taken_is_tried_again_after_a_while(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [500]
    happened(parts, apply, "q-new")
    assert courier.step() == 1
    assert courier.step() == 0
    with later(parts, courier, 11) as then:
        assert then.step() == 1
    assert ids(hooks) == ["q-new", "q-new"]
    assert {headers["webhook-id"] for headers, _ in hooks[0].got} == {hooks[0].got[0][0]["webhook-id"]}
    assert parts.webhooks.standing()[0]["waiting"] == 0


def test_a_customers_later_messages_wait_behind_one_that_was_not_taken(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [500]
    happened(parts, apply, "first")
    courier.step()
    happened(parts, apply, "second")
    happened(parts, apply, "of another", "c002")
    courier.step()
    assert ids(hooks) == ["first", "of another"]
    with later(parts, courier, 11) as then:
        then.step()
        then.step()
    assert ids(hooks) == ["first", "of another", "first", "second"]


def test_a_customer_with_many_messages_that_wait_keeps_nobody_elses_back(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers, hooks[0].retry_after = [429], "3600"
    happened(parts, apply, "first")
    courier.step()
    moment = microseconds(parts.clock.now())
    for number in range(2 * WINDOW + 1):
        waits = Event(f"waits-{number}", "test", "quote.requested", "c001", moment, {})
        parts.client.xadd(parts.keyspace.outbox("crm"), {"event": waits.written()})
    happened(parts, apply, "of another", "c002")
    assert courier.step() == 1
    assert ids(hooks) == ["first", "of another"]


def test_after_the_last_attempt_it_is_a_dead_letter_that_can_be_retried(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [500, 500, 500]
    happened(parts, apply, "q-new")
    for seconds in (0, 60, 120):
        with later(parts, courier, seconds) as then:
            then.step()
    letter = parts.webhooks.dead_letters("crm").list()[0]
    assert letter.reason == "quote.requested: status 500, 3 times"
    assert parts.webhooks.standing()[0] | {"url": ""} == {
        "endpoint": "crm", "url": "", "waiting": 0, "dead": 1, "disabled": None,
    }  # fmt: skip
    assert parts.webhooks.retry("crm", letter)
    courier.step()
    assert ids(hooks)[-1] == "q-new"
    assert parts.webhooks.dead_letters("crm").count() == 0


def test_a_receiver_that_is_gone_is_left_alone(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [410]
    happened(parts, apply, "q-new")
    courier.step()
    assert courier.step() == 0
    assert "410" in (parts.outbox.disabled("crm") or "")
    parts.outbox.enable("crm")
    assert courier.step() == 1


def test_a_redirect_is_not_followed(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [302]
    happened(parts, apply, "q-new")
    courier.step()
    assert len(hooks[0].got) == 1
    assert parts.webhooks.standing()[0]["waiting"] == 1


def test_of_an_erased_customer_only_that_is_told(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    happened(parts, apply, "q-new")
    parts.erasure.erase("c001", parts.clock.now())
    apply()
    while courier.step():
        pass
    assert [json.loads(body)["type"] for _, body in hooks[0].got] == ["customer.erased"]


def test_what_happened_while_nobody_delivered_is_delivered_once_in_each_customers_order(
    parts: Composition, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    expected: list[str] = []
    for start in (0, 20):
        for i in range(start, start + 20):
            happened(parts, apply, f"q{i}", f"c00{i % 4}")
            expected.append(f"q{i}")
        told: list[str] = []
        stopped = threading.Event()
        args = ({}, random.Random(1), stopped, told.append)
        delivering = threading.Thread(target=parts.webhooks.deliver, args=args)
        delivering.start()
        while parts.outbox.count("crm"):
            assert delivering.is_alive(), told
            time.sleep(0.01)
        stopped.set()
        delivering.join(timeout=20)
    assert sorted(ids(hooks)) == sorted(expected)
    for customer in range(4):
        assert [name for name in ids(hooks) if int(name[1:]) % 4 == customer] == expected[customer::4]


def test_an_endpoint_can_be_tried_out(parts: Composition, hooks: tuple[Receiver, str]) -> None:
    assert parts.webhooks.try_out("crm", {}).problem is None
    hooks[0].answers = [403]
    assert parts.webhooks.try_out("crm", {}).problem == "test: status 403"


def test_a_type_there_is_none_of_is_refused_at_load(parts: Composition) -> None:
    path = parts.home.folder / "dialers.yaml"
    path.write_text(path.read_text("utf-8").replace("lease.*", "lead.offered"), "utf-8")
    with pytest.raises(InvalidWorkspace, match=r"webhooks\.crm\.types.*lead\.offered"):
        load_endpoints(parts.home)


def test_a_signed_outcome_of_another_dialer_counts_once(parts: Composition, apply: Callable[[], None]) -> None:
    best = parts.queue.waiting.head("all", 1, parts.clock.now())[0].customer_id
    body = json.dumps({"call_id": "x-1", "customer_id": best, "disposition": "no_answer"}).encode()
    with listening(parts) as url:
        answers = [
            httpx.post(f"{url}/v1/dialers/other/outcomes", content=body,
                       headers=sign([KEY], f"msg_{n}", parts.clock.now(), body))
            for n in range(2)
        ]  # fmt: skip
        forged = httpx.post(
            f"{url}/v1/dialers/other/outcomes", content=body, headers=sign([bytes(32)], "m", parts.clock.now(), body)
        )
    assert [answer.json()["state"] for answer in answers] == ["recorded", "duplicate"]
    assert forged.status_code == 401


def test_an_outcome_in_which_a_name_stands_twice_is_refused_and_kept_for_a_person(parts: Composition) -> None:
    best = parts.queue.waiting.head("all", 1, parts.clock.now())[0].customer_id
    body = (
        f'{{"call_id": "x-2", "customer_id": "{best}", "disposition": "do_not_call", "disposition": "busy"}}'.encode()
    )
    headers = sign([KEY], "msg_twice", parts.clock.now(), body)
    with listening(parts) as url:
        answer = httpx.post(f"{url}/v1/dialers/other/outcomes", content=body, headers=headers)
    assert (answer.status_code, "stands twice" in answer.text) == (422, True)
    letters = DeadLetters(parts.client, parts.keyspace, "other").list()
    assert ["stands twice" in letter.reason for letter in letters] == [True]


def test_secrets_are_passed_on_as_they_are_written() -> None:
    assert key_of(secret_of(KEY)) == KEY


ASKED = {
    "60": 60, "0060": 60, " 60 ": 60, "1795140000": 3600, "9" * 5000: 3600, "-5": 0, "1.5": 1.5, "90.5": 90.5,
    "soon": 0, "": 0, "²": 0, "60 s": 0, "1e3": 0, "+60": 0, "60, 120": 120, "Wed, 04 Mar 2026 04:05:00 GMT": 300,
    "Wed, 04 Mar 2026 04:05:00 -0000": 300, "Wednesday, 04-Mar-26 04:05:00 GMT": 300,
    "Wed Mar  4 04:05:00 2026": 300, "Wed, 04 Mar 2020 04:05:00 GMT": 0, "Fri, 31 Dec 9999 23:59:59 -2359": 0,
    "Fri, 31 Dec 9999 23:59:59 GMT": 3600, "Wed, 04 Mar 2082 04:05:00 GMT": 3600, "Wed, 99 Mar 2026 04:05:00 GMT": 0,
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_a_receiver_may_ask_for_a_while_in_both_forms_and_for_an_hour_at_most(asked: str) -> None:
    headers, now = httpx.Headers([(b"Retry-After", asked.encode("latin-1"))]), datetime(2026, 3, 4, 4, tzinfo=UTC)
    assert retry_after(headers, now, timedelta(hours=1)) == timedelta(seconds=ASKED[asked])


def test_of_two_waits_the_longer_counts() -> None:
    now, most = datetime(2026, 3, 4, 4, tzinfo=UTC), timedelta(hours=1)
    for told in (("60", "300"), ("300", "60"), ("soon", "300"), ("Wed, 04 Mar 2026 04:05:00 GMT", "60")):
        headers = httpx.Headers([("Retry-After", text) for text in told])
        assert retry_after(headers, now, most) == timedelta(minutes=5)


def test_a_date_to_retry_after_is_counted_from_the_receivers_own_clock() -> None:
    headers = httpx.Headers({"retry-after": "Wed, 04 Mar 2026 04:05:00 GMT", "date": "Wed, 04 Mar 2026 04:04:00 GMT"})
    assert retry_after(headers, datetime(2020, 1, 1, tzinfo=UTC), timedelta(hours=1)) == timedelta(minutes=1)


def date(seconds: float) -> str:
    """As the receiver's own clock counts it, which stands in every answer."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def test_whatever_a_receiver_asks_for_the_courier_goes_on_and_waits_so_long(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    own, most = (5, 10), (3600, 3600)
    asked = {
        ("120",): (120, 120), ("60", "120"): (120, 120), ("60, 120",): (120, 120), (date(600),): (590, 600),
        (date(-600),): own, ("Fri, 31 Dec 9999 23:59:59 GMT",): most, ("9" * 400,): most, ("-1",): own,
        ("90.5",): (90, 91), ("soon",): own, ("Wed, 99 Mar 2026",): own, ("\xff",): own, ("0",): own, ("",): own,
    }  # fmt: skip
    for row, (told, (least, longest)) in enumerate(asked.items()):
        hooks[0].answers, hooks[0].retry_after, before = [429], told, dues(parts)
        happened(parts, apply, f"q{row}", f"c{row:03d}")
        since = parts.clock.now().timestamp()
        assert courier.step() == 1
        (due,) = (at for position, at in dues(parts).items() if position not in before)
        assert since + least - 1 <= due <= parts.clock.now().timestamp() + longest + 1, told


def dues(parts: Composition) -> dict[bytes, float]:
    """When each message that was sent in vain is due, in seconds."""
    noted: Any = parts.client.hgetall(parts.keyspace.outbox_tries("crm"))
    return {position: int(told.split()[1]) / 1000 for position, told in noted.items()}


def test_a_wait_that_was_noted_for_longer_than_there_is_does_not_hold_up_a_customer(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [500]
    happened(parts, apply, "first")
    courier.step()
    key = parts.keyspace.outbox_tries("crm")
    (position,) = parts.client.hkeys(key)  # type: ignore[misc]
    parts.client.hset(key, position, "1 3590280000000")
    assert courier.step() == 1 and ids(hooks) == ["first", "first"]


def test_a_message_that_cannot_be_sent_becomes_a_dead_letter_and_the_others_go_out(
    parts: Composition, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    waiting = parts.keyspace.outbox("crm")
    parts.client.xadd(waiting, {"event": "{"})
    parts.client.xadd(waiting, {"moon": "1"})
    old = Event("old", "test", "quote.requested", "c002", -(10**30), {})
    parts.client.xadd(waiting, {"event": old.written()})
    happened(parts, apply, "good")
    assert courier.step() == 4
    assert sorted(ids(hooks)) == ["good", "old"] and parts.webhooks.standing()[0]["waiting"] == 0
    assert parts.webhooks.standing()[0]["dead"] == 2


def test_a_courier_that_dies_takes_its_process_with_it(parts: Composition, home: Home) -> None:
    parts.client.set(parts.keyspace.disabled("crm"), b"\xff")
    with pytest.raises(Unavailable, match=r"courier of crm has died: .*UnicodeDecodeError"):
        parts.webhooks.deliver({}, random.Random(1), threading.Event(), lambda _: None)
