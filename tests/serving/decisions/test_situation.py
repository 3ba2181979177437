"""A lead that is called for no prediction comes with its why too."""

from __future__ import annotations

import shutil

import pytest

from features.home import Home
from tests.serving.small_home import changed, promote, save_bundle
from tests.serving.small_service import Served

LISTEN = {
    "propensity": 0.9,
    "scene": "renew",
    "channel": "call",
    "value": 5_000,
    "cost": 0.5,
    "applicability": {"near": "policy_next_expiry_days BETWEEN 0 AND 60"},
}


@pytest.fixture
def home(home: Home) -> Home:
    """A call to listen, worth more than all others."""
    changed(home, "actions.yaml", lambda document: document["actions"].update(listen=LISTEN))
    opened = Home.open(home.folder)
    for objective in opened.configuration.workspace.objectives:
        shutil.rmtree(opened.models / objective)
        save_bundle(opened, objective, "1")
    promote(opened, "1")
    return opened


def test_a_claim_and_an_answer_say_why(served: Served) -> None:
    asked = {"agent_id": "wang", "limit": 3, "lease_seconds": 120}
    leases = served.dialer.post("/queues/all/claim", json=asked).json()["leases"]
    offers = served.crm.post("/next-action", json={"customer_ids": ["c000"], "limit": 9, "explain": 3}).json()
    listening = [offer for offer in offers["results"][0]["actions"] if offer["action"] == "listen"]
    shown = [lease for lease in leases if lease["action"]["action"] == "listen"] + listening
    assert len(shown) > 1
    for item in shown:
        (reason,) = item["reasons"]
        assert (reason["objective"], reason["feature"]) == (None, "policy_next_expiry_days")
        assert "ends in" in reason["text"]["en"] and "到期" in reason["text"]["zh"]
