"""The sample insurer calls again, by what came of the last call: over HTTP, on a clock that the test moves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from features.home import Home
from leads.contact.recycling import part_of_day
from serving.composition import compose
from serving.settings import Settings
from tests.serving.insurer_home import COUNT, HandClock, make_insurer_home
from tests.serving.rebuilt_store import RebuiltStores
from tests.serving.small_home import NOW, changed
from tests.serving.small_service import Served, serving, with_other

NOON = NOW.astimezone(ZoneInfo("Asia/Shanghai"))


class Desk:
    """An agent at the insurer's service."""

    def __init__(self, served: Served, clock: HandClock) -> None:
        self.served = served
        self.clock = clock

    def move(self, **time: float) -> None:
        """Later, for the queue too; by less than a moment its clock would not be set anew."""
        self.served.parts.queue.time.keep(self.clock.move(**time))

    @property
    def local(self) -> datetime:
        return self.clock.now().astimezone(NOON.tzinfo)

    def first(self) -> dict[str, Any]:
        """The best lead, taken."""
        (lease,) = self._claim(1)
        return lease

    def offered(self, customer: str) -> dict[str, Any] | None:
        """The customer's lease, where they are among those that may be called now; all others are given back."""
        mine = None
        for lease in self._claim(COUNT):
            if lease["customer_id"] == customer:
                mine = lease
            else:
                self._post(f"/leases/{lease['lease_id']}/release", token=lease["token"])
        return mine

    def end(self, lease: dict[str, Any], disposition: str, **more: Any) -> None:
        self._post(f"/leases/{lease['lease_id']}/complete", token=lease["token"], disposition=disposition, **more)
        event = self.served.event(f"seen {lease['lease_id']}", lease["customer_id"], "web.page_viewed")
        event["time"] = self.clock.now().isoformat()
        assert self.served.crm.post("/events?wait=scored", json=[event]).status_code == 202

    def tried_again(self) -> dict[str, Any]:
        """The lease of a lead whose line was busy, ten minutes later."""
        lease = self.first()
        self.end(lease, "busy")
        self.move(minutes=10)
        again = self.offered(lease["customer_id"])
        assert again is not None
        return again

    def waited_for(self, customer: str, steps: int, **step: float) -> dict[str, Any]:
        """The customer's lease after the first step of time at which they are offered."""
        for _ in range(steps):
            self.move(**step)
            self.served.parts.placement.rescore([customer], self.clock.now())
            if (lease := self.offered(customer)) is not None:
                return lease
        raise AssertionError(f"{customer} was not offered in {steps} steps")

    def refusals(self, customer: str) -> set[str]:
        """The rules that now keep the customer from calls."""
        body = {"customer_ids": [customer], "channel": "call", "explain": 1}
        (found,) = self.served.crm.post("/next-action", json=body).json()["results"]
        assert found["actions"] == []
        return {refused["rule"] for refused in found["rejected"]}

    def _claim(self, limit: int) -> list[dict[str, Any]]:
        return self._post("/queues/renewal/claim", agent_id="wang", limit=limit)["leases"]

    def _post(self, path: str, **body: Any) -> Any:
        answer = self.served.dialer.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def insurer(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """It does not learn meanwhile, in a process of its own each time."""
    home = make_insurer_home(tmp_path_factory.mktemp("insurer") / "home")
    changed(home, "actions.yaml", lambda told: told["learning"].pop("every"))
    return Home.open(home.folder)


@pytest.fixture
def desk(insurer: Home, tmp_path: Path, engine_url: str, stores: RebuiltStores) -> Iterator[Desk]:
    folder, clock = shutil.copytree(insurer.folder, tmp_path / "home"), HandClock(NOW)
    parts = with_other(compose(Settings(folder, engine_url), engine_url), clock=clock)
    stores.fill(parts)
    with serving(parts) as served:
        yield Desk(served, clock)
    parts.client.close()


def test_after_a_busy_line_the_same_lead_comes_again_in_ten_minutes(desk: Desk) -> None:
    lease = desk.first()
    customer = lease["customer_id"]
    desk.end(lease, "busy")
    desk.move(minutes=9, seconds=40)
    assert desk.offered(customer) is None
    desk.move(seconds=20)
    assert desk.offered(customer) is not None


def test_without_an_answer_it_is_another_hour_of_the_day_then_another_day_then_a_rest_of_two_weeks(desk: Desk) -> None:
    lease = desk.first()
    customer = lease["customer_id"]
    desk.end(lease, "no_answer")
    second = desk.waited_for(customer, 8, hours=1)
    assert desk.local.date() == NOON.date() and desk.local.hour > NOON.hour
    then = desk.local
    desk.end(second, "no_answer")
    third = desk.waited_for(customer, 24, hours=1)
    assert desk.local.date() == NOON.date() + timedelta(days=1)
    assert part_of_day(desk.local.hour) != part_of_day(then.hour)
    ended = desk.clock.now()
    desk.end(third, "no_answer")
    desk.move(days=4)
    assert "rest_after_no_answers" in desk.refusals(customer)
    desk.waited_for(customer, 20, days=1)
    assert desk.clock.now() - ended == timedelta(days=14)


def test_after_voicemail_it_is_the_next_day(desk: Desk) -> None:
    lease = desk.first()
    desk.end(lease, "voicemail")
    desk.waited_for(lease["customer_id"], 24, hours=1)
    assert desk.local.date() == NOON.date() + timedelta(days=1)


def test_a_number_is_dialled_twice_a_day_at_most_however_often_it_is_busy(desk: Desk) -> None:
    again = desk.tried_again()
    desk.end(again, "busy")
    desk.waited_for(again["customer_id"], 24, hours=1)
    assert desk.local.date() == NOON.date() + timedelta(days=1)


def test_who_was_spoken_with_is_no_retry_though_the_line_was_busy_before(desk: Desk) -> None:
    again = desk.tried_again()
    customer = again["customer_id"]
    desk.end(again, "interested", talk_seconds=10)
    desk.move(hours=20)
    assert "rest_after_dial" in desk.refusals(customer)
    desk.move(days=2)
    assert "weekly_calls" in desk.refusals(customer)


def test_a_retry_passes_neither_a_refused_consent_nor_an_open_complaint(desk: Desk) -> None:
    lease = desk.first()
    customer = lease["customer_id"]
    desk.end(lease, "busy")
    told = {"consents": {"call": False}}
    assert desk.served.crm.put(f"/customers/{customer}", json=told).status_code == 200
    desk.move(minutes=10)
    assert desk.offered(customer) is None
    assert "consent" in desk.refusals(customer)
    assert desk.served.crm.put(f"/customers/{customer}", json={"consents": {"call": True}}).status_code == 200
    complaint = desk.served.event("angry", customer, "complaint.opened", data={})
    assert desk.served.crm.post("/events?wait=scored", json=[complaint]).status_code == 202
    assert desk.offered(customer) is None
    assert "no_open_complaint" in desk.refusals(customer)
