"""Callbacks over HTTP: refused unless somebody can keep them, and told to whoever keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leads.errors import InvalidInput
from serving.composition import Composition
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW
from tests.serving.small_service import Served, settle_at


def lease(served: Served, agent: str = "wang") -> dict[str, Any]:
    (found,) = served.dialer.post("/queues/all/claim", json={"agent_id": agent}).json()["leases"]
    return dict(found)


def end(served: Served, taken: dict[str, Any], **more: Any) -> Any:
    body = {"token": taken["token"], "disposition": "callback"} | more
    return served.dialer.post(f"/leases/{taken['lease_id']}/complete", json=body)


def held(served: Served, taken: dict[str, Any]) -> bool:
    return served.parts.queue.leases.find(taken["lease_id"]) is not None


@pytest.mark.parametrize(
    "at",
    [
        None, "", "soon", 1795140000, 1795140000.5, "1795140000", True, "2026-03-05", "2026-03-05T09:00:00",
        (NOW - timedelta(hours=1)).isoformat(), (NOW + timedelta(days=91)).isoformat(), "2099-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-12:00",
    ],
)  # fmt: skip
def test_a_callback_that_nobody_can_keep_is_refused_by_its_field_and_the_lease_stays(served: Served, at: Any) -> None:
    taken = lease(served)
    answer = end(served, taken, callback_at=at)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["callback_at"]
    assert held(served, taken)


def test_a_callback_without_a_time_is_refused(served: Served) -> None:
    taken = lease(served)
    answer = end(served, taken)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "callback_at")
    assert held(served, taken)


def test_a_time_to_call_back_with_another_outcome_is_refused_rather_than_forgotten(served: Served) -> None:
    taken = lease(served)
    answer = end(served, taken, disposition="interested", callback_at=(NOW + timedelta(hours=1)).isoformat())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "callback_at")
    assert held(served, taken)


def test_a_time_that_a_clock_a_little_behind_calls_now_is_taken(served: Served) -> None:
    at = served.parts.clock.now() - timedelta(seconds=30)
    assert end(served, lease(served), callback_at=at.isoformat()).status_code == 200


def test_of_several_outcomes_each_is_answered_for_itself_in_their_order(served: Served) -> None:
    first, second, third = (lease(served) for _ in range(3))
    named = [{"lease_id": taken["lease_id"], "token": taken["token"]} for taken in (first, second, third)]
    items = [
        named[0] | {"disposition": "callback"},
        named[1] | {"disposition": "sold"},
        "no object",
        named[2] | {"disposition": "no_answer"},
        named[2] | {"disposition": "busy"},
    ]
    answer = served.dialer.post("/leases/complete", json={"leases": items})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [422, 422, 422, 200, 409]
    assert [result["lease_id"] for result in results[:2]] == [first["lease_id"], second["lease_id"]]
    assert [result["errors"][0]["field"] for result in results[:2]] == ["callback_at", "disposition"]
    assert (results[3]["state"], results[3]["customer_id"]) == ("completed", third["customer_id"])
    assert (held(served, first), held(served, second), held(served, third)) == (True, True, False)


def test_a_webhook_of_a_dialer_is_held_to_the_same(served: Served) -> None:
    told = '{"call_id": "k", "customer_id": "c001", "disposition": "callback"%s}'
    for at in ("", ', "callback_at": 1795140000', ', "callback_at": "2099-01-01T00:00:00Z"'):
        with pytest.raises(InvalidInput, match="callback_at"):
            served.parts.incoming.take("other", (told % at).encode(), NOW)


DUE = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)
"""Half past one in Shanghai."""


def promised(parts: Composition, **told: Any) -> str:
    """Whom wang promised to call back."""
    (taken,) = parts.claims.claim("all", Wanted("wang"), NOW)["leases"]
    parts.completions.complete(taken["lease_id"], taken["token"], Outcome("callback", 60.0, DUE, told), NOW)
    return str(taken["customer_id"])


def handed(parts: Composition, agent: str, late: timedelta) -> dict[str, Any]:
    """What an agent is handed so long after the callback became due."""
    (found,) = parts.claims.claim("all", Wanted(agent), DUE + late)["leases"]
    return dict(found)


def words(found: dict[str, Any]) -> dict[str, str]:
    return dict(found["reasons"][0]["text"])


def test_an_overdue_callback_says_who_promised_what_and_when(parts: Composition) -> None:
    customer = promised(parts, note="after the meeting")
    found = handed(parts, "li", timedelta(hours=3, minutes=5))
    assert (found["customer_id"], found["order"]) == (customer, "overdue_callback")
    assert found["promise"]["agent_id"] == "wang"
    assert datetime.fromisoformat(found["promise"]["due"]) == DUE
    assert found["promise"]["note"] == "after the meeting"
    assert words(found) == {
        "en": "wang promised to call back at 13:30 on 4 Mar (overdue by 3 h)",
        "zh": "wang承诺 3 月 4 日 13:30 回电（已逾期 3 小时）",
    }
    assert found["action"]["reasons"][0] == found["reasons"][0]


def test_within_the_grace_who_promised_gets_it_and_is_told_too(parts: Composition) -> None:
    promised(parts)
    assert parts.claims.claim("all", Wanted("li"), DUE)["leases"][0]["promise"] is None
    found = handed(parts, "wang", timedelta(seconds=30))
    assert (found["order"], found["promise"]["agent_id"]) == ("callback", "wang")
    assert words(found)["en"] == "wang promised to call back at 13:30 on 4 Mar"


def test_the_time_is_told_as_it_is_where_the_customer_is(parts: Composition) -> None:
    customer = promised(parts)
    parts.people.tell(customer, {"timezone": "Asia/Tokyo"}, int(NOW.timestamp() * 1e6))
    assert words(handed(parts, "li", timedelta(hours=1)))["en"].startswith("wang promised to call back at 14:30 on")


def test_a_promise_is_told_the_same_after_a_rebuild(parts: Composition) -> None:
    promised(parts, note="after the meeting")
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(NOW)
    found = handed(parts, "li", timedelta(hours=1))
    assert (found["promise"]["agent_id"], found["promise"]["note"]) == ("wang", "after the meeting")


def test_the_queue_the_customer_and_their_next_action_tell_of_the_promise(served: Served) -> None:
    taken = lease(served)
    due = served.parts.clock.now() + timedelta(hours=1)
    end(served, taken, callback_at=due.isoformat(), note="in the evening")
    customer = taken["customer_id"]
    assert served.crm.get(f"/customers/{customer}").json()["promise"]["note"] == "in the evening"
    (result,) = served.crm.post("/next-action", json={"customer_ids": [customer]}).json()["results"]
    assert result["promise"]["agent_id"] == "wang"
    at_the_head = served.parts.queue.waiting.head
    settle_at(served, due, lambda: customer in [item.customer_id for item in at_the_head("all", 1000, due)])
    items = served.dialer.get("/queues/all?limit=1000").json()["items"]
    (item,) = [item for item in items if item["customer_id"] == customer]
    assert item["promised"]["agent_id"] == "wang"


def test_a_lead_without_a_promise_says_that_there_is_none(served: Served) -> None:
    taken = lease(served)
    assert taken["promise"] is None
    assert "callback" not in [reason["feature"] for reason in taken["reasons"]]


def call_event(served: Served, customer: str, **data: Any) -> dict[str, Any]:
    return served.event(f"call {data}", customer, "call.completed", data={"disposition": "callback"} | data)


@pytest.mark.parametrize(
    "data",
    [
        {"callback_at": (NOW - timedelta(hours=1)).isoformat()}, {"callback_at": "2099-01-01T00:00:00Z"},
        {"callback_at": 1795140000}, {"callback_at": "soon"}, {"callback_at": "9999-12-31T23:59:59-12:00"},
        {"callback_at": (NOW + timedelta(hours=1)).isoformat(), "disposition": "interested"},
    ],
)  # fmt: skip
def test_an_event_of_a_callback_that_nobody_can_keep_is_refused(served: Served, data: dict[str, Any]) -> None:
    answer = served.dialer.post("/events", json=[call_event(served, "c001", **data)])
    assert answer.status_code == 422
    assert "callback_at" in answer.json()["rejected"][0]["reason"]
    assert served.parts.queue.promises.count() == 0


def test_a_callback_that_an_event_tells_is_a_promise_live_and_after_a_rebuild(served: Served) -> None:
    parts, due = served.parts, NOW + timedelta(hours=2)
    event = call_event(served, "c001", callback_at=due.isoformat(), product="motor")
    assert served.dialer.post("/events?wait=scored", json=[event]).status_code == 202
    assert served.dialer.post("/events?wait=scored", json=[event]).json()["duplicates"] == 1
    (live,) = parts.queue.promises.of(["c001"])
    assert live is not None
    assert (live.agent_id, live.due, dict(live.details)) == ("test", due, {"product": "motor"})
    leases = served.dialer.post("/queues/all/claim", json={"agent_id": "wang", "limit": 200}).json()["leases"]
    assert "c001" not in [taken["customer_id"] for taken in leases]
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(NOW + timedelta(minutes=1))
    assert parts.queue.promises.of(["c001"]) == [live]
    assert parts.queue.rests.by_disposition(NOW) == {"callback": 1}


def test_a_callback_that_an_event_tells_without_a_time_is_due_after_the_declared_time(served: Served) -> None:
    parts, after = served.parts, served.parts.configuration.catalogue.queue.queueing.callback_after
    assert served.dialer.post("/events?wait=scored", json=[call_event(served, "c001")]).status_code == 202
    (live,) = parts.queue.promises.of(["c001"])
    assert live is not None and live.due == NOW + after
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(NOW + timedelta(minutes=1))
    assert parts.queue.promises.of(["c001"]) == [live]


def test_a_callback_without_a_time_that_would_be_overdue_when_it_is_told_promises_nothing(served: Served) -> None:
    old = call_event(served, "c001") | {"time": (NOW - timedelta(days=2)).isoformat()}
    assert served.dialer.post("/events?wait=scored", json=[old]).status_code == 202
    assert served.parts.queue.promises.count() == 0
