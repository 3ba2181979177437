"""The metrics: who reads them, and how many labels they can come to have."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from serving.http.keys import KeyFile
from serving.queue.claims import PARTS
from serving.webapp import web
from tests.serving.small_home import NOW
from tests.serving.small_service import Served, with_other


def asked(
    app: FastAPI, client: str, headers: dict[str, str], method: str = "GET", path: str = "/metrics", body: Any = None
) -> httpx.Response:
    """What the app answers somebody at an address."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as asking:
            return await asking.request(method, path, headers=headers, json=body)

    return asyncio.run(ask())


@pytest.fixture
def keys(served: Served) -> KeyFile:
    return KeyFile(served.parts.home.keys)


@pytest.mark.parametrize(
    ("policy", "client", "headers", "status"),
    [
        ("local", "127.0.0.1", {}, 200),
        ("local", "::1", {}, 200),
        ("local", "::ffff:127.0.0.1", {}, 200),
        ("local", "10.0.0.7", {}, 401),
        ("local", "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 401),
        ("local", "127.0.0.1", {"Forwarded": "for=10.0.0.7"}, 401),
        ("key", "127.0.0.1", {}, 401),
        ("open", "10.0.0.7", {}, 200),
    ],
)
def test_who_reads_the_metrics_without_a_key_is_on_the_machine_unless_it_is_declared(
    served: Served, policy: str, client: str, headers: dict[str, str], status: int
) -> None:
    app = web(with_other(served.parts, settings=replace(served.parts.settings, metrics=policy)))
    assert (
        asked(app, client, headers).status_code == asked(app, client, headers, path="/v1/metrics").status_code == status
    )


@pytest.mark.parametrize(("scope", "status"), [("metrics", 200), ("admin", 200), ("crm", 403), ("dialer", 403)])
def test_from_elsewhere_a_key_of_scope_metrics_reads_them(
    served: Served, keys: KeyFile, scope: str, status: int
) -> None:
    key = keys.create(scope, NOW).key
    answer = asked(web(served.parts), "10.0.0.7", {"Authorization": f"Bearer {key}"})
    assert answer.status_code == status


def test_a_key_of_scope_metrics_opens_nothing_else(served: Served, keys: KeyFile) -> None:
    headers = {"Authorization": f"Bearer {keys.create('metrics', NOW).key}"}
    for path in ("/customers/c001", "/queues", "/models", "/desk/log"):
        assert httpx.get(f"{served.url}/v1{path}", headers=headers).status_code == 403


def test_whatever_is_asked_for_adds_no_more_labels_than_there_are_routes(served: Served) -> None:
    app = web(served.parts)
    for number in range(30):
        asked(app, "127.0.0.1", {}, f"WHO{number}", f"/v1/1380000{number:04d}")
        asked(app, "127.0.0.1", {}, "GET", f"/v1/customers/1380000{number:04d}")
    text = asked(app, "127.0.0.1", {}).text
    counts = [line for line in text.splitlines() if line.startswith("nextlead_requests_total")]
    assert sorted(line.partition("{")[2] for line in counts) == [
        'method="(other)",route="(none)",status="404"} 30.0',
        'method="GET",route="/customers/{customer_id}",status="401"} 30.0',
    ]
    assert "1380000" not in text


def test_they_tell_the_models_in_use_and_that_nobody_is_held_twice(served: Served) -> None:
    text = asked(web(served.parts), "127.0.0.1", {}).text
    assert 'nextlead_model_info{objective="renewal",version="1"} 1.0' in text
    assert "nextlead_double_holds 0.0" in text


def test_they_tell_what_each_part_of_a_claim_cost(served: Served, keys: KeyFile) -> None:
    app = web(served.parts)
    headers = {"Authorization": f"Bearer {keys.create('dialer', NOW).key}"}

    answer = asked(app, "127.0.0.1", headers, "POST", "/v1/queues/all/claim", {"agent_id": "wang"})
    assert answer.status_code == 200
    text = asked(app, "127.0.0.1", {}).text
    for part in PARTS:
        assert f'nextlead_claim_seconds_count{{part="{part}"}} ' in text
