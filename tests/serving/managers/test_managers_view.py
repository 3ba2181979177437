"""The manager's view over HTTP: sizes by state, who holds what, take-backs, pushes, recalls, and their record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx

from serving.managers.overview import STATES
from tests.serving.small_home import NOW
from tests.serving.small_service import Served, settle_at

WHO = {"by": "li", "why": "the customer rang"}


def claim(served: Served, agent: str, limit: int = 1, queue: str = "all") -> list[dict[str, Any]]:
    answer = served.dialer.post(f"/queues/{queue}/claim", json={"agent_id": agent, "limit": limit})
    leases: list[dict[str, Any]] = answer.json()["leases"]
    return leases


def queues(served: Served) -> dict[str, Any]:
    answer = served.dialer.get("/queues")
    told: dict[str, Any] = answer.json()
    return told | {"queues": {queue["queue"]: queue for queue in told["queues"]}}


def timeline(served: Served, customer: str) -> list[dict[str, Any]]:
    """After everything so far was applied."""
    served.admin.post("/events?wait=scored", json=[served.event("until here", "somebody")])
    answer = served.admin.get(f"/customers/{customer}/timeline")
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


def test_sizes_are_told_by_state_and_add_up(served: Served) -> None:
    before = queues(served)["queues"]["renewal"]
    assert before["states"]["ready"] == before["size"] > 10
    claim(served, "ann", 3, "renewal")
    after = queues(served)["queues"]["renewal"]
    assert (after["size"], after["states"]["held"]) == (before["size"] - 3, 3)
    assert sum(after["states"][state] for state in STATES if state != "held") == after["size"]


def test_a_paused_queue_tells_who_paused_it_and_why(served: Served) -> None:
    served.admin.post("/queues/renewal/pause", json=WHO)
    renewal = queues(served)["queues"]["renewal"]
    assert renewal["states"]["paused"] == renewal["size"]
    assert (renewal["pause"]["by"], renewal["pause"]["why"]) == ("li", "the customer rang")
    assert queues(served)["queues"]["all"]["paused"] is False


def test_who_rests_is_told_by_the_disposition_of_their_last_call(served: Served) -> None:
    for lease, disposition in zip(claim(served, "ann", 3), ("no_answer", "not_interested", "no_answer"), strict=True):
        body = {"token": lease["token"], "disposition": disposition}
        served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body)
    told = queues(served)
    assert told["resting_after"] == {"no_answer": 2, "not_interested": 1}
    assert told["waits"]["oldest_seconds"] >= told["waits"]["median_seconds"] >= 0
    assert told["lease_ages"] is None


def test_leases_are_listed_by_agent_and_queue(served: Served) -> None:
    held = claim(served, "ann", 2, "renewal")
    claim(served, "bob", 1, "conversion")
    answer = served.admin.get("/leases", params={"agent": "ann"})
    told = answer.json()["leases"]
    assert {lease["lease_id"] for lease in told} == {lease["lease_id"] for lease in held}
    assert all(lease["since"] < lease["expires_at"] for lease in told)
    by_queue = served.admin.get("/leases", params={"queue": "conversion"}).json()["leases"]
    assert [lease["agent_id"] for lease in by_queue] == ["bob"]
    assert served.dialer.get("/leases").status_code == 403


def test_a_lead_that_is_taken_back_stands_where_it_stood_and_its_token_is_stale(served: Served) -> None:
    lease = claim(served, "ann")[0]
    answer = served.admin.post(f"/leases/{lease['lease_id']}/take-back", json=WHO)
    assert (answer.status_code, answer.json()["state"]) == (200, "taken_back")
    body = {"token": lease["token"], "disposition": "sale"}
    assert served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body).status_code == 409
    assert served.dialer.get("/queues/all?limit=1").json()["items"][0]["customer_id"] == lease["customer_id"]
    assert claim(served, "bob")[0]["customer_id"] == lease["customer_id"]
    told = [event["data"] for event in timeline(served, lease["customer_id"]) if event["type"] == "lease.taken_back"]
    assert told == [{"lease_id": lease["lease_id"], "queue": "all", "agent_id": "ann"} | WHO]
    assert served.admin.post("/leases/none/take-back", json=WHO).status_code == 404


def test_a_pushed_lead_comes_first_and_the_record_says_who_pushed_it_and_why(served: Served) -> None:
    last = served.dialer.get("/queues/conversion?limit=1000").json()["items"][-1]["customer_id"]
    answer = served.admin.post("/queues/conversion/push", json={"customer_id": last} | WHO)
    assert answer.json()["customer_id"] == last
    first = served.dialer.get("/queues/conversion?limit=1").json()["items"][0]
    assert (first["customer_id"], first["order"]) == (last, "pushed")
    assert first["since"] is not None
    assert claim(served, "ann", 1, "conversion")[0]["customer_id"] == last
    told = [event["data"] for event in timeline(served, last) if event["type"] == "lead.pushed"]
    assert told == [{"queue": "conversion"} | WHO]


def test_a_lead_that_may_not_be_called_is_not_pushed(served: Served) -> None:
    assert push(served, "c000", "conversion").status_code == 422, "a holder is no prospect"
    served.crm.put("/customers/c001?wait=scored", json={"consents": {"call": False}})
    assert push(served, "c001", "conversion").status_code == 422
    lease = claim(served, "ann", 1, "conversion")[0]
    body = {"token": lease["token"], "disposition": "do_not_call"}
    served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body)
    assert push(served, lease["customer_id"], "conversion").status_code == 422
    assert push(served, "nobody", "conversion").status_code == 404
    assert push(served, "c004", "nowhere").status_code == 404


def push(served: Served, customer: str, queue: str) -> httpx.Response:
    return served.admin.post(f"/queues/{queue}/push", json={"customer_id": customer} | WHO)


def await_recalls(served: Served, count: int, moment: datetime) -> None:
    """Have it be a later moment for the queue."""
    queue = served.parts.queue
    settle_at(served, moment, lambda: queue.recalls.count() >= count)


def test_leads_that_were_not_worked_in_their_time_are_listed_by_agent(served: Served) -> None:
    for customer, agent in (("c001", "ann"), ("c002", "bob")):
        served.crm.put(f"/customers/{customer}?wait=scored", json={"tags": {"agent": agent}})
    own = next(i for i in served.dialer.get("/queues/all?limit=1000").json()["items"] if i["customer_id"] == "c001")
    assert (own["order"], own["agent_id"]) == ("own_customer", "ann")
    assert queues(served)["queues"]["all"]["states"]["reserved"] == 2
    assert served.admin.get("/recalls").json() == {"recalls": []}
    await_recalls(served, 2, NOW + timedelta(hours=5))
    told = served.admin.get("/recalls").json()["recalls"]
    assert {(recall["customer_id"], recall["agent_id"]) for recall in told} == {("c001", "ann"), ("c002", "bob")}
    assert all(recall["since"] < recall["recalled_at"] for recall in told)
    of_ann = served.admin.get("/recalls", params={"agent": "ann"}).json()["recalls"]
    assert [recall["customer_id"] for recall in of_ann] == ["c001"]
    served.parts.queue.people.forget("c001", NOW)
    assert served.admin.get("/recalls", params={"agent": "ann"}).json()["recalls"] == []


def test_a_callback_that_was_not_kept_is_a_recall_told_once(served: Served) -> None:
    lease = claim(served, "ann")[0]
    due, customer = NOW + timedelta(hours=1), lease["customer_id"]
    body = {"token": lease["token"], "disposition": "callback", "callback_at": due.isoformat()}
    assert served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body).status_code == 200
    queue = served.parts.queue
    queue.time.keep(due + timedelta(minutes=14))
    queue.time.settle(due + timedelta(minutes=14))
    assert served.admin.get("/recalls").json() == {"recalls": []}
    await_recalls(served, 1, due + timedelta(minutes=15))
    queue.time.keep(due + timedelta(minutes=16))
    served.parts.placement.rescore([customer], due + timedelta(minutes=16))
    (told,) = served.admin.get("/recalls?agent=ann").json()["recalls"]
    assert (told["customer_id"], told["what"]) == (customer, "callback")
    assert datetime.fromisoformat(told["since"]) == due.replace(microsecond=due.microsecond // 1000 * 1000)
    (event,) = [event for event in timeline(served, customer) if event["type"] == "lead.recalled"]
    assert (event["data"]["agent_id"], event["data"]["what"]) == ("ann", "callback")


def test_without_campaigns_there_is_none_to_see(served: Served) -> None:
    assert served.admin.get("/campaigns").json() == {"campaigns": []}


def test_the_metrics_tell_states_pauses_and_recalls(served: Served) -> None:
    served.admin.post("/queues/renewal/pause", json=WHO)
    claim(served, "ann", 2, "conversion")
    lines = served.admin.get("/metrics").text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert float(values['nextlead_queue_paused{queue="renewal"}']) == 1
    assert float(values['nextlead_queue_leads{queue="conversion",state="held"}']) == 2
    assert float(values['nextlead_queue_leads{queue="renewal",state="ready"}']) == 0
    assert float(values["nextlead_leads_recalled"]) == 0
