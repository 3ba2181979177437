"""Events that name the decision or the lease that they carry out, over HTTP."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest

from features.home import Home
from features.lake import read_events
from tests.serving.naming_home import make_naming_home
from tests.serving.small_home import NOW
from tests.serving.small_service import Served


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose contacts name what they were for."""
    return make_naming_home(tmp_path_factory.mktemp("purpose"))


def tell(served: Served, *events: dict[str, Any]) -> dict[str, int]:
    answer = served.admin.post("/events", params={"wait": "scored"}, content=json.dumps(events))
    assert answer.status_code == 202, answer.text
    found: dict[str, int] = answer.json()
    return found


def call(served: Served, name: str, customer: str, kind: str = "call.attempted", **data: Any) -> dict[str, Any]:
    return served.event(name, customer, kind, data=data)


def decided(served: Served, customer: str = "c000") -> dict[str, Any]:
    (result,) = served.crm.post("/next-action", json={"customer_ids": [customer]}).json()["results"]
    return {"decision_id": result["decision_id"]} | result["actions"][0]


def claimed(served: Served) -> dict[str, Any]:
    body = {"agent_id": "wang", "limit": 1, "lease_seconds": 60}
    (lease,) = served.dialer.post("/queues/all/claim", json=body).json()["leases"]
    return dict(lease)


def complete(served: Served, lease: dict[str, Any]) -> None:
    body = {"token": lease["token"], "disposition": "no_answer", "talk_seconds": 3.0}
    assert served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body).status_code == 200


def timeline(served: Served, customer: str) -> list[dict[str, Any]]:
    served.admin.post("/events", params={"wait": "scored"}, content=json.dumps([served.event("last", "c059")]))
    events: list[dict[str, Any]] = served.admin.get(f"/customers/{customer}/timeline").json()["events"]
    return events


def kinds_of_events(served: Served, customer: str) -> Counter[str]:
    return Counter(event["type"] for event in timeline(served, customer) if event["type"].startswith("call."))


def test_what_a_contact_leaves_out_is_filled_in_from_its_decision(served: Served) -> None:
    made = decided(served)
    names = {"decision_id": made["decision_id"]}
    tell(served, call(served, "a", "c000", **names), call(served, "b", "c000", "sms.sent", scene="renew", **names))
    known = {name: made[name] for name in ("action", "scene", "product", "decision_id")}
    data = [event["data"] for event in timeline(served, "c000") if event["id"] in "ab"]
    assert data == [known, known]


def test_a_contact_for_something_else_is_left_as_it_was_told(served: Served) -> None:
    said = {"decision_id": decided(served)["decision_id"], "action": "own_text"}
    tell(served, call(served, "a", "c000", "sms.sent", **said))
    assert [event["data"] for event in timeline(served, "c000") if event["id"] == "a"] == [said]


def test_a_rebuild_from_the_lake_knows_it_too(served: Served) -> None:
    made = decided(served)
    tell(served, call(served, "a", "c000", decision_id=made["decision_id"]))
    served.parts.recorder.drain()
    events = read_events(served.parts.home)
    (row,) = events.filter(type="call.attempted").select("action", "scene", "product", "decision_id").rows()
    assert row == (made["action"], made["scene"], made["product"], made["decision_id"])
    hot = served.parts.hot
    before = hot.read(served.parts.client, ["c000"]).interactions
    served.parts.rebuild.run(NOW)
    np.testing.assert_array_equal(hot.read(served.parts.client, ["c000"]).interactions, before)


@pytest.mark.parametrize(("kind", "more"), [("quote.requested", {}), ("policy.purchased", {"product": "health"})])
def test_what_the_customer_did_is_left_as_it_was_told(served: Served, kind: str, more: dict[str, str]) -> None:
    told = {"decision_id": decided(served)["decision_id"], **more}
    tell(served, served.event("a", "c000", kind, data=told))
    (event,) = (event for event in timeline(served, "c000") if event["id"] == "a")
    assert event["data"] == told


def test_a_decision_that_is_unknown_or_anothers_fills_in_nothing(served: Served) -> None:
    made = decided(served, "c003")
    tell(served, call(served, "a", "c000", decision_id=made["decision_id"]))
    tell(served, call(served, "b", "c000", decision_id="dec-none"))
    data = [event["data"] for event in timeline(served, "c000") if event["type"] == "call.attempted"]
    assert sorted(map(list, data)) == [["decision_id"], ["decision_id"]]


@pytest.mark.parametrize("by", ["decision_id", "lease_id"])
def test_a_call_that_is_completed_first_is_not_counted_again_when_the_dialer_tells_it(served: Served, by: str) -> None:
    lease = claimed(served)
    complete(served, lease)
    customer, names = lease["customer_id"], {by: lease[by]}
    answer = tell(
        served,
        call(served, "a", customer, **names),
        call(served, "b", customer, "call.completed", disposition="no_answer", **names),
    )
    assert (answer["accepted"], answer["duplicates"]) == (0, 2)
    assert kinds_of_events(served, customer) == {"call.attempted": 1, "call.completed": 1}


@pytest.mark.parametrize("by", ["decision_id", "lease_id"])
def test_a_call_that_the_dialer_tells_first_is_not_counted_again_when_its_lease_is_completed(
    served: Served, by: str
) -> None:
    lease = claimed(served)
    customer = lease["customer_id"]
    answer = tell(served, call(served, "a", customer, **{by: lease[by]}))
    assert (answer["accepted"], answer["duplicates"]) == (1, 0)
    complete(served, lease)
    assert kinds_of_events(served, customer) == {"call.attempted": 1, "call.completed": 1}
    events = {event["id"]: event for event in timeline(served, customer)}
    assert events["a"]["data"]["decision_id"] == lease["decision_id"]
    assert any(event["type"] == "lease.completed" for event in events.values())


def test_another_lease_is_another_call(served: Served) -> None:
    first, second = claimed(served), claimed(served)
    assert first["customer_id"] != second["customer_id"]
    for lease in (first, second):
        complete(served, lease)
        assert kinds_of_events(served, lease["customer_id"]) == {"call.attempted": 1, "call.completed": 1}


def test_a_decision_without_a_lease_may_be_dialled_twice(served: Served) -> None:
    names = {"decision_id": decided(served)["decision_id"]}
    answer = tell(served, call(served, "a", "c000", **names), call(served, "b", "c000", **names))
    assert (answer["accepted"], answer["duplicates"]) == (2, 0)


def test_a_call_sent_twice_in_one_batch_counts_once(served: Served) -> None:
    lease = claimed(served)
    customer, names = lease["customer_id"], {"lease_id": lease["lease_id"]}
    answer = tell(served, call(served, "a", customer, **names), call(served, "b", customer, **names))
    assert (answer["accepted"], answer["duplicates"]) == (1, 1)
