"""People sign in, and ask as who they are; what they change was meant by them."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from serving.http.keys import KeyFile
from tests.serving.signed_in import link_for, signed_in
from tests.serving.small_home import NOW
from tests.serving.small_service import Served

PAUSE = {"by": "li", "why": "test"}


def test_who_signed_in_is_told_who_they_are_and_what_they_may(served: Served) -> None:
    with signed_in(served, "agent", agent_id="wang") as wang:
        told = wang.get("/session").json()
    assert (told["role"], told["agent_id"]) == ("agent", "wang")
    assert "lead.claim" in told["may"] and "customer.erase" not in told["may"]


def test_the_cookie_is_out_of_the_reach_of_scripts_and_other_sites(served: Served) -> None:
    answered = httpx.post(f"{served.url}/v1/session", json={"link": link_for(served, "manager")})
    cookie = answered.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie


def test_a_cookie_of_an_encrypted_connection_goes_nowhere_else(served: Served) -> None:
    sent = {"x-forwarded-proto": "https"}
    answered = httpx.post(f"{served.url}/v1/session", json={"link": link_for(served, "manager")}, headers=sent)
    cookie = answered.headers["set-cookie"]
    assert cookie.startswith("__Host-nextlead=") and "Secure" in cookie


def test_a_link_opens_once(served: Served) -> None:
    link = link_for(served, "manager")
    statuses = [httpx.post(f"{served.url}/v1/session", json={"link": link}).status_code for _ in range(2)]
    assert statuses == [200, 401]


@pytest.mark.parametrize("sent", [None, "", "another"])
def test_a_change_without_the_sessions_proof_is_refused_and_does_nothing(served: Served, sent: str | None) -> None:
    with signed_in(served, "manager") as manager:
        del manager.headers["x-csrf-token"]
        headers = {} if sent is None else {"x-csrf-token": sent}
        assert manager.post("/queues/all/pause", json=PAUSE, headers=headers).status_code == 403
    assert not served.parts.desk.paused("queue")


def test_a_change_that_another_site_asks_for_is_refused(served: Served) -> None:
    with signed_in(served, "manager") as manager:
        asked = manager.post("/queues/all/pause", json=PAUSE, headers={"sec-fetch-site": "cross-site"})
    assert asked.status_code == 403


def test_a_change_with_the_proof_is_made_in_the_persons_name(served: Served) -> None:
    with signed_in(served, "manager", name="li") as manager:
        assert manager.post("/queues/all/pause", json=PAUSE).status_code == 200
        assert manager.get("/desk/log").json()["entries"][0]["key"] == "link:li"


def test_who_signed_out_is_nobody_also_with_the_token_they_had(served: Served) -> None:
    with signed_in(served, "manager") as manager:
        cookies = dict(manager.cookies)
        assert manager.delete("/session").status_code == 200
        assert "nextlead" not in manager.cookies
        assert httpx.get(f"{served.url}/v1/session", cookies=cookies).status_code == 401


def test_a_session_ends_with_the_key_that_opened_it(served: Served) -> None:
    keys = KeyFile(served.parts.home.keys)
    created = keys.create("admin", NOW, masked=True)
    with httpx.Client(base_url=f"{served.url}/v1") as browser:
        assert browser.post("/session", json={"key": created.key}).status_code == 200
        assert browser.get("/desk/log").status_code == 200
        assert browser.get("/customers/c001").json()["identities"]["phone"].count("*") == 4
        keys.revoke(created.id, datetime.now(UTC))
        assert browser.get("/desk/log").status_code == 401


def test_an_agent_who_is_taken_out_is_signed_out_at_once(served: Served) -> None:
    served.admin.put("/agents/wang", json={"active": True})
    with signed_in(served, "agent", agent_id="wang") as wang:
        assert wang.get("/queues").status_code == 200
        served.admin.put("/agents/wang", json={"active": False})
        assert wang.get("/queues").status_code == 401


def test_signing_in_asks_for_one_secret_and_a_wrong_one_is_nobodys(served: Served) -> None:
    for body, status in (({}, 422), ({"key": "a", "link": "b"}, 422), ({"key": "nl_no"}, 401), ({"link": "no"}, 401)):
        answered = httpx.post(f"{served.url}/v1/session", json=body)
        assert (answered.status_code, "set-cookie" in answered.headers) == (status, False)


def test_a_key_is_in_no_session(served: Served) -> None:
    assert served.admin.get("/session").status_code == 401


def test_guesses_of_links_are_slowed_down(served: Served) -> None:
    with httpx.Client(base_url=f"{served.url}/v1") as guesser:
        statuses = {guesser.post("/session", json={"link": "no"}).status_code for _ in range(400)}
    assert statuses == {401, 429}
