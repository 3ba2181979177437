"""The service over HTTP, end to end: events change the queue, leases become outcomes, decisions are kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest

from features.home import Home
from features.lake import append_events, read_events
from serving.composition import Composition, compose
from serving.http.keys import KeyFile
from serving.ports import free_port
from serving.settings import Settings
from tests.serving.small_home import NOW
from tests.serving.small_service import Served, listening, with_other


def claim(client: httpx.Client, limit: int = 1, queue: str = "all", **headers: str) -> list[dict[str, Any]]:
    answer = client.post(f"/queues/{queue}/claim", json={"agent_id": "ann", "limit": limit}, headers=headers)
    assert answer.status_code == 200, answer.text
    leases: list[dict[str, Any]] = answer.json()["leases"]
    return leases


def test_scores_have_the_agreed_shape(served: Served) -> None:
    answer = served.crm.post("/score", json={"customer_ids": ["c000", "c001"], "explain": 2})
    holder, lead = answer.json()["results"]
    assert lead["scores"]["renewal"] is None
    assert 0 < lead["scores"]["conversion"]["probability"] < 1
    assert holder["scores"]["conversion"] is None
    assert set(holder["scores"]["cross_sell"]) == {"health"}
    assert holder["degraded"] is False
    assert holder["models"] == {"conversion": "1", "renewal": "1", "cross_sell": "1"}
    assert [reason["objective"] for reason in lead["reasons"]] == ["conversion", "conversion"]
    assert lead["reasons"][0]["text"]["zh"]


def test_next_actions_are_kept_in_the_ledger(served: Served) -> None:
    answer = served.crm.post("/next-action", json={"customer_ids": ["c000"], "limit": 2, "explain": 1})
    result = answer.json()["results"][0]
    assert [action["action"] for action in result["actions"]] == ["call_renew", "call_more_health"]
    assert result["actions"][0]["product"] == "motor"
    assert {"action": "sms_first", "stage": "population"}.items() <= result["rejected"][1].items()
    kept = served.crm.get(f"/decisions/{result['decision_id']}")
    assert kept.json()["chosen"] == result["actions"]


def test_an_answer_shows_what_its_cost_is_made_of(served: Served) -> None:
    answer = served.crm.post("/next-action", json={"customer_ids": ["c000"]})
    (action,) = answer.json()["results"][0]["actions"]
    assert sum(action["costs"].values()) == action["cost"] > 0
    assert set(action["costs"]) == {"agent", "money", "fatigue"}


def test_only_the_channel_that_was_asked_for_is_offered(served: Served) -> None:
    body = {"customer_ids": ["c001"], "channel": "sms", "limit": 3}
    result = served.crm.post("/next-action", json=body).json()["results"][0]
    assert result["actions"] == []
    assert served.crm.post("/next-action", json=body | {"channel": "fax"}).status_code == 422


def test_an_event_changes_the_queue_before_a_waiting_caller_is_answered(served: Served) -> None:
    last = served.dialer.get("/queues/conversion?limit=1000").json()["items"][-1]
    events = [served.event(f"e{i}", last["customer_id"]) for i in range(5)]
    answer = served.crm.post("/events?wait=scored", json=events)
    assert answer.status_code == 202
    items = served.dialer.get("/queues/conversion?limit=1000").json()["items"]
    now = next(item for item in items if item["customer_id"] == last["customer_id"])
    assert now["priority"] > last["priority"]


def test_an_event_sent_again_is_a_duplicate_and_counts_once(served: Served) -> None:
    for _ in range(2):
        served.crm.post("/events?wait=scored", json=[served.event("same", "stranger")])
    answer = served.crm.post("/events", json=[served.event("same", "stranger"), served.event("q1", "c001") |
                                              {"source": "history"}]).json()  # fmt: skip
    assert (answer["accepted"], answer["duplicates"]) in ((0, 2), (1, 1))
    state = served.parts.hot.read(served.parts.client, ["stranger"])
    counts = dict(zip(served.parts.configuration.layout.interactions.columns, state.interactions[0], strict=True))
    assert counts["quote_requested__count_7d"] == 1


def test_an_identity_leads_to_its_customer(served: Served) -> None:
    event = served.event("by phone", "phone:138 0000 0001")
    assert served.crm.post("/events?wait=scored", json=[event]).json()["accepted"] == 1
    timeline = served.crm.get("/customers/c001/timeline")
    assert "by phone" in [event["id"] for event in timeline.json()["events"]]


def test_an_unknown_identity_becomes_a_new_customer(served: Served) -> None:
    event = served.event("new", "email:New@Example.com")
    served.crm.post("/events?wait=scored", json=[event])
    told = served.crm.put("/customers/crm-7", json={"identities": {"email": "new@example.com"}}).json()
    assert told["customer_id"] == "crm-7"
    assert [name.partition("-")[0] for name in told["merged"]] == ["person"]


def test_two_customers_with_one_phone_become_one(served: Served) -> None:
    served.crm.post("/events?wait=scored", json=[served.event("x", "twin")])
    answer = served.crm.put("/customers/twin?wait=scored", json={"identities": {"phone": "+8613800000004"}})
    assert answer.json()["customer_id"] == "c004"
    assert answer.json()["merged"] == ["twin"]
    one, other = (served.crm.get(f"/customers/{name}").json() for name in ("twin", "c004"))
    assert one["customer_id"] == other["customer_id"] == "c004"
    ids = [event["id"] for event in served.crm.get("/customers/twin/timeline").json()["events"]]
    assert {"x", "q4"} <= set(ids)
    items = served.dialer.get("/queues/all?limit=1000").json()["items"]
    assert [item["customer_id"] for item in items].count("c004") == 1
    assert "twin" not in [item["customer_id"] for item in items]


def test_people_who_share_a_phone_and_must_stay_apart_are_listed_for_review(served: Served) -> None:
    for name in ("ann", "bob"):
        told = {"tags": {"national_id": f"id of {name}"}, "identities": {"phone": "13800009999"}}
        assert served.crm.put(f"/customers/{name}", json=told).json()["customer_id"] == name
    listed = served.crm.get("/conflicts").json()["conflicts"]
    assert [(found["identity"], found["customers"]) for found in listed] == [("phone:+8613800009999", ["ann", "bob"])]
    assert served.dialer.get("/conflicts").status_code == 403


def test_the_metrics_tell_how_long_events_waited_and_who_works(served: Served) -> None:
    served.crm.post("/events?wait=scored", json=[served.event("waited", "c001")])
    lines = served.admin.get("/metrics").text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert float(values["nextlead_event_wait_seconds_count"]) >= 1
    assert float(values["nextlead_workers"]) == 1
    assert float(values["nextlead_events_set_aside"]) == 0
    assert 0 < float(values["nextlead_store_memory_share"]) < 1


def test_a_customer_is_shown_with_stage_policies_and_scores(served: Served) -> None:
    answer = served.crm.get("/customers/c000")
    view = answer.json()
    assert view["stage"] == "renewing"
    assert 0 <= view["stage_days"] <= 60
    assert view["value_tier"] == "top"
    assert view["policies"][0]["product"] == "motor"
    assert view["next_action"]["action"] == "call_renew"


def test_a_batch_of_customers_is_answered_item_by_item(served: Served) -> None:
    body = {
        "customers": [
            {"customer_id": "n1", "tags": {"age": 30}},
            {"customer_id": "n2", "tags": {"age": "x"}},
            7,
        ]
    }
    answer = served.crm.post("/customers", json=body).json()
    assert [result["customer_id"] for result in answer["results"]] == ["n1"]
    assert [item["index"] for item in answer["rejected"]] == [1, 2]


def test_a_claim_holds_and_an_outcome_lets_rest(served: Served) -> None:
    lease = claim(served.dialer)[0]
    assert lease["contact"]["phone"].startswith("+86138")
    assert lease["reasons"]
    body = {"token": lease["token"], "disposition": "no_answer", "talk_seconds": 0.0}
    path = f"/leases/{lease['lease_id']}"
    assert served.dialer.post(f"{path}/renew", json={"token": lease["token"]}).json()["state"] == "held"
    assert served.dialer.post(f"{path}/complete", json=body).json()["state"] == "completed"
    assert served.dialer.post(f"{path}/complete", json=body).status_code == 409
    assert served.dialer.post(f"{path}/release", json={"token": lease["token"]}).status_code == 409
    assert lease["customer_id"] not in [again["customer_id"] for again in claim(served.dialer, 200)]


def test_do_not_call_takes_the_customer_out_of_the_queues_for_good(served: Served) -> None:
    lease = claim(served.dialer)[0]
    body = {"leases": [{"lease_id": lease["lease_id"], "token": lease["token"], "disposition": "do_not_call"},
                       {"lease_id": "none", "token": 1, "disposition": "busy"}]}  # fmt: skip
    results = served.dialer.post("/leases/complete", json=body).json()["results"]
    assert [result["status"] for result in results] == [200, 409]
    served.crm.post("/events?wait=scored", json=[served.event("later", lease["customer_id"])])
    view = served.crm.get(f"/customers/{lease['customer_id']}").json()
    assert view["consents"]["call"] is False
    items = served.dialer.get("/queues/all?limit=1000").json()["items"]
    assert lease["customer_id"] not in [item["customer_id"] for item in items]


def test_consent_is_checked_again_at_the_claim(served: Served) -> None:
    head = served.dialer.get("/queues/all?limit=1").json()["items"][0]["customer_id"]
    refusal = served.event("no", head, "consent.changed", data={"channel": "call", "consent": False})
    served.crm.post("/events?wait=scored", json=[refusal])
    assert head not in [lease["customer_id"] for lease in claim(served.dialer, 200)]


def test_the_same_idempotency_key_gets_the_same_leases(served: Served) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: claim(served.dialer, 2, **{"Idempotency-Key": "k1"}), range(4)))
    assert all(answer == answers[0] for answer in answers)
    other = served.dialer.post("/queues/all/claim", json={"agent_id": "b"}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422


def test_no_lead_is_handed_out_twice_over_http(served: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: claim(served.dialer, 5), range(16)))
    customers = [lease["customer_id"] for leases in claims for lease in leases]
    phones = [lease["contact"]["phone"] for leases in claims for lease in leases]
    assert len(customers) == len(set(customers)) == len(set(phones)) == 80


def test_an_erased_customer_stays_erased(served: Served) -> None:
    answer = served.crm.delete("/customers/c010").json()
    assert answer["lake"] == "erased"
    assert served.crm.get("/customers/c010").status_code == 404
    refused = served.crm.post("/events", json=[served.event("z", "c010"), served.event("y", "phone:13800000010")])
    assert [item["index"] for item in refused.json()["rejected"]] == [0, 1]
    assert served.crm.put("/customers/c010", json={}).status_code == 422
    assert "c010" not in read_events(served.parts.home)["customer_id"]


def test_accepted_events_reach_the_lake(served: Served) -> None:
    served.crm.post("/events?wait=scored", json=[served.event("kept", "c003")])
    home = served.parts.home
    deadline = time.monotonic() + 10
    while "kept" not in read_events(home)["id"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "kept" in read_events(home)["id"]


def test_applying_an_entry_again_changes_nothing(parts: Composition) -> None:
    from serving.events.stream import Event

    event = Event("once", "test", "quote.requested", "c001", int(NOW.timestamp() * 1e6), {"premium": 5.0})
    parts.stream.accept([event], NOW)
    partition = parts.stream.partition("c001")
    entries = parts.stream.read(partition, "0-0", 10)
    parts.application.apply(entries, NOW)
    before = parts.hot.read(parts.client, ["c001"]).interactions
    parts.application.apply(entries, NOW)
    after = parts.hot.read(parts.client, ["c001"]).interactions
    np.testing.assert_array_equal(after, before)


def test_a_waiting_caller_gets_504_when_nobody_applies_and_nothing_is_lost(parts: Composition) -> None:
    from datetime import timedelta

    impatient = with_other(parts, settings=replace(parts.settings, wait_bound=timedelta(seconds=0.2)))
    key = KeyFile(parts.home.keys).create("crm", NOW).key
    event = {"specversion": "1.0", "id": "w", "source": "t", "type": "quote.requested", "subject": "c001",
             "time": NOW.isoformat()}  # fmt: skip
    with listening(impatient) as url:
        bearer = {"Authorization": f"Bearer {key}"}
        answer = httpx.post(f"{url}/v1/events?wait=scored", json=[event], headers=bearer, timeout=30)
    assert answer.status_code == 504
    assert parts.stream.backlog() == 1


def test_a_corrupt_model_is_said_openly(home: Home, engine_url: str, parts: Composition) -> None:
    with (home.models / "conversion" / "1" / "model.txt").open("a") as file:
        file.write("tampered")
    broken = compose(parts.settings, engine_url)
    key = KeyFile(broken.home.keys).create("admin", NOW).key
    with listening(broken) as url:
        client = httpx.Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {key}"})
        result = client.post("/score", json={"customer_ids": ["c001"]}).json()["results"][0]
        models = {model["objective"]: model for model in client.get("/models").json()["models"]}
        client.close()
    broken.client.close()
    assert result["degraded"] is True
    assert result["scores"]["conversion"] is None
    assert models["conversion"]["ready"] is False
    assert models["conversion"]["problem"].startswith("models/conversion/1/model.txt ")
    assert models["renewal"]["ready"] is True


def test_without_the_hot_store_the_answer_is_503(home: Home, settings: Settings) -> None:
    nowhere = compose(settings, f"redis://127.0.0.1:{free_port()}")
    key = KeyFile(home.keys).create("admin", NOW).key
    with listening(nowhere) as url:
        client = httpx.Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {key}"})
        for answer in (
            client.post("/score", json={"customer_ids": ["c001"]}),
            client.post("/queues/all/claim", json={"agent_id": "a"}),
            client.get("/readyz"),
        ):
            assert answer.status_code == 503
        assert client.get("/livez").status_code == 200
        assert "nextlead_store_up 0.0" in client.get("/metrics").text
        client.close()


def test_the_openapi_document_names_every_route_and_problem(served: Served) -> None:
    document = httpx.get(f"{served.url}/v1/openapi.json").json()
    assert {"/v1/score", "/v1/next-action", "/v1/events", "/v1/customers", "/v1/customers/{customer_id}",
            "/v1/customers/{customer_id}/timeline", "/v1/queues", "/v1/queues/{queue}",
            "/v1/queues/{queue}/claim", "/v1/leases/complete", "/v1/leases/{lease_id}/complete",
            "/v1/decisions/{decision_id}", "/v1/models", "/v1/readyz", "/v1/metrics"} <= set(
        document["paths"])  # fmt: skip
    refused = document["paths"]["/v1/score"]["post"]["responses"]["422"]["content"]
    assert list(refused) == ["application/problem+json"]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/v1/livez", "/v1/readyz", "/v1/metrics"])
def test_health_needs_no_key(served: Served, path: str) -> None:
    assert httpx.get(f"{served.url}{path}").status_code == 200


def test_what_is_not_offered_is_told_to_who_asks_and_kept_for_all(served: Served) -> None:
    silent, asked = (
        served.crm.post("/next-action", json={"customer_ids": ["c000"], "explain": explain}).json()["results"][0]
        for explain in (0, 1)
    )
    assert silent["rejected"] == silent["actions"][0]["reasons"] == []
    assert asked["rejected"] and asked["actions"][0]["reasons"]
    kept = served.crm.get(f"/decisions/{silent['decision_id']}").json()
    assert kept["rejected"] == asked["rejected"]


def test_what_was_set_aside_is_listed_for_operators_alone(served: Served) -> None:
    parts = served.parts
    parts.client.xadd(parts.keyspace.stream(0), {"event": "{"})
    assert served.crm.post("/events?wait=scored", json=[served.event("good", "c001")]).status_code == 202
    stop = time.monotonic() + 10
    while not parts.aside.count() and time.monotonic() < stop:
        time.sleep(0.01)
    found = served.admin.get("/events/set-aside").json()
    assert [(item["type"], item["reason"]) for item in found["events"]] == [
        ("event.unreadable", "event: cannot be read")
    ]
    assert found["events"][0]["position"].startswith("0/") and found["customers"] == []
    assert served.crm.get("/events/set-aside").status_code == served.dialer.get("/events/set-aside").status_code == 403
    assert "nextlead_events_set_aside 1.0" in httpx.get(f"{served.url}/metrics").text


def without_promise(parts: Composition) -> None:
    parts.client.hset(parts.keyspace.promises, "c002", "no promise")


def without_state(parts: Composition) -> None:
    parts.client.set(parts.hot.keys("standing", ["c002"])[0], b"no state")


@pytest.mark.parametrize(
    ("path", "spoil"), [("/score", without_state), ("/next-action", without_state), ("/next-action", without_promise)]
)
def test_of_many_customers_one_who_cannot_be_scored_is_named_and_the_others_are_answered(
    served: Served, path: str, spoil: Callable[[Composition], None]
) -> None:
    spoil(served.parts)
    answer = served.crm.post(path, json={"customer_ids": ["c001", "c002", "c003", "nobody"]}).json()
    assert [result["customer_id"] for result in answer["results"]] == ["c001", "c003"]
    assert (answer["unknown"], answer["failed"]) == (["nobody"], ["c002"])


def test_what_one_of_two_refused_counts_for_both_as_soon_as_a_merge_is_answered(served: Served) -> None:
    for place in range(10):
        ann, bob = f"ann-{place}", f"bob-{place}"
        for name in (ann, bob):
            served.crm.put(f"/customers/{name}?wait=scored", json={"consents": {"call": True}}).raise_for_status()
        data = {"channel": "call", "consent": False}
        refused = served.event(
            f"no-{place}", bob, "consent.changed", data=data, time=served.parts.clock.now().isoformat()
        )
        served.admin.post("/events?wait=scored", json=[refused]).raise_for_status()
        word = {"customer_id": bob, "by": "lin", "reason": "one person"}
        kept = served.crm.post(f"/customers/{ann}/merge", json=word).json()["customer_id"]
        assert served.crm.get(f"/customers/{kept}").json()["consents"]["call"] is False


def test_a_merge_is_taken_back_and_made_again_by_a_person_who_says_why(served: Served) -> None:
    phone, word = {"identities": {"phone": "13900009999"}}, {"by": "lin", "reason": "father and son"}
    for name in ("ann", "bob"):
        served.crm.put(f"/customers/{name}", json=phone)
    apart = served.crm.post("/customers/ann/unmerge", json={"customer_id": "bob", **word})
    assert (apart.status_code, apart.json()["customer_id"], apart.json()["unmerged"]) == (200, "ann", "bob")
    assert served.crm.put("/customers/bob?wait=scored", json=phone).json()["customer_id"] == "bob"
    assert [event["data"]["reason"] for event in timeline_of(served, "bob", "customer.unmerged")] == ["father and son"]
    (conflict,) = served.crm.get("/conflicts").json()["conflicts"]
    assert (conflict["reason"], conflict["customers"], conflict["count"]) == ("unmerged", ["ann", "bob"], 2)
    joined = served.crm.post("/customers/bob/merge", json={"customer_id": "ann", **word}).json()
    assert (joined["customer_id"], joined["merged"]) == ("ann", ["bob"])


def test_a_timeline_tells_times_as_rfc_3339_writes_them_live_and_from_the_lake(served: Served) -> None:
    event = {
        "specversion": "1.0", "id": "bought", "source": "t", "type": "policy.purchased", "subject": "timely",
        "time": NOW.isoformat(), "data": {"product": "motor", "expires_at": "2027-03-04T08:00:00+08:00"},
    }  # fmt: skip
    assert served.crm.post("/events", params={"wait": "scored"}, json=[event]).status_code == 202
    (data,) = [found["data"] for found in timeline_of(served, "timely", "policy.purchased")]
    assert data["expires_at"] == "2027-03-04T00:00:00.000Z"
    schema = served.parts.configuration.workspace.event_schema
    old = {
        "id": "old",
        "source": "core",
        "type": "policy.purchased",
        "customer_id": "c001",
        "time": NOW,
        "expires_at": NOW,
    }
    append_events(served.parts.home, pl.DataFrame([dict.fromkeys(schema) | old], schema=schema))
    (data,) = [found["data"] for found in timeline_of(served, "c001", "policy.purchased") if found["id"] == "old"]
    assert datetime.fromisoformat(data["expires_at"]) == NOW


def timeline_of(served: Served, name: str, kind: str) -> list[dict[str, Any]]:
    events = served.crm.get(f"/customers/{name}/timeline").json()["events"]
    return [event for event in events if event["type"] == kind]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/customers/c001/unmerge", {"customer_id": "c002", "by": "lin", "reason": "no"}, 409),
        ("/customers/c001/unmerge", {"customer_id": "nobody", "by": "lin", "reason": "no"}, 404),
        ("/customers/nobody/unmerge", {"customer_id": "c001", "by": "lin", "reason": "no"}, 404),
        ("/customers/c001/unmerge", {"customer_id": "c001", "by": "lin", "reason": "no"}, 422),
        ("/customers/c001/unmerge", {"customer_id": "c002", "by": "lin", "reason": ""}, 422),
        ("/customers/c001/merge", {"customer_id": "nobody", "by": "lin", "reason": "no"}, 404),
        ("/customers/c001/merge", {"customer_id": "c001", "by": "lin", "reason": "no"}, 422),
    ],
)
def test_what_a_person_cannot_take_back_or_join_is_answered_with_the_reason(
    served: Served, path: str, body: dict[str, str], status: int
) -> None:
    answered = served.crm.post(path, json=body)
    assert (answered.status_code, answered.json()["status"]) == (status, status)
    assert served.dialer.post(path, json=body).status_code == 403


def test_an_event_to_an_identity_that_too_many_share_is_refused_and_says_what_to_do(served: Served) -> None:
    for number in range(6):
        served.crm.put(f"/customers/colleague-{number}", json={"identities": {"phone": "02012345678"}})
    (conflict,) = served.crm.get("/conflicts").json()["conflicts"]
    assert (conflict["reason"], conflict["count"]) == ("shared", 6)
    answered = served.crm.post("/events", json=[served.event("x", "phone:02012345678"), served.event("y", "c001")])
    assert answered.json()["accepted"] == 1
    assert "name a customer id" in answered.json()["rejected"][0]["reason"]
