"""Webhooks: signed so that others can check them, at least once, each customer's in order."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from features.home import Home
from leads.errors import InvalidWorkspace, Unauthorized, Unavailable
from serving.clock import microseconds
from serving.dialers.webhooks.configuration import load_endpoints
from serving.dialers.webhooks.courier import Courier
from serving.dialers.webhooks.retry_after import retry_after
from serving.dialers.webhooks.run import dead_letters, deliver, retry, standing, try_out
from serving.dialers.webhooks.signature import key_of, secret_of, sign, verify
from serving.events.stream import Event
from serving.people.customers import erase
from serving.services import Services
from tests.serving.dialers.conftest import KEY
from tests.serving.dialers.servers import Receiver
from tests.serving.small_service import listening

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
def courier(services: Services) -> Iterator[Courier]:
    with Courier(services, services.endpoints["crm"], {}, random.Random(1)) as made:
        yield made


def happened(services: Services, apply: Callable[[], None], name: str, customer: str = "c001") -> None:
    now = services.clock.now()
    data = {"product": "motor", "premium": 9000.0}
    services.stream.accept([Event(name, "test", "quote.requested", customer, microseconds(now), data)], now)
    apply()


def later(services: Services, courier: Courier, seconds: float) -> Courier:
    """The same courier, so much later."""
    moved = replace(services, clock=replace(services.clock, offset=services.clock.offset + timedelta(seconds=seconds)))
    return Courier(moved, services.endpoints["crm"], {}, random.Random(1))


def ids(hooks: tuple[Receiver, str]) -> list[str]:
    return [json.loads(body)["data"]["id"] for _, body in hooks[0].got]


def test_what_happens_is_told_with_a_signature(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    happened(services, apply, "q-new")
    assert courier.step() == 1
    headers, body = hooks[0].got[0]
    verify([KEY], headers, body, services.clock.now())
    told = json.loads(body)
    assert told["type"] == "quote.requested"
    assert (told["data"]["customer_id"], told["data"]["premium"]) == ("c001", 9000.0)


def test_an_event_that_is_delivered_again_to_the_worker_is_told_once(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    happened(services, apply, "q-new")
    apply()
    courier.step()
    courier.step()
    assert ids(hooks) == ["q-new"]


def test_types_that_were_not_asked_for_are_not_told(
    services: Services, courier: Courier, apply: Callable[[], None]
) -> None:
    now = services.clock.now()
    services.stream.accept([Event("l1", "test", "lead.created", "c001", microseconds(now), {})], now)
    apply()
    assert courier.step() == 0


def test_of_a_changed_record_only_whose_it_is_is_told(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    services.people.tell("c001", {"tag:nickname": "Ann"}, microseconds(services.clock.now()))
    apply()
    courier.step()
    assert set(json.loads(hooks[0].got[0][1])["data"]) == {"id", "source", "customer_id"}


def test_what_is_not_taken_is_tried_again_after_a_while(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [500]
    happened(services, apply, "q-new")
    assert courier.step() == 1
    assert courier.step() == 0
    with later(services, courier, 11) as then:
        assert then.step() == 1
    assert ids(hooks) == ["q-new", "q-new"]
    assert {headers["webhook-id"] for headers, _ in hooks[0].got} == {hooks[0].got[0][0]["webhook-id"]}
    assert standing(services)[0]["waiting"] == 0


def test_a_customers_later_messages_wait_behind_one_that_was_not_taken(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [500]
    happened(services, apply, "first")
    courier.step()
    happened(services, apply, "second")
    happened(services, apply, "of another", "c002")
    courier.step()
    assert ids(hooks) == ["first", "of another"]
    with later(services, courier, 11) as then:
        then.step()
        then.step()
    assert ids(hooks) == ["first", "of another", "first", "second"]


def test_after_the_last_attempt_it_is_a_dead_letter_that_can_be_retried(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [500, 500, 500]
    happened(services, apply, "q-new")
    for seconds in (0, 60, 120):
        with later(services, courier, seconds) as then:
            then.step()
    letter = dead_letters(services, "crm").list()[0]
    assert letter.reason == "quote.requested: status 500, 3 times"
    assert standing(services)[0] | {"url": ""} == {
        "endpoint": "crm", "url": "", "waiting": 0, "dead": 1, "disabled": None,
    }  # fmt: skip
    assert retry(services, "crm", letter)
    courier.step()
    assert ids(hooks)[-1] == "q-new"
    assert dead_letters(services, "crm").count() == 0


def test_a_receiver_that_is_gone_is_left_alone(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [410]
    happened(services, apply, "q-new")
    courier.step()
    assert courier.step() == 0
    assert "410" in (services.outbox.disabled("crm") or "")
    services.outbox.enable("crm")
    assert courier.step() == 1


def test_a_redirect_is_not_followed(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [302]
    happened(services, apply, "q-new")
    courier.step()
    assert len(hooks[0].got) == 1
    assert standing(services)[0]["waiting"] == 1


def test_of_an_erased_customer_only_that_is_told(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    happened(services, apply, "q-new")
    erase(services, "c001", services.clock.now())
    apply()
    while courier.step():
        pass
    assert [json.loads(body)["type"] for _, body in hooks[0].got] == ["customer.erased"]


def test_what_happened_while_nobody_delivered_is_delivered_once_in_each_customers_order(
    services: Services, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    expected: list[str] = []
    for start in (0, 20):
        for i in range(start, start + 20):
            happened(services, apply, f"q{i}", f"c00{i % 4}")
            expected.append(f"q{i}")
        told: list[str] = []
        stopped = threading.Event()
        args = (services, {}, random.Random(1), stopped, told.append)
        delivering = threading.Thread(target=deliver, args=args)
        delivering.start()
        while services.outbox.count("crm"):
            assert delivering.is_alive(), told
            time.sleep(0.01)
        stopped.set()
        delivering.join(timeout=20)
    assert sorted(ids(hooks)) == sorted(expected)
    for customer in range(4):
        assert [name for name in ids(hooks) if int(name[1:]) % 4 == customer] == expected[customer::4]


def test_an_endpoint_can_be_tried_out(services: Services, hooks: tuple[Receiver, str]) -> None:
    assert try_out(services, "crm", {}).problem is None
    hooks[0].answers = [403]
    assert try_out(services, "crm", {}).problem == "test: status 403"


def test_a_type_there_is_none_of_is_refused_at_load(services: Services) -> None:
    path = services.home.folder / "dialers.yaml"
    path.write_text(path.read_text("utf-8").replace("lease.*", "lead.offered"), "utf-8")
    with pytest.raises(InvalidWorkspace, match=r"webhooks\.crm\.types.*lead\.offered"):
        load_endpoints(services.home)


def test_a_signed_outcome_of_another_dialer_counts_once(services: Services, apply: Callable[[], None]) -> None:
    best = services.queue.head("all", 1, services.clock.now())[0].customer_id
    body = json.dumps({"call_id": "x-1", "customer_id": best, "disposition": "no_answer"}).encode()
    with listening(services) as url:
        answers = [
            httpx.post(f"{url}/v1/dialers/other/outcomes", content=body,
                       headers=sign([KEY], f"msg_{n}", services.clock.now(), body))
            for n in range(2)
        ]  # fmt: skip
        forged = httpx.post(
            f"{url}/v1/dialers/other/outcomes", content=body, headers=sign([bytes(32)], "m", services.clock.now(), body)
        )
    assert [answer.json()["state"] for answer in answers] == ["recorded", "duplicate"]
    assert forged.status_code == 401


def test_secrets_are_passed_on_as_they_are_written() -> None:
    assert key_of(secret_of(KEY)) == KEY


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("60", 60), ("0060", 60), ("1795140000", 3600), ("9" * 5000, 3600), ("-5", 0), ("1.5", 0), ("soon", 0), ("", 0),
        ("²", 0), ("Wed, 04 Mar 2026 04:05:00 GMT", 300), ("Wed, 04 Mar 2026 04:05:00 -0000", 300),
        ("Wednesday, 04-Mar-26 04:05:00 GMT", 300), ("Wed, 04 Mar 2020 04:05:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 0), ("Wed, 04 Mar 2082 04:05:00 GMT", 3600),
        ("Wed, 99 Mar 2026 04:05:00 GMT", 0),
    ],
)  # fmt: skip
def test_a_receiver_may_ask_for_a_while_in_both_forms_and_for_an_hour_at_most(asked: str, seconds: int) -> None:
    now = datetime(2026, 3, 4, 4, tzinfo=UTC)
    assert retry_after({"retry-after": asked}, now, timedelta(hours=1)) == timedelta(seconds=seconds)


def test_a_date_to_retry_after_is_counted_from_the_receivers_own_clock() -> None:
    headers = {"retry-after": "Wed, 04 Mar 2026 04:05:00 GMT", "date": "Wed, 04 Mar 2026 04:04:00 GMT"}
    assert retry_after(headers, datetime(2020, 1, 1, tzinfo=UTC), timedelta(hours=1)) == timedelta(minutes=1)


def test_who_asks_for_centuries_is_tried_again_after_an_hour(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers, hooks[0].retry_after = [429], "99999999999999999"
    happened(services, apply, "first")
    assert courier.step() == 1
    with later(services, courier, 3590) as then:
        assert then.step() == 0
    with later(services, courier, 3610) as then:
        assert then.step() == 1
    assert ids(hooks) == ["first", "first"]


def test_a_wait_that_was_noted_for_longer_than_there_is_does_not_hold_up_a_customer(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    hooks[0].answers = [500]
    happened(services, apply, "first")
    courier.step()
    key = services.keyspace.of("webhook", "crm", "tries")
    (position,) = services.client.hkeys(key)  # type: ignore[misc]
    services.client.hset(key, position, "1 3590280000000")
    assert courier.step() == 1 and ids(hooks) == ["first", "first"]


def test_a_message_that_cannot_be_sent_becomes_a_dead_letter_and_the_others_go_out(
    services: Services, courier: Courier, hooks: tuple[Receiver, str], apply: Callable[[], None]
) -> None:
    waiting = services.keyspace.of("webhook", "crm", "waiting")
    services.client.xadd(waiting, {"event": "{"})
    services.client.xadd(waiting, {"moon": "1"})
    old = Event("old", "test", "quote.requested", "c002", -(10**30), {})
    services.client.xadd(waiting, {"event": old.written()})
    happened(services, apply, "good")
    assert courier.step() == 4
    assert sorted(ids(hooks)) == ["good", "old"] and standing(services)[0]["waiting"] == 0
    assert standing(services)[0]["dead"] == 2


def test_a_courier_that_dies_takes_its_process_with_it(services: Services, home: Home) -> None:
    services.client.set(services.keyspace.of("webhook", "crm", "disabled"), b"\xff")
    with pytest.raises(Unavailable, match=r"courier of crm has died: UnicodeDecodeError"):
        deliver(services, {}, random.Random(1), threading.Event(), lambda _: None)
