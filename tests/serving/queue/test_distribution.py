"""Fair distribution over HTTP: remits, quotas, loads, the best leads, teams, paces and pauses."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from features.home import Home
from serving.queue.places import Item, Place
from tests.serving.small_service import Served, settle_at

QUOTAS = "distribution: {daily_quota: 7, max_load: 3}"
REGISTERED = "distribution: {registered_only: true}"
TOP = "distribution: {top: {share: 0.2}}"
TEAMS = "distribution: {teams: {red: {skills: [motor], share: 2}, blue: {regions: [east]}, green: {share: 1}}}"
PACED = """
campaigns:
  renewals:
    {label: {zh: 续保月, en: renewal month}, objectives: [renewal], daily_quota: 11, hours: 09:00-20:00, slack: 2}
  night: {objectives: [cross_sell], daily_quota: 50, hours: 18:00-20:00}
"""
"""At noon 3 of 11 hours are over: 3 renewals and a slack of 2; the night's hours have not begun."""


@pytest.fixture
def home(pattern: Home, tmp_path: Path, request: pytest.FixtureRequest) -> Home:
    """A home of its own, with the rules that the test declares."""
    home = Home.open(shutil.copytree(pattern.folder, tmp_path / "home"))
    actions = home.workspace_folder / "actions.yaml"
    actions.write_text(f"{actions.read_text('utf-8')}\n{getattr(request, 'param', '')}\n", encoding="utf-8")
    return home


def rules(text: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("home", [text], indirect=True)


def claim(served: Served, agent: str, limit: int = 1, queue: str = "all", **more: Any) -> dict[str, Any]:
    body = {"agent_id": agent, "limit": limit} | more
    answer = served.dialer.post(f"/queues/{queue}/claim", json=body)
    assert answer.status_code == 200, answer.text
    claimed: dict[str, Any] = answer.json()
    return claimed


def said(claimed: dict[str, Any]) -> list[str]:
    return [limit["rule"] for limit in claimed["limits"]]


def customers(claimed: dict[str, Any]) -> list[str]:
    return [lease["customer_id"] for lease in claimed["leases"]]


def release(served: Served, claimed: dict[str, Any]) -> None:
    for lease in claimed["leases"]:
        served.dialer.post(f"/leases/{lease['lease_id']}/release", json={"token": lease["token"]})


def complete(served: Served, claimed: dict[str, Any]) -> None:
    for lease in claimed["leases"]:
        body = {"token": lease["token"], "disposition": "not_interested"}
        assert served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body).status_code == 200


def west(name: str) -> bool:
    return int(name[1:]) % 2 == 1


def test_a_registered_agent_gets_what_both_the_claim_and_the_register_allow(served: Served) -> None:
    served.admin.put("/agents/ann", json={"regions": ["west"]})
    assert all(west(name) for name in customers(claim(served, "ann", 20)))
    nothing = claim(served, "ann", 1, regions=["east"])
    assert (customers(nothing), said(nothing)) == ([], ["outside_remit"])
    assert not all(west(name) for name in customers(claim(served, "bob", 20)))


def test_an_agent_who_is_not_active_gets_nothing_and_is_told_in_both_languages(served: Served) -> None:
    served.admin.put("/agents/ann", json={"active": False})
    nothing = claim(served, "ann")
    assert nothing["limits"] == [
        {"rule": "inactive", "text": {"zh": "坐席已停用", "en": "the agent is not active"}}
    ]  # fmt: skip
    assert nothing["leases"] == []


@rules(REGISTERED)
def test_where_only_registered_agents_work_others_get_nothing(served: Served) -> None:
    assert said(claim(served, "ann")) == ["not_registered"]
    served.admin.put("/agents/ann", json={})
    assert len(claim(served, "ann")["leases"]) == 1


@rules(QUOTAS)
def test_nobody_holds_more_than_their_load_nor_takes_more_than_their_quota(served: Served) -> None:
    first = claim(served, "ann", 5)
    assert (len(first["leases"]), said(first)) == (3, ["max_load"])
    assert said(claim(served, "ann", 1)) == ["max_load"]
    complete(served, first)
    complete(served, claim(served, "ann", 3))
    last = claim(served, "ann", 3)
    assert (len(last["leases"]), said(last)) == (1, ["daily_quota"])
    served.admin.put("/agents/ann", json={"daily_quota": 9})
    assert len(claim(served, "ann", 2)["leases"]) == 2


@rules(QUOTAS)
def test_a_lead_that_is_given_back_is_counted_no_longer(served: Served) -> None:
    for _ in range(4):
        given = claim(served, "ann", 3)
        assert len(given["leases"]) == 3
        release(served, given)


@rules(QUOTAS)
def test_a_lead_whose_lease_ended_by_itself_is_counted_no_longer(served: Served) -> None:
    queue, clock = served.parts.queue, served.parts.clock
    for hours in range(1, 5):
        assert len(claim(served, "ann", 3)["leases"]) == 3
        settle_at(served, clock.now() + timedelta(hours=hours), lambda: queue.leases.count() == 0)


@rules(QUOTAS)
def test_an_agent_who_claims_many_times_at_once_never_passes_their_load(served: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: claim(served, "ann", 2), range(12)))
    assert sum(len(claimed["leases"]) for claimed in claims) == 3


@rules("distribution: {daily_quota: 7}")
def test_an_agent_who_claims_many_times_at_once_never_passes_their_quota(served: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: claim(served, "ann", 2), range(12)))
    assert sum(len(claimed["leases"]) for claimed in claims) == 7


@rules(TOP)
def test_the_best_leads_are_shared_out_evenly_among_those_at_work(served: Served) -> None:
    names = [item["customer_id"] for item in served.dialer.get("/queues/all?limit=240").json()["items"]]
    best = set(names[: round(0.2 * len(names))])
    claim(served, "bob"), claim(served, "cid")
    got: dict[str, list[str]] = {"ann": [], "bob": [], "cid": []}
    for agent in ("ann", "ann", "ann", "ann", "bob", "cid", "ann", "ann", "bob", "bob", "cid"):
        got[agent] += customers(claim(served, agent))
    had = {agent: len(best & set(leads)) for agent, leads in got.items()}
    assert len(got["ann"]) == 6
    assert had["ann"] < 6, "who is ahead gets the next-best"
    assert max(had.values()) - min(had.values()) <= 2


@rules(TOP)
def test_an_agent_who_works_alone_may_take_all_the_best(served: Served) -> None:
    names = [item["customer_id"] for item in served.dialer.get("/queues/all?limit=240").json()["items"]]
    assert customers(claim(served, "ann", 30)) == names[:30]


@rules(TEAMS)
def test_a_team_takes_of_its_own_lines_and_no_more_than_its_share(served: Served) -> None:
    served.admin.put("/agents/ann", json={"team": "red"})
    served.admin.put("/agents/gil", json={"team": "green"})
    served.admin.put("/agents/bea", json={"team": "blue"})
    assert len(claim(served, "ann", 1)["leases"]) == 1
    assert len(claim(served, "gil", 1)["leases"]) == 1
    second = claim(served, "ann", 10)
    assert (len(second["leases"]), said(second)) == (2, ["team_share"]), "twice what green had, and one ahead"
    assert {lease["action"]["product"] for lease in second["leases"]} <= {"motor", None}
    assert len(claim(served, "gil", 1)["leases"]) == 1
    assert len(claim(served, "ann", 10)["leases"]) == 2
    assert not any(west(name) for name in customers(claim(served, "bea", 10)))


@rules(PACED)
def test_a_campaign_is_paced_over_its_hours_and_says_so(served: Served) -> None:
    first = claim(served, "ann", 20, queue="renewal")
    assert len(first["leases"]) == 5
    assert {"rule": "campaign_pace", "text": {"zh": "活动按节奏发放，暂无余量：续保月",
            "en": "the campaign renewal month is ahead of its pace"}} in first["limits"]  # fmt: skip
    assert "campaign_closed" in said(claim(served, "bob", 200, queue="cross_sell"))
    assert len(claim(served, "bob", 20, queue="conversion")["leases"]) == 20


@rules(PACED)
def test_many_who_claim_at_once_never_pass_a_campaigns_pace(served: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda n: claim(served, f"a{n}", 3, queue="renewal"), range(12)))
    assert sum(len(claimed["leases"]) for claimed in claims) == 5


@rules(PACED)
def test_a_paused_campaign_hands_out_nothing_until_it_is_resumed(served: Served) -> None:
    why = {"by": "li", "why": "prices change"}
    assert served.admin.post("/campaigns/renewals/pause", json=why).json()["paused"] is True
    assert "campaign_paused" in said(claim(served, "ann", 20, queue="renewal"))
    assert not any(int(name[1:]) % 3 == 0 for name in customers(claim(served, "ann", 20)))
    served.admin.post("/campaigns/renewals/resume", json=why)
    assert len(claim(served, "ann", 2, queue="renewal")["leases"]) == 2
    assert served.admin.post("/campaigns/none/pause", json=why).status_code == 404


def test_what_a_paused_queue_is_for_is_not_handed_out_by_the_queue_of_all_either(served: Served) -> None:
    why = {"by": "li", "why": "prices change"}
    waiting = {item["customer_id"]: item for item in served.dialer.get("/queues/all?limit=1000").json()["items"]}
    renewals = {name for name, item in waiting.items() if item["action"] == "call_renew"}
    served.admin.post("/queues/renewal/pause", json=why)
    taken = [claim(served, "ann", 200), claim(served, "bob", 200)]
    assert {name for claimed in taken for name in customers(claimed)} == waiting.keys() - renewals
    assert taken[1]["limits"] == [
        {"rule": "objective_paused", "text": {"zh": "队列已暂停：renewal", "en": "the queue renewal is paused"}}
    ]
    states = {queue["queue"]: queue["states"] for queue in served.dialer.get("/queues").json()["queues"]}
    assert states["all"]["paused"] == len(renewals) > 0
    served.admin.post("/queues/renewal/resume", json=why)
    assert set(customers(claim(served, "bob", 200))) == renewals


def test_who_is_worth_a_paused_call_most_by_the_time_of_the_claim_is_given_back(served: Served) -> None:
    """They stood in the queue for another call, and were not ranked anew yet."""
    (lease,) = claim(served, "ann", queue="renewal")["leases"]
    release(served, {"leases": [lease]})
    customer, queue = lease["customer_id"], served.parts.queue
    place = Place(1e6, "call_first", None, "east", objective="conversion")
    served.admin.post("/queues/renewal/pause", json={"by": "li", "why": "prices change"})
    queue.waiting.put([Item(customer, (), {"all": place})], served.parts.clock.now())
    assert customer not in customers(claim(served, "ann", 200))


def test_a_paused_queue_hands_out_nothing_and_leases_in_hand_can_be_completed(served: Served) -> None:
    held = claim(served, "ann", 1, queue="renewal")
    why = {"by": "li", "why": "prices change"}
    assert served.admin.post("/queues/renewal/pause", json=why).status_code == 200
    nothing = claim(served, "ann", 1, queue="renewal")
    assert (nothing["leases"], said(nothing)) == ([], ["queue_paused"])
    complete(served, held)
    queues = {queue["queue"]: queue["paused"] for queue in served.dialer.get("/queues").json()["queues"]}
    assert queues == {"conversion": False, "renewal": True, "cross_sell": False, "all": False}
    served.admin.post("/queues/renewal/resume", json=why)
    assert len(claim(served, "ann", 1, queue="renewal")["leases"]) == 1
    assert served.dialer.post("/queues/renewal/pause", json=why).status_code == 403
    assert served.admin.post("/queues/renewal/pause", json={"by": "li"}).status_code == 422
