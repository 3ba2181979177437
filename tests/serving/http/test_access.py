"""The policy of access, walked in full over HTTP: each role at each route, whose customers it sees, which fields."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from console.wings import build
from features.home import Home
from serving.access.act import Act
from serving.access.fields import SIGHTS, Shown
from serving.access.rights import Extent, extent_of
from serving.access.role import MACHINES, PEOPLE, ROLES, Role
from serving.http.access_page import guarded, page
from serving.http.keys import KeyFile
from serving.webapp import web
from tests.serving.signed_in import signed_in
from tests.serving.small_home import NOW
from tests.serving.small_service import Served

PAGE = Path(__file__).parents[3] / "docs" / "access.md"

PHONE, MAIL, PAPER, NOTE = "+8613900007782", "wang.own@example.com", "110101199003077712", "keeps bees in the garden"
ILLNESS, AGE = "asthma since spring", 43.25

WHO: Mapping[Role, Mapping[str, str]] = {
    "agent": {"agent_id": "wang"},
    "team_lead": {"agent_id": "zhao", "team": "north"},
}
"""Who the people are that are agents: of one team, which `li` is not of."""


@pytest.fixture
def home(home: Home) -> Home:
    """A home with teams, and with tags that are sensitive."""
    path = home.workspace_folder / "workspace.yaml"
    told = yaml.safe_load(path.read_text("utf-8"))
    told["tags"]["age"]["sensitive"] = True
    told["tags"]["nickname"]["sensitive"] = True
    path.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), "utf-8")
    path = home.workspace_folder / "actions.yaml"
    told = yaml.safe_load(path.read_text("utf-8"))
    told["distribution"] = {"teams": {"north": {}, "south": {}}}
    path.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), "utf-8")
    return Home.open(home.folder)


@pytest.fixture
def people(served: Served) -> Mapping[str, str]:
    """Two customers with everything that can be told of one; by whose they are, and a lease and a decision of each."""
    found = {}
    for agent, team, last in (("wang", "north", "2"), ("li", "south", "3")):
        served.admin.put(f"/agents/{agent}", json={"team": team})
        customer = f"of-{agent}"
        told = {
            "identities": {"phone": PHONE[:-1] + last, "email": MAIL.replace("wang", agent)},
            "tags": {
                "national_id": PAPER[:-1] + last,
                "agent": agent,
                "nickname": ILLNESS,
                "age": AGE,
            },
            "consents": {"call": True},
        }
        assert served.crm.put(f"/customers/{customer}?wait=scored", json=told).is_success
        call_and_promise(served, agent, customer, f"{NOTE} {PHONE[3:-1]}{last}")
        decided = served.crm.post("/next-action", json={"customer_ids": [customer], "explain": 5}).json()
        found |= {agent: customer, f"decision-{agent}": decided["results"][0]["decision_id"]}
    return found


def call_and_promise(served: Served, agent: str, customer: str, note: str) -> None:
    """The agent has called the customer, promised to call again, and written down why."""
    served.admin.post("/queues/all/push", json={"customer_id": customer, "by": "manager", "why": "test"})
    (lease,) = served.dialer.post("/queues/all/claim", json={"agent_id": agent, "limit": 1}).json()["leases"]
    assert lease["customer_id"] == customer
    outcome = {"token": lease["token"], "disposition": "callback", "note": note,
               "callback_at": "2026-03-05T09:00:00+08:00"}  # fmt: skip
    assert served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=outcome).is_success


@pytest.fixture
def clients(served: Served) -> Iterator[Mapping[Role, httpx.Client]]:
    """A client of each role: people in a session, machines with a key."""
    keys = KeyFile(served.parts.home.keys)
    with ExitStack() as stack:
        found: dict[Role, httpx.Client] = {
            role: stack.enter_context(signed_in(served, role, **WHO.get(role, {}))) for role in PEOPLE
        }
        for scope in MACHINES:
            headers = {"Authorization": f"Bearer {keys.create(scope, NOW).key}"}
            client = httpx.Client(base_url=f"{served.url}/v1", headers=headers, timeout=30)
            found[scope] = stack.enter_context(client)
        yield found


def test_the_page_says_what_policy_and_routes_say(served: Served) -> None:
    written = page(web(served.parts, wings=build))
    if os.environ.get("NEXTLEAD_WRITE_PAGES"):
        PAGE.write_text(written, encoding="utf-8")
    assert PAGE.read_text("utf-8") == written, "run this test with NEXTLEAD_WRITE_PAGES=1, and read what changed"


def test_every_route_opens_to_whom_the_policy_lets_and_to_nobody_else(
    served: Served, clients: Mapping[Role, httpx.Client]
) -> None:
    routes = [route for route in guarded(web(served.parts)) if route.path.startswith("/v1/")]
    assert len(routes) > 30
    for route in routes:
        path = re.sub(r"{[^}]+}", "nobody", route.path).removeprefix("/v1")
        for role, client in clients.items():
            status = client.request(route.method, path, json=None if route.method == "GET" else {}).status_code
            opened = status not in (401, 403)
            assert opened is (route.opens(role) is not None), (role, route.method, path, status)
        stranger = httpx.request(route.method, f"{served.url}{route.path}", json={})
        assert stranger.status_code == 401, route.path


def test_whoever_acts_with_their_own_customers_acts_with_nobody_elses(
    served: Served, clients: Mapping[Role, httpx.Client], people: Mapping[str, str]
) -> None:
    for role, client in clients.items():
        for act, method, path, body in _asked(people["wang"], people["decision-wang"], "wang"):
            other = _replaced(path, people), None if body is None else json.loads(_replaced(json.dumps(body), people))
            own, others = client.request(method, path, json=body), client.request(method, other[0], json=other[1])
            extent = extent_of(role, act)
            if extent is None:
                assert (own.status_code, others.status_code) == (403, 403), (role, path)
                continue
            assert own.is_success, (role, path, own.text)
            if extent is Extent.ALL:
                assert others.is_success, (role, path, others.text)
                continue
            about = others.text.replace(f'"unknown":["{people["li"]}"]', "")
            assert others.status_code == 404 or people["li"] not in about, (role, path, others.text)
            assert '"agent_id":"li"' not in others.text, (role, path)


def test_each_role_sees_of_each_field_what_the_policy_says_at_every_route(
    clients: Mapping[Role, httpx.Client], people: Mapping[str, str]
) -> None:
    seen = {role: "" for role in ROLES}
    for role, client in clients.items():
        for _, method, path, body in _asked(people["wang"], people["decision-wang"], "wang"):
            seen[role] += client.request(method, path, json=body).text
    fields = {"numbers": (PHONE, PHONE[3:], MAIL, PAPER), "sensitive": (ILLNESS, str(AGE)), "words": (NOTE,)}
    for role, text in seen.items():
        for field, planted in fields.items():
            shown = getattr(SIGHTS[role], field)
            found = [one for one in planted if one in text]
            if shown is Shown.FULL and role in ("crm", "admin"):
                assert found == list(planted), (role, field)
            if field != "words" or shown is Shown.HIDDEN:
                assert shown is Shown.FULL or not found, (role, field, found)
        if SIGHTS[role].ids is not Shown.FULL:
            assert f'"customer_id":"{people["wang"]}"' not in text, role


def _asked(customer: str, decision: str, agent: str) -> list[tuple[Act, str, str, Any]]:
    """What tells of a person, at every route that looks at whose they are."""
    ids = {"customer_ids": [customer], "explain": 50}
    return [
        (Act.READ_CUSTOMER, "GET", f"/customers/{customer}", None),
        (Act.READ_CUSTOMER, "GET", f"/customers/{customer}/timeline", None),
        (Act.READ_CUSTOMER, "GET", f"/customers/{customer}/consents", None),
        (Act.SCORE, "POST", "/score", ids),
        (Act.DECIDE, "POST", "/next-action", ids),
        (Act.READ_DECISION, "GET", f"/decisions/{decision}", None),
        (Act.READ_AGENTS, "GET", "/agents", None),
        (Act.READ_LEASES, "GET", f"/leases?agent={agent}", None),
        (Act.READ_RECALLS, "GET", f"/recalls?agent={agent}", None),
    ]


def _replaced(text: str, people: Mapping[str, str]) -> str:
    """The same asked of the other agent's customer."""
    text = text.replace(people["wang"], people["li"]).replace(people["decision-wang"], people["decision-li"])
    return text.replace("agent=wang", "agent=li")
