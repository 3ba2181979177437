"""What a key may do: for whom, how much, how long and how often."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from features.home import Home
from serving.composition import Composition
from serving.http.api_key import DEFAULTS, KeyLimits, usual_limits
from serving.http.keys import KeyFile
from serving.http.rates import Rates
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW, changed
from tests.serving.small_service import Served


@pytest.fixture
def home(pattern: Home, tmp_path: Path) -> Home:
    """With a team."""
    home = Home.open(shutil.copytree(pattern.folder, tmp_path / "home"))
    changed(home, "actions.yaml", lambda actions: actions.update(distribution={"teams": {"red": {}}}))
    return home


@contextmanager
def client(served: Served, scope: str = "dialer", limits: KeyLimits | None = None) -> Iterator[httpx.Client]:
    key = KeyFile(served.parts.home.keys).create(scope, NOW, limits=limits).key
    with httpx.Client(base_url=f"{served.url}/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30) as made:
        yield made


def claim(client: httpx.Client, agent: str, limit: int = 1, **more: Any) -> dict[str, Any]:
    answer = client.post("/queues/all/claim", json={"agent_id": agent, "limit": limit} | more)
    assert answer.status_code == 200, answer.text
    claimed: dict[str, Any] = answer.json()
    return claimed


def seconds(text: str) -> float:
    """From the time of the service's clock on."""
    return (datetime.fromisoformat(text) - NOW).total_seconds()


def test_a_dialers_key_is_limited_unless_something_else_is_said() -> None:
    assert DEFAULTS["dialer"] == KeyLimits(held=500, lease_seconds=3600, rate=500, hourly=20_000)
    assert DEFAULTS["admin"] == KeyLimits()


def test_however_many_agents_it_invents_a_key_holds_no_more_than_it_may(served: Served) -> None:
    with client(served, limits=KeyLimits(held=5)) as dialer:
        first = [claim(dialer, f"agent{number}", 3) for number in range(3)]
        assert [len(claimed["leases"]) for claimed in first] == [3, 2, 0]
        assert [limit["rule"] for limit in first[2]["limits"]] == ["key_load"]
        lease = first[0]["leases"][0]
        assert dialer.post(f"/leases/{lease['lease_id']}/release", json={"token": lease["token"]}).status_code == 200
        assert len(claim(dialer, "another", 3)["leases"]) == 1
        assert len(claim(served.dialer, "of another key", 3)["leases"]) == 3


def test_however_fast_a_key_gives_leads_back_it_learns_no_more_numbers_in_an_hour_than_it_may(served: Served) -> None:
    learned: set[str] = set()
    with client(served, limits=KeyLimits(held=3, hourly=5)) as dialer:
        for number in range(4):
            claimed = claim(dialer, f"agent{number}", 3)
            learned |= {lease["customer_id"] for lease in claimed["leases"]}
            for lease, ends in zip(claimed["leases"], ("release", "complete", "complete"), strict=False):
                told = {"token": lease["token"]} | ({"disposition": "no_answer"} if ends == "complete" else {})
                assert dialer.post(f"/leases/{lease['lease_id']}/{ends}", json=told).is_success
        assert [limit["rule"] for limit in claimed["limits"]] == ["key_hour"]
    assert len(learned) <= 5
    assert len(claim(served.dialer, "of another key", 3)["leases"]) == 3


def test_in_the_next_hour_a_key_may_take_leads_again(parts: Composition) -> None:
    wanted = Wanted("wang", 2, key="a key", hourly_of_key=2)
    begun = NOW.replace(minute=0)
    taken = [len(parts.claims.claim("all", wanted, begun + timedelta(minutes=at))["leases"]) for at in (0, 59, 60)]
    assert taken == [2, 0, 2]


@pytest.mark.parametrize(
    ("given", "hourly"), [({}, 20_000), ({"held": 7}, 280), ({"held": None}, None), ({"held": None, "hourly": 9}, 9)]
)
def test_leads_taken_within_an_hour_go_by_those_held_at_once_unless_something_else_is_said(
    given: dict[str, Any], hourly: int | None
) -> None:
    assert usual_limits("dialer", given).hourly == hourly


def test_a_key_that_was_made_before_there_was_a_limit_has_the_usual_one(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    made = keys.create("dialer", NOW, limits=KeyLimits(held=7))
    document = json.loads(keys_text := (tmp_path / "keys.json").read_text("utf-8"))
    assert "hourly" in keys_text
    del document[0]["limits"]["hourly"]
    (tmp_path / "keys.json").write_text(json.dumps(document), "utf-8")
    found = KeyFile(tmp_path / "keys.json").find(made.id)
    assert found is not None and (found.limits.held, found.limits.hourly) == (7, 280)


def test_a_lease_lasts_no_longer_than_the_key_lets_it_renewals_included(served: Served) -> None:
    with client(served, limits=KeyLimits(lease_seconds=600)) as dialer:
        (lease,) = claim(dialer, "wang", lease_seconds=86_400)["leases"]
        assert 590 < seconds(lease["expires_at"]) < 660
        for _ in range(3):
            renewal = {"token": lease["token"], "lease_seconds": 86_400}
            renewed = dialer.post(f"/leases/{lease['lease_id']}/renew", json=renewal).json()
            assert renewed["expires_at"] <= lease["expires_at"]
    (lease,) = claim(served.admin, "li", lease_seconds=86_400)["leases"]
    assert seconds(lease["expires_at"]) > 86_000


def test_a_key_of_agents_and_teams_claims_for_nobody_else(served: Served) -> None:
    assert served.admin.put("/agents/zhao", json={"team": "red"}).status_code == 200
    with client(served, limits=KeyLimits(agents=("wang",), teams=("red",))) as dialer:
        assert len(claim(dialer, "wang")["leases"]) == len(claim(dialer, "zhao")["leases"]) == 1
        refused = dialer.post("/queues/all/claim", json={"agent_id": "li", "limit": 1})
        assert refused.status_code == 403
        assert refused.json()["detail"] == "this key claims for agent wang, team red alone"


def test_who_asks_too_often_is_told_so_and_others_are_not(served: Served) -> None:
    with client(served, "crm", KeyLimits(rate=3)) as noisy:
        answers = [noisy.get("/models") for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 429} == {"1"}
    assert served.crm.get("/models").status_code == 200


def test_who_tries_keys_is_slowed_down_and_a_valid_key_is_not(served: Served) -> None:
    with httpx.Client(headers={"Authorization": "Bearer nl_guess"}) as guessing:
        found = [guessing.get(f"{served.url}/v1/models").status_code for _ in range(400)]
    assert found[0] == 401 and 429 in found
    assert served.crm.get("/models").status_code == 200


def test_a_rate_lets_a_burst_through_and_then_so_many_a_second() -> None:
    at = [0.0]
    rates = Rates(burst=2.0, clock=lambda: at[0])
    assert [rates.take("key", 2) for _ in range(5)] == [True] * 4 + [False]
    at[0] = 1.0
    assert [rates.take("key", 2) for _ in range(3)] == [True, True, False]
    assert rates.take("other", 2)


@pytest.mark.parametrize("hours", [1, 48])
def test_a_rotated_key_goes_on_for_the_overlap_and_never_longer_than_it_would_have(served: Served, hours: int) -> None:
    at = [NOW]
    keys = KeyFile(served.parts.home.keys, real_now=lambda: at[0])
    before = keys.create("crm", NOW, expires_at=NOW + timedelta(hours=24), owner="CRM team")
    after = keys.rotate(before.id, timedelta(hours=hours), NOW)
    assert keys.check(before.key) is not None and keys.check(after.key) is not None
    at[0] = NOW + timedelta(hours=min(hours, 24))
    assert keys.check(before.key) is None
    kept = {key.id: key for key in keys.list()}[after.id]
    assert (kept.owner, kept.scope, kept.limits) == ("CRM team", "crm", DEFAULTS["crm"])
    assert after.key.startswith(kept.prefix) and len(kept.prefix) < 10
