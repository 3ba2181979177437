"""Ids in paths: whatever may be an id can be told, read and erased under it."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.http.paths import spelled
from tests.serving.http.test_bad_requests import problem
from tests.serving.small_service import Served

ODD = [
    "a/b", "/", "a//b/", "timeline/timeline", "%", "50%25", "%2F", "a?b=1", "#1", "a b", "客户-1",
    "ß🙂", "a|b", "a\\b", "a+b&c=d;e", "x" * 128,
]  # fmt: skip


@pytest.fixture(scope="module")
def served(standing: Served) -> Served:
    """Shared: each test tells of others."""
    return standing


def path_of(name: str, more: str = "") -> str:
    """Dots are encoded too: clients take `.` and `..` out of paths."""
    return f"/customers/{quote(name, safe='').replace('.', '%2E')}{more}"


def test_an_odd_id_is_told_read_and_erased_under_its_path(served: Served) -> None:
    told = [served.crm.put(path_of(name), json={"tags": {"age": 30}}).json()["customer_id"] for name in ODD]
    read = [served.crm.get(path_of(name)).json()["customer_id"] for name in ODD]
    timelines = [served.crm.get(path_of(name, "/timeline")).json()["customer_id"] for name in ODD]
    erased = [served.crm.delete(path_of(name)).json()["customer_id"] for name in ODD]
    assert told == read == timelines == erased == ODD
    assert {served.crm.get(path_of(name)).status_code for name in ODD} == {404}


@pytest.mark.parametrize("name", ["a\nb", "\n", "a\n", "\x00", "\x7f", "\x85", " ", "\u2028", "x" * 129])
def test_what_is_no_id_is_422_in_a_path(served: Served, name: str) -> None:
    path, crm = path_of(name), served.crm
    for answer in (crm.get(path), crm.get(f"{path}/timeline"), crm.put(path, json={}), crm.delete(path)):
        assert [error["field"] for error in problem(answer, 422)["errors"]] == ["customer_id"]
    part = quote(name, safe="")
    for answer in (
        served.admin.get(f"/decisions/{part}"),
        served.admin.get(f"/queues/{part}"),
        served.admin.put(f"/agents/{part}", json={}),
        served.admin.post(f"/leases/{part}/release", json={"token": 1}),
        served.admin.post(f"/campaigns/{part}/pause", json={"by": "a", "why": "b"}),
    ):
        problem(answer, 422)


@pytest.mark.parametrize("name", ["a\u200b", " a", "a\u00a0"])
def test_nobody_is_told_of_under_an_id_that_looks_like_another(served: Served, name: str) -> None:
    (error,) = problem(served.crm.put(path_of(name), json={}), 422)["errors"]
    assert error["field"] == "customer_id"
    problem(served.crm.get(path_of(name)), 404)


@pytest.mark.parametrize("name", [".", ".."])
def test_nobody_is_told_of_under_dots_which_are_a_word_for_nothing(served: Served, name: str) -> None:
    (error,) = problem(served.crm.put(path_of(name), json={}), 422)["errors"]
    assert error["field"] == "customer_id"
    problem(served.crm.get(path_of(name)), 404)


def test_a_path_that_is_no_utf8_is_422(served: Served) -> None:
    problem(served.crm.get("/customers/%FF"), 422)
    problem(httpx.get(f"{served.url}/%ff"), 422)


def test_an_agent_with_a_slash_is_registered_and_removed(served: Served) -> None:
    assert served.admin.put("/agents/east%2Fwang", json={}).json()["agent_id"] == "east/wang"
    assert served.admin.delete("/agents/east%2Fwang").json()["agent_id"] == "east/wang"


def test_the_metrics_name_routes_and_no_ids(served: Served) -> None:
    served.crm.get("/customers/secret%2Fone")
    text = served.admin.get("/metrics").text
    assert 'route="/customers/{customer_id}"' in text
    assert "secret" not in text


@given(st.text(min_size=1))
def test_every_spelling_of_a_part_is_brought_to_one(part: str) -> None:
    encoded = quote(part, safe="", errors="replace")
    everything = "".join(f"%{byte:02x}" for byte in part.encode(errors="replace"))
    assert spelled(f"/{encoded}/x".encode()) == spelled(f"/{everything}/x".encode())
    assert spelled(encoded.encode()).count("/") == 0


def test_an_identity_in_a_path_leads_to_whose_it_is_and_makes_nobody(served: Served) -> None:
    found = problem(served.crm.put(path_of("phone:13800000001"), json={}), 422)
    assert [(error["field"], error["value"]) for error in found["errors"]] == [("customer_id", "(withheld)")]
    assert served.crm.get(path_of("phone:13800000001")).json()["customer_id"] == "c001"
    problem(served.crm.get(path_of("phone:13811112222")), 404)
