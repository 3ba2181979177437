"""What an agent reports as sold or renewed counts until the core confirms or contradicts it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from features.home import Home
from serving.composition import compose
from serving.settings import Settings
from tests.serving.insurer_home import HandClock
from tests.serving.rebuilt_store import RebuiltStores
from tests.serving.small_home import NOW, changed, make_home
from tests.serving.small_service import Served, serving, with_other

OWNER, STRANGER, BYSTANDER = "c000", "c001", "c029"
"""One whose motor policy expires in a month, one who has none, and one of whom nothing is asked."""


class Desk:
    """An agent at the small insurer's, on a clock that the test moves."""

    def __init__(self, served: Served, clock: HandClock) -> None:
        self.served = served
        self.clock = clock
        self._told = 0

    def lease(self, customer: str) -> dict[str, Any]:
        leases = self._claimed()
        (mine,) = [lease for lease in leases if lease["customer_id"] == customer]
        self._give_back(lease for lease in leases if lease is not mine)
        return dict(mine)

    def end(self, customer: str, disposition: str, **more: Any) -> dict[str, Any]:
        """The lease of a call with the customer that ended so."""
        lease = self.lease(customer)
        body = {"token": lease["token"], "disposition": disposition, "talk_seconds": 90.0} | more
        answer = self.served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body)
        assert answer.status_code == 200, answer.text
        self.settled()
        return lease

    def event(self, customer: str, kind: str, **data: Any) -> None:
        """Something happens a moment later, and the queue reflects it."""
        self._told += 1
        self.move(seconds=1)
        event = self.served.event(f"e{self._told}", customer, kind, data=data, time=self.clock.now().isoformat())
        answer = self.served.admin.post("/events?wait=scored", json=[event])
        assert answer.status_code == 202, answer.text

    def settled(self) -> None:
        self.event(BYSTANDER, "lead.created")

    def move(self, **time: float) -> None:
        self.served.parts.queue.time.keep(self.clock.move(**time))

    def view(self, customer: str) -> dict[str, Any]:
        return dict(self.served.crm.get(f"/customers/{customer}").json())

    def offered(self, customer: str) -> dict[str, str | None]:
        """What is offered, and by action the rule that refuses it."""
        body = {"customer_ids": [customer], "limit": 50, "explain": 1}
        (result,) = self.served.crm.post("/next-action", json=body).json()["results"]
        rules: dict[str, str | None] = {item["action"]: item["rule"] for item in result["rejected"]}
        return rules | {offer["action"]: None for offer in result["actions"]}

    def queued(self, customer: str, queue: str) -> bool:
        self.served.parts.placement.rescore([customer], self.clock.now())
        self.served.parts.queue.time.settle(self.clock.now())
        items = self.served.dialer.get(f"/queues/{queue}?limit=1000").json()["items"]
        return customer in [item["customer_id"] for item in items]

    def claimable(self, customer: str) -> bool:
        leases = self._claimed()
        self._give_back(leases)
        return customer in [lease["customer_id"] for lease in leases]

    def _give_back(self, leases: Iterable[dict[str, Any]]) -> None:
        for lease in leases:
            self.served.parts.queue.leases.release(lease["lease_id"], lease["token"], self.clock.now())

    def _claimed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while more := self.served.dialer.post("/queues/all/claim", json={"agent_id": "wang", "limit": 200}).json()[
            "leases"
        ]:
            found += more
        return found


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Few customers: all of them are claimed again and again."""
    return make_home(tmp_path_factory.mktemp("few"), 30)


@pytest.fixture
def desk(home: Home, engine_url: str, stores: RebuiltStores) -> Iterator[Desk]:
    """Nobody rests after a sale here, so that what is offered is up to what was reported."""
    clock = HandClock(NOW)
    changed(home, "actions.yaml", _no_rest)
    parts = with_other(compose(Settings(home.folder, engine_url), engine_url), clock=clock)
    stores.fill(parts)
    with serving(parts) as served:
        yield Desk(served, clock)
    parts.client.close()


def _no_rest(actions: dict[str, Any]) -> None:
    actions["queue"] = {"recycling": {"sale": "1m", "renewed": "1m"}}


def test_what_is_sold_is_not_offered_again_and_the_rule_says_why(desk: Desk) -> None:
    assert desk.offered(STRANGER)["call_first"] is None
    desk.end(STRANGER, "sale", outcome={"product": "health"})
    assert desk.offered(STRANGER)["call_first"] == "just_sold"
    desk.move(minutes=2)
    assert not desk.queued(STRANGER, "conversion")
    assert not desk.claimable(STRANGER)


def test_who_has_bought_one_product_is_offered_no_other_one_as_the_first(desk: Desk) -> None:
    desk.end(STRANGER, "sale", outcome={"product": "health"})
    assert {desk.offered(STRANGER)[action] for action in ("call_first", "sms_first")} == {"just_sold"}


def test_a_sale_that_names_no_product_counts_too(desk: Desk) -> None:
    desk.end(STRANGER, "sale")
    assert desk.offered(STRANGER)["call_first"] == "just_sold"
    (report,) = desk.view(STRANGER)["reported"]
    assert (report["kind"], report["product"], report["agent"]) == ("sale", None, "wang")


def test_who_renewed_by_an_agents_word_is_renewing_no_more_and_other_products_go_on(desk: Desk) -> None:
    assert desk.view(OWNER)["stage"] == "renewing"
    lease = desk.end(OWNER, "renewed")
    assert lease["action"]["action"] in ("call_renew", "call_more_health")
    view, offered = desk.view(OWNER), desk.offered(OWNER)
    assert view["stage"] == "insured"
    assert offered["call_renew"] == "just_sold"
    assert offered["call_more_health"] is None
    desk.move(minutes=2)
    assert not desk.queued(OWNER, "renewal")
    assert desk.queued(OWNER, "cross_sell")


def test_what_is_reported_stands_beside_the_policies_of_the_core(desk: Desk) -> None:
    before = desk.view(OWNER)["policies"]
    desk.end(OWNER, "renewed", outcome={"product": "motor", "policy_id": "P-7"})
    view = desk.view(OWNER)
    (report,) = view["reported"]
    assert (report["kind"], report["product"], report["agent"]) == ("renewed", "motor", "wang")
    assert report["until"][:10] == "2026-04-03"
    assert [policy["expires_at"][:10] for policy in view["policies"]] == [p["expires_at"][:10] for p in before]


def test_a_policy_that_is_named_alone_counts_for_its_own_product_and_not_for_the_calls(desk: Desk) -> None:
    desk.event(OWNER, "policy.purchased", product="health", premium=900.0, policy_id="H-1")
    desk.move(days=2)
    lease = desk.end(OWNER, "renewed", outcome={"policy_id": "H-1"})
    assert lease["action"]["action"] == "call_renew"
    (report,) = desk.view(OWNER)["reported"]
    assert (report["product"], report["policy_id"]) == ("health", "H-1")
    assert desk.offered(OWNER)["call_renew"] is None


def test_a_policy_that_nobody_knows_counts_for_what_the_call_was_about(desk: Desk) -> None:
    desk.end(OWNER, "renewed", outcome={"policy_id": "Z-9"})
    (report,) = desk.view(OWNER)["reported"]
    assert (report["product"], report["policy_id"]) == ("motor", "Z-9")


@pytest.mark.parametrize("naming", [False, True])
def test_a_dialers_event_that_names_a_policy_alone_counts_for_its_product(desk: Desk, naming: bool) -> None:
    desk.event(OWNER, "policy.purchased", product="health", premium=900.0, policy_id="H-1")
    desk.move(days=2)
    (made,) = desk.served.crm.post("/next-action", json={"customer_ids": [OWNER]}).json()["results"]
    told = {"disposition": "renewed", "policy_id": "H-1"} | ({"decision_id": made["decision_id"]} if naming else {})
    event = desk.served.event("d1", OWNER, "call.completed", data=told, time=desk.clock.now().isoformat())
    assert desk.served.dialer.post("/events?wait=scored", json=[event]).status_code == 202
    (report,) = desk.view(OWNER)["reported"]
    assert report["product"] == "health"
    assert desk.offered(OWNER)["call_renew"] is None


@pytest.mark.parametrize("typed", ["h-1", " H-1 ", "Ｈ－１", "H -1"])
def test_a_policys_number_is_the_same_however_it_is_typed(desk: Desk, typed: str) -> None:
    desk.event(OWNER, "policy.purchased", product="health", premium=900.0, policy_id="H-1")
    desk.move(days=2)
    desk.event(OWNER, "call.completed", disposition="renewed", policy_id=typed)
    assert [report["product"] for report in desk.view(OWNER)["reported"]] == ["health"]


def test_a_renewal_or_lapse_of_the_core_that_names_its_policy_alone_is_of_that_policys_product(desk: Desk) -> None:
    desk.event(OWNER, "policy.purchased", product="health", premium=900.0, policy_id="H-1")
    desk.move(days=2)
    desk.event(OWNER, "call.completed", disposition="renewed", policy_id="H-1")
    assert len(desk.view(OWNER)["reported"]) == 1
    expiry = (NOW + timedelta(days=700)).isoformat()
    desk.event(OWNER, "policy.renewed", policy_id="H-1", premium=901.0, expires_at=expiry)
    held = {policy["product"]: policy for policy in desk.view(OWNER)["policies"]}
    assert (held["health"]["premium"], held["health"]["expires_at"][:10]) == (901.0, expiry[:10])
    assert desk.view(OWNER)["reported"] == []
    desk.event(OWNER, "policy.lapsed", policy_id="H-1")
    assert not {policy["product"]: policy for policy in desk.view(OWNER)["policies"]}["health"]["active"]


def test_a_policy_is_known_from_the_same_batch_and_from_the_lake(desk: Desk) -> None:
    desk.move(seconds=1)
    told = [("policy.purchased", {"product": "health", "policy_id": "H-1"}), ("policy.renewed", {"policy_id": "h-1"})]
    batch = [
        desk.served.event(f"b{place}", OWNER, kind, data=data, time=desk.clock.move(seconds=1).isoformat())
        for place, (kind, data) in enumerate(told)
    ]
    answer = desk.served.admin.post("/events?wait=scored", json=batch)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    desk.served.parts.recorder.drain()
    desk.served.parts.client.delete(desk.served.parts.keyspace.timeline(OWNER))
    asked = [(OWNER, "H-1"), (STRANGER, "H-1"), (OWNER, "Z-9")]
    found = desk.served.parts.policies.products_of(asked, desk.clock.now() + timedelta(minutes=1))
    assert found == ["health", None, None]


@pytest.mark.parametrize("wait", [timedelta(0), timedelta(days=29)])
def test_it_holds_for_the_declared_time_and_no_longer(desk: Desk, wait: timedelta) -> None:
    desk.end(OWNER, "renewed", outcome={"product": "motor"})
    desk.move(seconds=wait.total_seconds())
    assert desk.offered(OWNER)["call_renew"] == "just_sold"
    desk.move(seconds=(timedelta(days=30) - wait).total_seconds())
    view = desk.view(OWNER)
    assert (view["reported"], view["stage"]) == ([], "renewing")


def test_the_core_confirms_it(desk: Desk) -> None:
    desk.end(OWNER, "renewed", outcome={"product": "motor"})
    desk.event(OWNER, "policy.renewed", product="motor", premium=3000.0)
    view = desk.view(OWNER)
    assert (view["reported"], view["stage"]) == ([], "insured")
    assert desk.offered(OWNER)["call_renew"] == "population"


def test_the_core_that_knew_of_it_shortly_before_has_confirmed_it(desk: Desk) -> None:
    lease = desk.lease(OWNER)
    desk.event(OWNER, "policy.renewed", product="motor", premium=3000.0)
    body = {"token": lease["token"], "disposition": "renewed", "outcome": {"product": "motor"}}
    assert desk.served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body).status_code == 200
    desk.settled()
    assert desk.view(OWNER)["reported"] == []


def test_the_core_contradicts_it_and_the_person_comes_back(desk: Desk) -> None:
    desk.end(OWNER, "sale", outcome={"product": "health"})
    assert desk.offered(OWNER)["call_more_health"] == "just_sold"
    desk.event(OWNER, "policy.lapsed", product="health")
    assert desk.view(OWNER)["reported"] == []
    assert desk.offered(OWNER)["call_more_health"] is None


def test_a_later_refusal_of_that_product_takes_it_back(desk: Desk) -> None:
    desk.end(STRANGER, "sale", outcome={"product": "health"})
    desk.event(STRANGER, "call.completed", disposition="not_interested", product="motor")
    assert [report["product"] for report in desk.view(STRANGER)["reported"]] == ["health"]
    desk.event(STRANGER, "call.completed", disposition="not_interested", product="health")
    assert desk.view(STRANGER)["reported"] == []


def test_a_dialers_event_reports_as_well(desk: Desk) -> None:
    event = desk.served.event("d1", OWNER, "call.completed", data={"disposition": "renewed", "product": "motor"})
    assert desk.served.dialer.post("/events?wait=scored", json=[event]).status_code == 202
    (report,) = desk.view(OWNER)["reported"]
    assert (report["kind"], report["product"]) == ("renewed", "motor")
    assert desk.offered(OWNER)["call_renew"] == "just_sold"


def test_a_product_that_there_is_not_is_refused_and_the_lease_stays(desk: Desk) -> None:
    lease = desk.lease(STRANGER)
    body = {"token": lease["token"], "disposition": "sale", "outcome": {"product": "mottor"}}
    answer = desk.served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "outcome.product")
    assert desk.served.parts.queue.leases.find(lease["lease_id"]) is not None


def test_a_rebuild_knows_what_was_reported(desk: Desk) -> None:
    desk.end(OWNER, "renewed", outcome={"product": "motor"})
    desk.end(STRANGER, "sale")
    parts = desk.served.parts
    before = [(desk.view(name)["reported"], desk.view(name)["stage"], desk.offered(name)) for name in (OWNER, STRANGER)]
    parts.recorder.drain()
    parts.rebuild.run(desk.clock.now())
    assert all(told[0][0]["agent"] == "wang" for told in before)
    parts.client.delete(*(parts.keyspace.timeline(name) for name in (OWNER, STRANGER)))
    after = [(desk.view(name)["reported"], desk.view(name)["stage"], desk.offered(name)) for name in (OWNER, STRANGER)]
    assert after == before


def test_no_model_reads_what_was_reported(desk: Desk) -> None:
    layout = desk.served.parts.configuration.layout
    assert set(layout.reported_schema) <= layout.for_rules
    rows = layout.schema.keys() - layout.for_rules
    assert not [name for name in rows if name.startswith("reported")]


def test_who_rests_after_a_sale_that_the_core_contradicts_may_be_called_again(served: Served) -> None:
    desk = Desk(served, HandClock(NOW))
    parts = served.parts
    lease = desk.lease(OWNER)
    body = {"token": lease["token"], "disposition": "sale", "outcome": {"product": "health"}}
    served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=body).raise_for_status()
    assert not desk.claimable(OWNER)
    moment = parts.clock.now() + timedelta(seconds=1)
    event = served.event("over", OWNER, "policy.lapsed", data={"product": "health"}, time=moment.isoformat())
    served.admin.post("/events?wait=scored", json=[event]).raise_for_status()
    assert parts.queue.rests.until([OWNER]) == [0.0]
    assert desk.claimable(OWNER)
    parts.recorder.drain()
    parts.client.flushall()
    parts.rebuild.run(moment)
    assert parts.queue.rests.until([OWNER]) == [0.0]
