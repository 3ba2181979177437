"""A key that is made to see no number in full finds none in any answer."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from leads.errors import InvalidInput
from serving.http.keys import KeyFile
from tests.serving.small_home import NOW
from tests.serving.small_service import Served

PHONE, MAIL, WECHAT, PAPER = "+8613900007781", "masked.one@example.com", "wx_masked_one", "110101199003077717"
LOCAL = PHONE.removeprefix("+86")


@pytest.fixture
def person(served: Served) -> str:
    """Somebody with every identity, whose number stands in events and notes too."""
    told = {
        "identities": {"phone": PHONE, "email": MAIL, "wechat": WECHAT},
        "tags": {"national_id": PAPER, "region": "east", "age": 40.0},
        "consents": {"call": True},
    }
    assert served.crm.put("/customers/masked-one", params={"wait": "scored"}, json=told).status_code == 200
    data = {"disposition": "callback", "callback_at": "2026-03-04T09:00:00+08:00", "agent_id": "wang",
            "note": f"call {LOCAL} not {PHONE}", "phone": PHONE}  # fmt: skip
    event = served.event("masked-call", "masked-one", "call.completed", data=data)
    served.admin.post("/events", params={"wait": "scored"}, json=event)
    return "masked-one"


@pytest.fixture
def masked(served: Served) -> Iterator[httpx.Client]:
    key = KeyFile(served.parts.home.keys).create("admin", NOW, masked=True).key
    with httpx.Client(base_url=f"{served.url}/v1", headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_no_answer_to_a_masked_key_tells_an_identity_that_another_key_is_told(
    served: Served, masked: httpx.Client, person: str
) -> None:
    ids = {"customer_ids": [person]}
    asked = [
        ("GET", f"/customers/{person}", None),
        ("GET", f"/customers/{person}/timeline", None),
        ("GET", "/conflicts", None),
        ("POST", "/queues/all/claim", {"agent_id": "wang", "limit": 200, "lease_seconds": 60}),
        ("POST", "/score", ids),
        ("POST", "/next-action", ids | {"explain": 3}),
        ("PUT", f"/customers/{person}", {"identities": {"phone": "12"}}),
    ]
    for method, path, body in asked:
        text = masked.request(method, path, json=body).text
        assert not [told for told in (PHONE, LOCAL, MAIL, WECHAT, PAPER) if told in text], (path, text)
    full = "".join(served.admin.get(path).text for _, path, _ in asked[:2])
    assert all(told in full for told in (PHONE, LOCAL, MAIL, WECHAT))


def test_what_is_left_lets_people_know_a_number_again(masked: httpx.Client, person: str) -> None:
    identities = masked.get(f"/customers/{person}").json()["identities"]
    assert (identities["phone"], identities["email"]) == ("+86139****7781", "m*********@example.com")


def test_a_masked_number_that_is_sent_back_is_refused_and_changes_nothing(
    served: Served, masked: httpx.Client, person: str
) -> None:
    seen = masked.get(f"/customers/{person}").json()["identities"]["phone"]
    assert masked.put(f"/customers/{person}", json={"identities": {"phone": seen}}).status_code == 422
    assert served.admin.get(f"/customers/{person}").json()["identities"]["phone"] == PHONE


def test_a_dialers_key_cannot_be_masked(served: Served) -> None:
    with pytest.raises(InvalidInput, match="masked"):
        KeyFile(served.parts.home.keys).create("dialer", NOW, masked=True)
