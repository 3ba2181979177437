"""Whoever looks at a person, or changes something, stands in the trail; nobody's number, name or note does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.audit.checking import check
from serving.audit.files import audit_folder
from serving.audit.record import Record, Sought
from serving.http.keys import KeyFile
from tests.serving.signed_in import signed_in
from tests.serving.small_home import NOW
from tests.serving.small_service import Served

PHONE, NAME = "+8613900007783", "Bo Trail"


def entries(served: Served, **sought: Any) -> list[dict[str, Any]]:
    served.parts.trail.flush()
    return list(Record(served.parts.home.folder).entries(Sought(**sought)))


@pytest.mark.parametrize(
    ("method", "path", "body", "act"),
    [
        ("GET", "/customers/c001", None, "customer.read"),
        ("GET", "/customers/c001/timeline", None, "customer.read"),
        ("POST", "/score", {"customer_ids": ["c000", "c001"]}, "score.read"),
        ("POST", "/next-action", {"customer_ids": ["c001"]}, "action.decide"),
        ("PUT", "/customers/c001", {"tags": {"age": 31}}, "customer.tell"),
        ("POST", "/customers", {"customers": [{"customer_id": "c001", "tags": {"age": 32}}]}, "customer.tell"),
        ("POST", "/queues/all/push", {"customer_id": "c001", "by": "li", "why": "secret words"}, "lead.push"),
        ("POST", "/customers/c001/merge", {"customer_id": "c002", "by": "li", "reason": "one"}, "identity.judge"),
        ("DELETE", "/customers/c001", None, "customer.erase"),
    ],
)
def test_who_asked_about_whom_stands_in_the_trail(served: Served, method: str, path: str, body: Any, act: str) -> None:
    assert served.admin.request(method, path, json=body).is_success
    found = entries(served, customer_id="c001")
    assert {one["act"] for one in found} == {act}
    last = found[-1]
    key = next(key for key in KeyFile(served.parts.home.keys).list() if key.scope == "admin")
    assert (last["who"], last["role"], last["status"], last["from"]) == (key.id, "admin", 200, "127.0.0.1")
    assert last["route"].startswith(f"{method} /") and "c001" not in last["route"]


def test_what_is_grave_is_in_the_trail_before_it_is_done_and_after(served: Served) -> None:
    served.admin.delete("/customers/c003")
    before, after = entries(served, act="customer.erase")
    assert "status" not in before and after["status"] == 200


def test_what_cannot_be_written_down_is_not_done(served: Served, home: Any) -> None:
    (home.folder / "audit").write_text("in the way")
    answered = served.admin.delete("/customers/c003")
    assert answered.status_code == 503 and "audit trail" in answered.json()["detail"]
    (home.folder / "audit").unlink()
    assert served.admin.get("/customers/c003").status_code == 200


def test_leases_tell_of_whom_they_are_from_the_claim_to_the_end(served: Served) -> None:
    (lease,) = served.dialer.post("/queues/all/claim", json={"agent_id": "ann"}).json()["leases"]
    outcome = {"token": lease["token"], "disposition": "no_answer"}
    served.dialer.post(f"/leases/{lease['lease_id']}/renew", json={"token": lease["token"]})
    served.dialer.post("/leases/complete", json={"leases": [outcome | {"lease_id": lease["lease_id"]}]})
    found = [one["act"] for one in entries(served, customer_id=lease["customer_id"])]
    assert found == ["lead.claim", "lease.work", "lease.work"]


def test_what_was_refused_stands_there_with_who_tried(served: Served) -> None:
    with signed_in(served, "agent", agent_id="wang") as wang:
        wang.delete("/customers/c001")
        wang.get("/customers/c001")
    found = [(one["act"], one["who"], one["status"]) for one in entries(served, who="wang")]
    assert found == [("session.open", "wang", 200), ("customer.erase", "wang", 403), ("customer.read", "wang", 404)]


def test_signing_in_and_out_stands_there_and_so_does_who_could_not(served: Served) -> None:
    with signed_in(served, "manager", name="li") as li:
        li.delete("/session")
    httpx.post(f"{served.url}/v1/session", json={"link": "no"})
    found = [(one["act"], one["who"]) for one in entries(served)]
    assert found == [("session.open", "link:li"), ("session.close", "link:li"), ("session.refuse", "nobody")]


def test_the_trail_tells_nobodys_number_name_note_or_id_and_outlives_who_was_erased(served: Served) -> None:
    told = {"identities": {"phone": PHONE}, "tags": {"nickname": NAME}}
    served.crm.put("/customers/erased-one", params={"wait": "scored"}, json=told)
    served.crm.get(f"/customers/phone:{PHONE}")
    served.admin.post("/queues/all/push", json={"customer_id": "erased-one", "by": NAME, "why": f"call {PHONE}"})
    served.crm.delete("/customers/erased-one")
    found = entries(served, customer_id="erased-one")
    assert [one["act"] for one in found][:2] == ["customer.tell", "customer.read"] and len(found) > 3
    kept = b"".join(path.read_bytes() for path in audit_folder(served.parts.home.folder).iterdir() if path.is_file())
    assert not [one for one in (PHONE, PHONE[3:], NAME, "erased-one") if one.encode() in kept]
    assert check(Path(served.parts.home.folder)).problems == []


def test_an_auditor_reads_the_trail_and_that_stands_in_it_too(served: Served) -> None:
    served.crm.get("/customers/c001")
    with signed_in(served, "auditor", name="shen") as auditor:
        for _ in range(2):
            found = auditor.get("/audit", params={"customer_id": "c001"}).json()["entries"]
    assert [(one["act"], one["who"]) for one in found][:1] == [("audit.read", "link:shen")]
    assert found[-1]["act"] == "customer.read"


@pytest.mark.parametrize("until", ["0.5", "1767225600", "yesterday", "2026-01-01T00:00:00"])
def test_the_trail_is_asked_for_by_times_of_a_calendar_with_their_zone(served: Served, until: str) -> None:
    refused = served.admin.get("/audit", params={"until": until})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "until"


def test_a_key_that_reads_metrics_leaves_no_line(served: Served) -> None:
    key = KeyFile(served.parts.home.keys).create("metrics", NOW)
    httpx.get(f"{served.url}/metrics", headers={"Authorization": f"Bearer {key.key}"})
    served.admin.get("/queues")
    assert entries(served) == []
