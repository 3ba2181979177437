"""What contact takes, in the service: part of the cost of every contact, kept, and decided by again."""

from __future__ import annotations

import shutil

import pytest

from features.home import Home
from models.fatigue_effect import Toll
from serving.composition import Composition
from serving.decisions.batch import Request
from tests.serving.small_home import NOW, changed, promote, save_bundle
from tests.serving.small_service import Served

ASKED = {"contacts": "coalesce(quote_requested__count_7d, 0)", "since": "30d"}
FOUND = Toll(rows=900, successes=400, first=0.02, growth=0.01, most=5.0, each=0.03, interval=(0.01, 0.05))
PRICE = 100
IDS = [f"c{number:03d}" for number in range(6)]


@pytest.fixture
def home(home: Home) -> Home:
    """Each contact takes two points of the renewals and more, and a point is worth one."""
    changed(home, "workspace.yaml", lambda document: document["objectives"]["renewal"].update(toll=ASKED))
    price = f"{PRICE} * coalesce(toll_renewal, 0)"
    changed(home, "actions.yaml", lambda document: document.update(fatigue_price=price))
    opened = Home.open(home.folder)
    for objective in opened.configuration.workspace.objectives:
        shutil.rmtree(opened.models / objective)
        save_bundle(opened, objective, "1", toll=FOUND if objective == "renewal" else None)
    promote(opened, "1")
    return opened


def test_a_contact_costs_what_it_takes_of_the_renewals(served: Served, parts: Composition) -> None:
    scored = parts.scorer.score(parts.known_customers.find(IDS).kept, NOW)
    tolls = dict(zip(scored.customer_ids, scored.sheet.numbers("toll_renewal").tolist(), strict=True))
    asked = {"customer_ids": IDS, "channel": "call", "limit": 5}
    offers = [
        (item["customer_id"], offer)
        for item in served.crm.post("/next-action", json=asked).json()["results"]
        for offer in item["actions"]
        if offer["action"] != "wait"
    ]
    assert len({customer for customer, _ in offers}) > 2
    for customer, offer in offers:
        assert offer["costs"]["fatigue"] == pytest.approx(PRICE * tolls[customer], rel=1e-3)
    assert min(tolls.values()) >= FOUND.first


def test_decisions_that_count_it_come_out_the_same_again(parts: Composition) -> None:
    request = Request("next-action", limit=3)
    scored = parts.scorer.score(parts.known_customers.find(IDS).kept, NOW)
    made = parts.entries.enter(scored, parts.decider.decide(scored, request, NOW), request, NOW)
    assert len(made) == len(IDS)
    for decision in made:
        assert isinstance(decision.inputs["toll_renewal"], float)
        assert parts.replay.of(decision.id).differences == {}
