"""Bad input gets a problem that names the field, and nothing is half done."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.serving.small_home import NOW
from tests.serving.small_service import Served


@pytest.fixture(scope="module")
def served(standing: Served) -> Served:
    """Shared: what is refused leaves nothing behind."""
    return standing


def problem(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    found = answer.json()
    assert found["status"] == status
    return found


BAD_SCORES: list[tuple[bytes, str]] = [
    (b'{"customer_ids": []}', "customer_ids"),
    (b"{", "body"),
    (b"\xff\xfe", "body"),
    (b'{"customer_ids": "c001"}', "customer_ids"),
    (b'{"customer_ids": [1]}', "customer_ids.0"),
    (b'{"customer_ids": ["c001"], "explain": NaN}', "explain"),
    (b'{"customer_ids": ["c001"], "explain": "2"}', "explain"),
    (b'{"customer_ids": ["c001"], "more": 1}', "more"),
    (b"[]", "body"),
]


@pytest.mark.parametrize(("body", "field"), BAD_SCORES)
def test_a_body_that_breaks_its_schema_is_422(served: Served, body: bytes, field: str) -> None:
    answer = served.crm.post("/score", content=body, headers={"Content-Type": "application/json"})
    found = problem(answer, 422)
    assert field in [error["field"] for error in found["errors"]]


def test_1001_customers_are_too_many(served: Served) -> None:
    body = {"customer_ids": [f"c{i}" for i in range(1001)]}
    for path in ("/score", "/next-action"):
        assert problem(served.crm.post(path, json=body), 422)["errors"][0]["field"] == "customer_ids"


def test_unknown_customers_are_listed(served: Served) -> None:
    answer = served.crm.post("/score", json={"customer_ids": ["nobody", "c001"]}).json()
    assert answer["unknown"] == ["nobody"]
    assert [result["customer_id"] for result in answer["results"]] == ["c001"]


BAD_EVENTS: list[tuple[dict[str, Any], str]] = [
    ({"time": (NOW + timedelta(hours=1)).isoformat()}, "time"),
    ({"time": "2026-03-04T04:00:00"}, "zone"),
    ({"time": "yesterday"}, "time"),
    ({"time": 12}, "time"),
    ({"type": "moon.landed"}, "type"),
    ({"specversion": "0.3"}, "specversion"),
    ({"id": ""}, "id"),
    ({"subject": None}, "subject"),
    ({"subject": "phone:hello"}, "phone"),
    ({"data": {"premium": "much"}}, "data.premium"),
    ({"data": {"premium": float("nan")}}, "data.premium"),
    ({"data": {"consent": 1}}, "data.consent"),
    ({"data": [1]}, "data"),
]


@pytest.mark.parametrize(("change", "named"), BAD_EVENTS)
def test_a_bad_event_is_named_and_the_others_are_accepted(served: Served, change: dict[str, Any], named: str) -> None:
    batch = [served.event(f"beside {change}", "c001"), served.event("bad", "c001") | change]
    answer = served.crm.post("/events", content=json.dumps(batch)).json()
    assert answer["accepted"] == 1
    assert [item["index"] for item in answer["rejected"]] == [1]
    assert named in answer["rejected"][0]["reason"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[", b"[" * 100_000, b"null"])
def test_a_batch_that_is_none_is_422(served: Served, body: bytes) -> None:
    problem(served.crm.post("/events", content=body), 422)


def test_too_many_events_are_422_and_too_many_bytes_413(served: Served) -> None:
    many = [served.event(f"e{i}", "c001") for i in range(1001)]
    problem(served.crm.post("/events", json=many), 422)
    problem(served.crm.post("/events", content=b"x" * (17 * 1024 * 1024)), 413)


def test_no_key_is_401_and_a_key_of_another_scope_403(served: Served) -> None:
    for headers in ({}, {"Authorization": "Bearer nl_wrong"}, {"Authorization": "Basic x"}):
        answer = httpx.get(f"{served.url}/v1/models", headers=headers)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    problem(served.dialer.post("/score", json={"customer_ids": ["c001"]}), 403)
    problem(served.crm.post("/queues/all/claim", json={"agent_id": "a"}), 403)
    assert served.admin.get("/queues").status_code == 200


def test_what_does_not_exist_is_404_and_a_wrong_method_405(served: Served) -> None:
    problem(served.admin.get("/nothing"), 404)
    problem(served.admin.get("/queues/nothing"), 404)
    problem(served.admin.get("/decisions/nothing"), 404)
    problem(served.admin.get("/customers/nobody"), 404)
    problem(served.admin.delete("/customers/nobody"), 404)
    problem(served.admin.get("/score"), 405)


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 1},
        {"agent_id": "a", "limit": 0},
        {"agent_id": "a", "limit": 201},
        {"agent_id": "a", "lease_seconds": 0},
        {"agent_id": "a", "skills": "motor"},
    ],
)
def test_a_bad_claim_is_422(served: Served, body: dict[str, Any]) -> None:
    problem(served.dialer.post("/queues/all/claim", json=body), 422)


def test_a_customer_with_unknown_or_wrong_tags_is_refused_whole(served: Served) -> None:
    body = {"tags": {"age": "old", "shoe": 42, "region": "moon", "vip": True}}
    found = problem(served.crm.put("/customers/c001", json=body), 422)
    assert {error["field"] for error in found["errors"]} == {"tags.age", "tags.shoe", "tags.region"}
    for bad in ({"timezone": "Moon/Crater"}, {"consents": {"fax": True}}, {"identities": {"phone": "12"}}):
        problem(served.crm.put("/customers/c001", json=bad), 422)


def test_a_batch_of_which_nothing_was_accepted_is_422_with_each_reason(served: Served) -> None:
    batch = [
        served.event("a", "c001", "moon.landed"),
        served.event("b", "c001") | {"time": "0001-01-01T00:00:00+08:00"},
    ]
    answer = served.crm.post("/events?wait=scored", json=batch)
    found = problem(answer, 422)
    assert found["errors"] and (found["accepted"], found["duplicates"]) == (0, 0)
    assert [(item["index"], item["id"]) for item in found["rejected"]] == [(0, "a"), (1, "b")]
    assert [item["reason"].partition(" ")[0] for item in found["rejected"]] == ["type", "time"]


def test_a_batch_of_known_events_is_202(served: Served) -> None:
    batch = [served.event("again", "c001")]
    for accepted, duplicates in ((1, 0), (0, 1)):
        answer = served.crm.post("/events", json=batch)
        assert answer.status_code == 202
        assert (answer.json()["accepted"], answer.json()["duplicates"]) == (accepted, duplicates)
    mixed = served.crm.post("/events", json=[*batch, served.event("bad", "c001", "moon.landed")])
    assert mixed.status_code == 202 and len(mixed.json()["rejected"]) == 1


def test_a_dialers_key_cannot_undo_a_refusal_or_sell_a_policy(served: Served) -> None:
    refusal = served.event("no", "c001", "consent.changed", data={"channel": "call", "consent": False})
    assert served.dialer.post("/events?wait=scored", json=[refusal]).status_code == 202
    grant = served.event("yes", "c001", "consent.changed", data={"channel": "call", "consent": True})
    sold = served.event("sold", "c001", "policy.purchased", data={"product": "motor", "premium": 999_999})
    found = problem(served.dialer.post("/events?wait=scored", json=[grant, sold]), 422)
    assert "policy.purchased" in found["errors"][1]["reason"] and "dialer" in found["errors"][1]["reason"]
    assert served.crm.get("/customers/c001").json()["consents"]["call"] is False
    assert served.crm.post("/events", json=[grant, sold]).json()["accepted"] == 2


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/customers/c001", "GET, HEAD, PUT, DELETE"),
        ("/v1/customers", "POST"),
        ("/v1/queues/all", "GET, HEAD"),
        ("/v1/leases/complete", "POST"),
        ("/livez", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_all_that_the_path_answers(served: Served, path: str, methods: str) -> None:
    answer = httpx.request("PATCH", f"{served.url}{path}")
    problem(answer, 405)
    assert answer.headers["Allow"] == methods


def test_a_path_that_leads_nowhere_is_a_problem(served: Served) -> None:
    for path in ("/nothing", "/v1/nothing", "/v1/queues/", "/v1/customers//timeline", "/v1/%0A"):
        problem(httpx.get(f"{served.url}{path}"), 404)


def test_head_answers_as_get_without_a_body(served: Served) -> None:
    for path in ("/livez", "/queues", "/customers/c001"):
        answer = served.admin.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == served.admin.get(path).headers["content-type"]


def test_a_body_without_a_length_that_grows_too_large_is_413(served: Served) -> None:
    for path in ("/events", "/score", "/queues/all/claim"):
        body = (b"x" * 1024 * 1024 for _ in range(17))
        problem(served.admin.post(path, content=body, headers={"Content-Type": "application/json"}), 413)


def test_a_body_that_is_not_sent_as_json_is_told_so(served: Served) -> None:
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "nonsense"}):
        found = problem(served.crm.post("/score", content=b'{"customer_ids": ["c001"]}', headers=headers), 422)
        assert [(error["field"], error["reason"]) for error in found["errors"]] == [
            ("Content-Type", "application/json")
        ]


def test_a_name_that_stands_twice_is_refused_and_no_refusal_is_lost_by_it(served: Served) -> None:
    body = '{"consents": {"call": false}, "consents": {"call": true}}'
    json_body = {"Content-Type": "application/json"}
    found = problem(served.crm.put("/customers/twice", content=body, headers=json_body), 422)
    assert [(error["field"], error["reason"]) for error in found["errors"]] == [
        ("body", "each name once in an object; 'consents' stands twice")
    ]
    said = served.event("twice", "c001", "consent.changed", data={"channel": "call", "consent": False})
    doubled = json.dumps(said).replace('"consent": false', '"consent": false, "consent": true')
    good = json.dumps(served.event("beside it", "c001"))
    answer = served.crm.post("/events", content=f"[{doubled}, {good}]")
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    (rejected,) = answer.json()["rejected"]
    assert (rejected["index"], "'consent' stands twice" in rejected["reason"]) == (0, True)
    data = base64.b64encode(b'{"channel": "call", "channel": "sms", "consent": false}').decode()
    coded = {name: value for name, value in said.items() if name != "data"} | {"data_base64": data}
    assert "'channel' stands twice" in served.crm.post("/events", json=[coded]).json()["detail"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"tags":', "JSON; Expecting value at column 9"),
        (b'{\n"tags": }', "JSON; Expecting value at line 2 column 9"),
        (b'{"tags": {"age": "\xff"}}', "JSON; bytes that are not UTF-8"), (b"[" * 200_000, "JSON; nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_told_with_its_place(served: Served, body: bytes, reason: str) -> None:
    for method, path in (("PUT", "/customers/c001"), ("POST", "/events")):
        answer = served.crm.request(method, path, content=body, headers={"Content-Type": "application/json"})
        assert [(error["field"], error["reason"]) for error in problem(answer, 422)["errors"]] == [("body", reason)]


def test_a_number_without_a_fraction_is_an_integer_however_it_is_written(served: Served) -> None:
    for given in (b"2", b"2.0", b"2e0"):
        body = b'{"customer_ids": ["c001"], "explain": ' + given + b"}"
        answer = served.crm.post("/score", content=body, headers={"Content-Type": "application/json"})
        assert len(answer.json()["results"][0]["reasons"]) == 2


def test_a_limit_in_a_query_that_is_none_is_422(served: Served) -> None:
    for given in ("2.5", "1_0", " 2", "two", "0", "1001", "-1", ""):
        found = problem(served.admin.get("/queues/all", params={"limit": given}), 422)
        assert [error["field"] for error in found["errors"]] == ["limit"]


def test_what_a_query_holds_beside_what_is_declared_is_refused_by_name(served: Served) -> None:
    found = problem(served.admin.get("/queues/all?limt=5&limit=1&limit=2"), 422)
    assert [(error["field"], error["value"], error["reason"]) for error in found["errors"]] == [
        ("limt", "5", "a parameter of this path: limit"), ("limit", "2", "given once"),
    ]  # fmt: skip
    event = [served.event("never", "c001")]
    for answer in (
        served.admin.get("/queues?limit=5"),
        served.admin.delete("/customers/c001?dry_run=true"),
        served.crm.post("/events?wait=scored&wait=scored", json=event),
        served.crm.post("/score?explain=2", json={"customer_ids": ["c001"]}),
        served.admin.delete("/agents/wang?reason=left"),
    ):
        problem(answer, 422)
    assert served.crm.get("/customers/c001").status_code == 200
    assert served.crm.post("/events", json=event).json()["duplicates"] == 0
    assert httpx.get(f"{served.url}/v1/queues?limt=5").status_code == 401, "who has no key learns nothing"
    assert httpx.get(f"{served.url}/v1/livez?at=now").status_code == 200, "probes may say what they like"


def test_a_wait_for_nothing_that_is_known_is_422(served: Served) -> None:
    found = problem(served.crm.post("/events?wait=forever", json=[served.event("e", "c001")]), 422)
    assert [(error["field"], error["value"]) for error in found["errors"]] == [("wait", "forever")]


def test_answers_are_not_kept_and_are_what_they_say(served: Served) -> None:
    for answer in (served.crm.get("/customers/c001"), served.crm.get("/customers/none"), httpx.get(served.url + "/no")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_number_of_thousands_of_digits_refuses_its_event_alone(served: Served) -> None:
    batch = [served.event("huge", "c001", data={"premium": "HUGE"}), served.event("good", "c001")]
    body = json.dumps(batch).replace('"HUGE"', "9" * 5000)
    answer = served.crm.post("/events", content=body)
    assert answer.json()["accepted"] == 1 and answer.json()["rejected"][0]["reason"].startswith("data.premium")
