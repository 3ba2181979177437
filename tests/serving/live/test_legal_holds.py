"""Under a legal hold an erasure is a restriction: gone from everywhere, kept sealed, and erased once it is lifted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from features.home import Home
from leads.errors import Conflicting, NotFound, Unavailable
from serving.people.sealed_files import SealedFiles
from tests.serving.small_home import NOW
from tests.serving.small_service import Served

WHO, PHONE, PAPER = "c021", "+8613955550021", "110101199003070021"
REASON = {"by": "legal", "why": "case 7/26"}


@pytest.fixture
def told(served: Served) -> Served:
    """They have a number, a national id and a quote."""
    body = {"identities": {"phone": PHONE}, "tags": {"national_id": PAPER, "age": 44}, "consents": {"sms": True}}
    assert served.crm.put(f"/customers/{WHO}?wait=scored", json=body).is_success
    assert served.crm.post("/events?wait=scored", json=[served.event("q1", WHO)]).is_success
    return served


def everything(folder: Path) -> bytes:
    """All bytes of a home that an erasure is to reach, but for the store, which is written anew in its own time."""
    files = (path for path in folder.rglob("*") if path.is_file() and "hot" not in path.relative_to(folder).parts)
    return b"\n".join(path.read_bytes() for path in files)


def test_who_is_held_and_erased_is_shown_called_and_scored_no_more_and_kept_sealed(told: Served) -> None:
    assert told.crm.put(f"/customers/{WHO}/hold", json=REASON).json()["held"]
    answer = told.crm.delete(f"/customers/{WHO}").json()
    assert (answer["erased"], answer["restricted"], answer["lake"]) == (False, True, "erased")
    assert "hold" in {left["copy"] for left in answer["remaining"]}
    assert told.crm.get(f"/customers/{WHO}").status_code == 404
    assert told.crm.get(f"/customers/{WHO}/export").status_code == 404
    assert told.crm.post("/score", json={"customer_ids": [WHO]}).json()["unknown"] == [WHO]
    leases = told.dialer.post("/queues/all/claim", json={"agent_id": "wang", "limit": 200}).json()["leases"]
    assert WHO not in {lease["customer_id"] for lease in leases}
    hold = told.parts.legal_holds.of([WHO])
    assert hold is not None
    kept = json.loads(told.parts.legal_holds.opened(hold))
    assert kept["customer_id"] == WHO
    assert kept["told"][0]["told"]["phone"]["value"] == PHONE
    assert "q1" in {event["id"] for event in kept["events"]}
    left = everything(told.parts.home.folder)
    assert PHONE.encode() not in left
    assert PAPER.encode() not in left


def test_once_the_hold_is_lifted_nothing_is_left(told: Served) -> None:
    told.crm.put(f"/customers/{WHO}/hold", json=REASON)
    told.crm.delete(f"/customers/{WHO}")
    answer = told.crm.delete(f"/customers/{WHO}/hold").json()
    assert answer == {"customer_id": WHO, "held": False, "erased": True}
    assert list((told.parts.home.folder / "held").iterdir()) == []
    assert told.crm.get(f"/customers/{WHO}/hold").status_code == 404


def test_a_hold_on_whoever_is_not_erased_changes_nothing_else(told: Served) -> None:
    told.crm.put(f"/customers/{WHO}/hold", json=REASON)
    assert told.crm.put(f"/customers/{WHO}/hold", json=REASON).status_code == 409
    assert {"by": "legal", "why": "case 7/26"}.items() <= told.crm.get(f"/customers/{WHO}/hold").json().items()
    assert told.crm.get(f"/customers/{WHO}").status_code == 200
    assert told.crm.delete(f"/customers/{WHO}/hold").json()["erased"] is False
    assert told.crm.delete(f"/customers/{WHO}").json()["erased"] is True


def test_a_hold_covers_every_id_of_the_person(told: Served) -> None:
    told.crm.put("/customers/c022?wait=scored", json={"identities": {"phone": PHONE}})
    told.crm.put("/customers/c022/hold", json=REASON)
    assert told.crm.delete(f"/customers/{WHO}").json()["restricted"] is True


def test_holds_name_nobody_and_outlive_a_rebuild(told: Served) -> None:
    told.crm.put(f"/customers/{WHO}/hold", json=REASON)
    assert WHO not in (told.parts.home.folder / "holds.json").read_text()
    told.parts.rebuild.run(NOW)
    assert told.parts.legal_holds.of([WHO]) is not None


def test_what_is_sealed_opens_under_its_own_name_and_secret_alone(home: Home) -> None:
    files = SealedFiles(home.folder, "held")
    files.write("one", b"of a person")
    assert b"person" not in (home.folder / "held" / "one").read_bytes()
    (home.folder / "held" / "one").rename(home.folder / "held" / "two")
    with pytest.raises(Unavailable):
        files.read("two")
    with pytest.raises(Unavailable):
        files.read("one")


def test_an_export_tells_all_that_is_kept_on_a_person_and_stands_in_the_trail(told: Served) -> None:
    decision = told.crm.post("/next-action", json={"customer_ids": [WHO]}).json()["results"][0]["decision_id"]
    found: dict[str, Any] = told.crm.get(f"/customers/{WHO}/export").json()
    assert found["told"][0]["told"]["tag:national_id"]["value"] == PAPER
    assert {"q1", "q21"} <= {event["id"] for event in found["events"]}
    assert decision in {made["id"] for made in found["decisions"]}
    assert {word["purpose"] for word in found["consents"]} == {"sms"}
    assert "items" in found["calls_and_queue"]
    assert found["known_now"]["age"] == 44.0
    told.parts.trail.flush()
    seen = told.admin.get("/audit", params={"customer_id": WHO}).json()["entries"]
    assert "customer.export" in {entry["act"] for entry in seen}


def test_a_dialers_key_exports_and_holds_nobody(told: Served) -> None:
    assert told.dialer.get(f"/customers/{WHO}/export").status_code == 403
    assert told.dialer.put(f"/customers/{WHO}/hold", json=REASON).status_code == 403


def test_who_is_not_known_is_neither_held_nor_lifted(served: Served) -> None:
    assert served.crm.put("/customers/nobody/hold", json=REASON).status_code == 404
    assert served.crm.delete("/customers/nobody/hold").status_code == 404
    with pytest.raises(NotFound):
        served.parts.legal_holds.lift(["nobody"])
    served.parts.legal_holds.place(["x"], "a", "b", NOW)
    with pytest.raises(Conflicting):
        served.parts.legal_holds.place(["x"], "a", "b", NOW)
