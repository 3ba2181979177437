"""The OpenAPI document is true: every route is called and answers as it says, and its schemas are what clients need.

In every other test too each answer of a service is checked by the document, whoever asked (see conformance).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from features.home import Home
from serving.clock import Clock
from serving.composition import Composition
from serving.dialers.webhooks.signature import secret_of, sign
from serving.kept_secrets import digest_of_secret
from serving.webapp import web
from tests.serving.http.conformance import Conformance, Document, Seen
from tests.serving.signed_in import signed_in
from tests.serving.small_home import changed
from tests.serving.small_service import Served, listening

KEY, SECRET = bytes(range(32)), "the secret in the call URLs"
CAMPAIGN = {"calls": {"objectives": ["conversion"], "label": {"zh": "首呼", "en": "first calls"}, "daily_quota": 50}}
DIALERS = {
    "vicidial": {
        "main": {
            "url": "http://127.0.0.1:1", "user": "u", "password": "p", "campaign": "C", "list": 101,
            "secret_sha256": digest_of_secret(SECRET),
        },
    },
    "incoming": {"other": {"secrets": [secret_of(KEY)]}},
}  # fmt: skip
WHO = {"by": "li", "why": "a try"}


@pytest.fixture
def home(home: Home) -> Home:
    """With a campaign, and other dialers."""
    changed(home, "actions.yaml", lambda document: document.update(campaigns=CAMPAIGN))
    (home.folder / "dialers.yaml").write_text(yaml.safe_dump(DIALERS), "utf-8")
    return Home.open(home.folder)


@pytest.fixture
def document(parts: Composition) -> dict[str, Any]:
    return web(parts).openapi()


def call_every_route(served: Served, clock: Clock) -> None:
    admin = served.admin
    for method, path, body in (
        ("POST", "/events?wait=scored", [served.event("e1", "c001")]),
        ("PUT", "/customers/c001?wait=scored", {"tags": {"age": 30}, "identities": {"wechat": "me"}}),
        ("POST", "/customers", {"customers": [{"customer_id": "n1"}, 7]}),
        ("GET", "/customers/c000", None),
        ("GET", "/customers/c001/timeline?limit=5", None),
        ("GET", "/customers/c001/consents", None),
        ("GET", "/customers/c001/export", None),
        ("PUT", "/customers/c001/hold", WHO),
        ("GET", "/customers/c001/hold", None),
        ("DELETE", "/customers/c001/hold", None),
        ("POST", "/customers/c020/merge", {"customer_id": "c021", "by": "lin", "reason": "one"}),
        ("GET", "/conflicts", None),
        ("POST", "/customers/c020/unmerge", {"customer_id": "c021", "by": "lin", "reason": "two"}),
        ("GET", "/events/set-aside", None),
        ("POST", "/score", {"customer_ids": ["c000", "c001", "nobody"], "explain": 2}),
        ("GET", "/models", None),
        ("GET", "/queues", None),
        ("GET", "/queues/all?limit=50", None),
        ("POST", "/queues/renewal/push", {"customer_id": "c000", **WHO}),
        ("PUT", "/agents/wang", {"skills": ["motor"]}),
        ("GET", "/agents", None),
        ("DELETE", "/agents/wang", None),
        ("POST", "/queues/renewal/pause", WHO),
        ("POST", "/queues/renewal/claim", {"agent_id": "ann"}),
        ("POST", "/queues/renewal/resume", WHO),
        ("POST", "/campaigns/calls/pause", WHO),
        ("POST", "/campaigns/calls/resume", WHO),
        ("GET", "/campaigns", None),
        ("GET", "/recalls", None),
        ("GET", "/desk/log", None),
        ("GET", "/audit?customer_id=c001&limit=5", None),
        ("GET", "/livez", None),
        ("GET", "/readyz", None),
        ("GET", "/metrics", None),
        ("DELETE", "/customers/c010", None),
    ):  # fmt: skip
        assert admin.request(method, path, json=body).is_success, path
    offered = admin.post("/next-action", json={"customer_ids": ["c000"], "limit": 9, "explain": 2}).json()
    admin.get(f"/decisions/{offered['results'][0]['decision_id']}")
    with signed_in(served, "manager") as manager:
        manager.get("/session")
        manager.delete("/session")
    call_the_lease_routes(served)
    call_the_dialers_routes(served, clock)


def call_the_lease_routes(served: Served) -> None:
    claimed = served.dialer.post("/queues/all/claim", json={"agent_id": "ann", "limit": 4}).json()["leases"]
    served.admin.get("/leases")
    (first, token), *others = ((f"/leases/{lease['lease_id']}", {"token": lease["token"]}) for lease in claimed)
    served.dialer.post(f"{first}/renew", json=token)
    served.dialer.post(f"{first}/complete", json=token | {"disposition": "no_answer"})
    served.dialer.post(f"{others[0][0]}/release", json=others[0][1])
    served.admin.post(f"{others[1][0]}/take-back", json=WHO)
    last = {"lease_id": claimed[3]["lease_id"], "disposition": "busy", **others[2][1]}
    served.dialer.post("/leases/complete", json={"leases": [last, 7]})


def call_the_dialers_routes(served: Served, clock: Clock) -> None:
    told = {"secret": SECRET, "vendor_lead_code": "c003", "what the campaign adds": "is passed over"}
    for kind, more in (("dispo", {"dispo": "SALE", "call_id": "M1"}), ("no-agent", {"status": "NA", "call_id": "M2"})):
        assert served.admin.get(f"/dialers/vicidial/main/{kind}", params=told | more).is_success
    body = b'{"call_id": "9", "customer_id": "c004", "disposition": "no_answer"}'
    headers = sign([KEY], "m1", clock.now(), body) | {"Content-Type": "application/json"}
    assert served.admin.post("/dialers/other/outcomes", content=body, headers=headers).is_success


def test_every_route_answers_as_the_document_says(served: Served, document: dict[str, Any]) -> None:
    call_every_route(served, served.parts.clock)
    assert served.conformance.seen == {operation["operationId"] for operation in operations(document)}


def test_an_answer_with_anything_undeclared_is_caught(served: Served, document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["ScoreResult"]["properties"]["uplift"]
    answer = served.crm.post("/score", json={"customer_ids": ["c001"]})
    with pytest.raises(AssertionError, match=r"post_score 200: .*'uplift' was unexpected"):
        Conformance(Document(document)).check(Seen.of(answer))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": 418}, "post_score does not tell of 418"),
        ({"media": "text/plain"}, "post_score 200 does not tell of text/plain"),
        (
            {"body": b'{"results": [], "unknown": null, "failed": []}'},
            r"post_score 200: .*unknown: None is not of type",
        ),
        ({"path": "/v1/nowhere"}, "POST /v1/nowhere is answered with 200"),
        ({"path": "/v1/nowhere", "status": 404, "media": "text/plain"}, "POST /v1/nowhere"),
    ],
)
def test_an_answer_that_is_not_told_of_is_caught(document: dict[str, Any], change: dict[str, Any], said: str) -> None:
    right = Seen("POST", "/v1/score", 200, "application/json", b'{"results": [], "unknown": [], "failed": []}')
    Conformance(Document(document)).check(right)
    with pytest.raises(AssertionError, match=said):
        Conformance(Document(document)).check(replace(right, **change))


def test_whoever_asks_gets_what_the_document_tells(parts: Composition, document: dict[str, Any]) -> None:
    del document["paths"]["/v1/livez"]
    with pytest.raises(AssertionError, match="GET /v1/livez"), listening(parts, Conformance(Document(document))) as url:
        httpx.get(f"{url}/v1/livez")


def test_every_schema_with_properties_has_a_name(document: dict[str, Any]) -> None:
    inlined = [
        path for path, schema in walk(document)
        if "properties" in schema and not path.startswith("components.schemas.") and path.count(".") > 2
    ]  # fmt: skip
    named = [path for path, schema in walk(document["components"]["schemas"]) if "properties" in schema]
    assert inlined == []
    assert [path for path in named if "." in path.removesuffix(".properties")] == []


def test_bounds_are_told_in_the_words_of_json_schema(document: dict[str, Any]) -> None:
    assert [path for path, schema in walk(document) if {"ge", "le", "gt", "lt"} & set(schema)] == []
    limits = [schema for path, schema in walk(document) if path.endswith("properties.limit")]
    assert [(schema["minimum"], schema["maximum"]) for schema in limits] == [(1, 200), (1, 50)]


def test_every_time_is_declared_as_one(document: dict[str, Any]) -> None:
    times = {"at", "time", "since", "due", "as_of", "valid_until", "expires_at", "created_at", "recalled_at"}
    declared = [
        (f"{name}.{field}", schema)
        for name, model in document["components"]["schemas"].items()
        for field, schema in model.get("properties", {}).items()
        if field in times or field == "callback_at"
    ]
    assert len(declared) > 15
    assert [name for name, schema in declared if "date-time" not in str(schema)] == []


def test_routes_without_a_key_do_not_tell_of_keys(document: dict[str, Any]) -> None:
    for name in ("livez", "readyz"):
        operation = document["paths"][f"/v1/{name}"]["get"]
        assert "security" not in operation and not {"401", "403", "422"} & set(operation["responses"])


def test_any_of_a_routes_scopes_opens_it(document: dict[str, Any]) -> None:
    security = document["paths"]["/v1/events"]["post"]["security"]
    assert [scope for need in security for scopes in need.values() for scope in scopes] == ["crm", "dialer", "admin"]
    assert all(len(scopes) == 1 for need in security for scopes in need.values())


def test_every_route_says_what_it_does_and_asks_what_its_example_shows(document: dict[str, Any]) -> None:
    summaries = {operation["operationId"]: operation["summary"] for operation in operations(document)}
    assert len(summaries) > 30 and [name for name, said in summaries.items() if len(said.split()) <= 2] == []
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            whole = {"components": document["components"], "$ref": f"#/components/schemas/{name}"}
            Draft202012Validator(whole).validate(example)


def test_links_lead_from_what_is_answered_to_all_that_a_path_asks_for(document: dict[str, Any]) -> None:
    asked = {
        operation["operationId"]: {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        for operation in operations(document)
    }
    answers = {operation["operationId"]: operation["responses"].get("200", {}) for operation in operations(document)}
    links = [(answer, link) for answer in answers.values() for link in answer.get("links", {}).values()]
    assert len(links) > 20
    for answer, link in links:
        assert link["parameters"].keys() == asked[link["operationId"]]
        for place in (*link["parameters"].values(), *link.get("requestBody", {}).values()):
            at = answer["content"]["application/json"]["schema"]
            for part in place.removeprefix("$response.body#/").split("/") if place.startswith("$") else ():
                at = document["components"]["schemas"][at["$ref"].rpartition("/")[2]] if "$ref" in at else at
                at = at["items"] if part.isdigit() else at["properties"][part]


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def walk(part: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document, with where it stands."""
    if isinstance(part, dict):
        yield path, part
    for name, inner in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield from walk(inner, f"{path}.{name}".lstrip("."))
