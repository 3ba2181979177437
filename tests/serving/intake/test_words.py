"""Words at every way in: understood in other letters, or refused aloud, never taken in and ignored."""

from __future__ import annotations

from typing import Any

import pytest

from serving.dialers.vicidial.flags import USUAL, Flags
from tests.serving.small_service import Served

REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("consent.changed", {"channel": "fax", "consent": False}, "call, sms, profiling, all"),
    ("consent.changed", {"consent": False}, "data.channel"),
    ("consent.changed", {"channel": "call"}, "data.consent"),
    ("consent.changed", {"channel": "call", "given": False}, "data.consent"),
    ("call.completed", {"disposition": "never_again"}, "do_not_call"),
    ("quote.requested", {"product": "mottor"}, "motor, health"),
    ("call.completed", {"disposition": "no_answer", "channel": "call", "consent": False}, "consent.changed"),
    ("quote.requested", {"consent": False}, "consent.changed"),
    ("policy.purchased", {"premium": 100.0}, "motor, health"),
    ("policy.renewed", {"policy_id": "nobody's"}, "motor, health"),
)


def sent(served: Served, *told: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    now = served.parts.clock.now().isoformat()
    events = [served.event(f"w{i}", "c001", kind, data=data, time=now) for i, (kind, data) in enumerate(told)]
    answer: dict[str, Any] = served.crm.post("/events?wait=scored", json=events).json()
    return answer


def consents(served: Served, customer: str = "c001") -> dict[str, bool | None]:
    found: dict[str, bool | None] = served.crm.get(f"/customers/{customer}").json()["consents"]
    return found


def test_an_undeclared_word_is_refused_for_itself_with_what_is_allowed(served: Served) -> None:
    good = ("quote.requested", {"product": "motor"})
    answer = sent(served, *((kind, data) for kind, data, _ in REFUSED), good)
    assert answer["accepted"] == 1
    assert [item["index"] for item in answer["rejected"]] == list(range(len(REFUSED)))
    for item, (*_, allowed) in zip(answer["rejected"], REFUSED, strict=True):
        assert allowed in item["reason"]


@pytest.mark.parametrize("channel", ["Call", " CALL ", "ｃａｌｌ", "ALL"])
def test_a_refusal_in_other_letters_refuses(served: Served, channel: str) -> None:
    served.crm.put("/customers/c001", json={"consents": {"call": True}})
    assert sent(served, ("consent.changed", {"channel": channel, "consent": False}))["rejected"] == []
    assert consents(served)["call"] is False


def test_a_call_that_was_not_to_be_made_again_is_understood_in_other_letters(served: Served) -> None:
    assert sent(served, ("call.completed", {"disposition": "Do Not Call"}))["rejected"] == []
    assert consents(served)["call"] is False
    lease = served.dialer.post("/queues/all/claim", json={"agent_id": "a"}).json()["leases"][0]
    done = {"token": lease["token"], "disposition": "DO-NOT-CALL"}
    assert served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=done).status_code == 200
    served.crm.post("/events?wait=scored", json=[served.event("later", lease["customer_id"])])
    assert consents(served, lease["customer_id"])["call"] is False


def test_an_outcome_that_is_none_is_refused_and_the_lease_goes_on(served: Served) -> None:
    lease = served.dialer.post("/queues/all/claim", json={"agent_id": "a"}).json()["leases"][0]
    for wrong, field in (
        ({"disposition": "hung_up"}, "disposition"),
        ({"disposition": "sale", "outcome": {"product": "mottor"}}, "outcome.product"),
    ):
        answer = served.dialer.post(f"/leases/{lease['lease_id']}/complete", json={"token": lease["token"], **wrong})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
    done = {"token": lease["token"], "disposition": "Sale", "outcome": {"product": "MOTOR"}}
    assert served.dialer.post(f"/leases/{lease['lease_id']}/complete", json=done).status_code == 200


def test_all_consents_are_told_at_once_and_of_two_words_of_a_channel_the_no_counts(served: Served) -> None:
    served.crm.put("/customers/c001", json={"consents": {"All": True, "SMS": False}})
    assert consents(served) == {"call": True, "sms": False, "profiling": None}
    served.crm.put("/customers/c001", json={"consents": {"all": False, "call": True}})
    assert consents(served) == {"call": False, "sms": False, "profiling": None}
    answer = served.crm.put("/customers/c001", json={"consents": {"fax": False}})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "consents.fax")


def test_flags_of_vicidial_are_known_in_whatever_case() -> None:
    assert [Flags(USUAL).disposition(flag) for flag in ("DNC", "dnc", " Dnc ")] == ["do_not_call"] * 3
