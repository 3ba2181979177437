"""Who cannot be reached by a channel is not ranked for it, nor handed out, and is told why."""

from __future__ import annotations

from typing import Any

import pytest

from serving.composition import Composition
from tests.serving.small_home import NOW
from tests.serving.small_service import Served


def made(served: Served, name: str, **told: Any) -> str:
    """A new customer who asked for a quote, with consent to everything."""
    body = {"tags": {"region": "east", "age": 30.0}, "consents": {"call": True, "sms": True}} | told
    served.crm.put(f"/customers/{name}", json=body).raise_for_status()
    asked = served.crm.post("/events?wait=scored", json=[served.event(f"asked {name} {told}", name)])
    assert asked.status_code == 202
    return name


def queued(served: Served) -> set[str]:
    items = served.dialer.get("/queues/all?limit=1000").json()["items"]
    return {item["customer_id"] for item in items}


def refused(served: Served, customer: str) -> dict[str, dict[str, Any]]:
    body = {"customer_ids": [customer], "limit": 50, "explain": 1}
    (result,) = served.crm.post("/next-action", json=body).json()["results"]
    return {item["action"]: item for item in result["rejected"]}


def test_nobody_without_a_number_is_queued_or_claimed(served: Served) -> None:
    customer = made(served, "nobody")
    assert customer not in queued(served)
    leases = served.dialer.post("/queues/all/claim", json={"agent_id": "wang", "limit": 200}).json()["leases"]
    assert customer not in [lease["customer_id"] for lease in leases]
    assert all(lease["contact"]["phone"] for lease in leases)


def test_the_rule_says_that_there_is_no_number_to_call(served: Served) -> None:
    found = refused(served, made(served, "nobody"))
    assert {found[action]["rule"] for action in ("call_first", "sms_first")} == {"has_phone"}
    assert found["call_first"]["stage"] == "contact"
    assert found["call_first"]["text"]["en"].endswith("no number to call")
    assert found["call_first"]["text"]["zh"].endswith("没有可拨打的号码")


def test_a_number_that_is_told_later_brings_them_into_the_queue_and_one_taken_away_out_of_it(served: Served) -> None:
    customer = made(served, "late")
    for phone, there in (("+8613911112222", True), (None, False)):
        made(served, customer, identities={"phone": phone})
        assert (customer in queued(served)) is there


@pytest.mark.parametrize("identity", [{"wechat": "wx_1"}, {"email": "lili@insurer.com"}])
def test_another_kind_of_address_is_no_number(served: Served, identity: dict[str, str]) -> None:
    assert made(served, "other", identities=identity) not in queued(served)


def test_a_rebuild_ranks_nobody_without_a_number_either(parts: Composition) -> None:
    parts.people.tell("nobody", {"consent:call": True}, int(NOW.timestamp() * 1e6))
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(NOW)
    assert parts.contacts.reach(["nobody"]) != [None]
    assert "nobody" not in [item.customer_id for item in parts.queue.waiting.head("all", 1000, NOW)]
