"""Every word on a consent is kept with what shows it: who said it when, where, to what, and who told us."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from serving.composition import Composition
from serving.people.customers import Telling, Word
from tests.serving.small_home import NOW
from tests.serving.small_service import Served

FORM = "I agree that Sample insurer calls me about my policies."


def put_consents(served: Served, customer: str, **consents: Any) -> None:
    answer = served.crm.put(f"/customers/{customer}?wait=scored", json={"consents": consents})
    assert answer.status_code == 200, answer.text


def record(served: Served, customer: str) -> dict[str, Any]:
    answer = served.crm.get(f"/customers/{customer}/consents")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_word_is_shown_with_its_proof_and_by_whom_it_was_told(served: Served) -> None:
    proof = {
        "given": True,
        "at": (NOW - timedelta(hours=1)).isoformat(),
        "by": "wang",
        "source": "form 7",
        "text": FORM,
    }
    put_consents(served, "c015", sms=proof, profiling=False)
    found = record(served, "c015")
    assert found["consents"] == {"call": None, "sms": True, "profiling": False}
    by_purpose = {word["purpose"]: word for word in found["said"]}
    assert {"given": True, "by": "wang", "source": "form 7", "text": FORM, "told": "customer"}.items() <= by_purpose[
        "sms"
    ].items()
    assert by_purpose["sms"]["at"].startswith("2026-03-04T03:00:00")
    keys = {word["told_by"] for word in found["said"]}
    assert len(keys) == 1
    assert keys != {None}


def test_a_word_of_an_event_is_kept_with_its_text_and_once(served: Served) -> None:
    event = served.event(
        "w", "c011", "consent.changed", data={"channel": "sms", "consent": True, "text": FORM, "by": "li"}
    )
    for _ in range(2):
        assert served.crm.post("/events?wait=scored", json=[event]).status_code == 202
    (word,) = (word for word in record(served, "c011")["said"] if word["purpose"] == "sms")
    assert {"told": "event", "text": FORM, "by": "li", "source": "test", "given": True}.items() <= word.items()
    assert word["told_by"]


def test_what_calls_and_imports_said_is_there_too(served: Served) -> None:
    event = served.event("d", "c020", "call.completed", data={"disposition": "do_not_call"})
    assert served.dialer.post("/events?wait=scored", json=[event]).status_code == 202
    said = record(served, "c020")["said"]
    assert [(word["purpose"], word["given"], word["told"]) for word in said] == [
        ("call", False, "call"), ("call", True, "import"),
    ]  # fmt: skip


def test_a_word_counts_as_of_when_it_was_said(parts: Composition) -> None:
    parts.customers.tell("c011", Telling(consents={"call": False}), NOW)
    earlier = Word(True, (NOW - timedelta(days=3)).isoformat(), source="letter")
    parts.customers.tell("c011", Telling(consents={"call": earlier}), NOW + timedelta(minutes=5))
    contact = parts.customers.known("c011")
    assert contact.consents["call"] is False
    parts.recorder.drain()
    parts.rebuild.run(NOW + timedelta(minutes=10))
    assert parts.customers.known("c011").consents["call"] is False


@pytest.mark.parametrize(
    ("proof", "field"),
    [
        ({"given": True, "at": (NOW + timedelta(days=1)).isoformat()}, "consents.call.at"),
        ({"given": "yes"}, "consents.call"),
        ({"at": NOW.isoformat()}, "consents.call"),
        ({"given": True, "how": "by phone"}, "consents.call"),
    ],
)
def test_a_proof_that_is_none_is_refused_by_field(served: Served, proof: dict[str, Any], field: str) -> None:
    answer = served.crm.put("/customers/c013", json={"consents": {"call": proof}})
    assert answer.status_code == 422
    assert any(error["field"].startswith(field) for error in answer.json()["errors"])


def test_the_erased_leave_no_proof(served: Served) -> None:
    put_consents(served, "c014", sms={"given": True, "text": FORM, "by": "wang"})
    served.parts.recorder.drain()
    assert served.crm.delete("/customers/c014").json()["lake"] == "erased"
    assert served.parts.consent_record.of(["c014"]) == []
