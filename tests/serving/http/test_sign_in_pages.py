"""People sign in on a page, without scripts, and land where they wanted to go."""

from __future__ import annotations

import re

import httpx
import pytest

from serving.http.keys import KeyFile
from tests.serving.signed_in import link_for
from tests.serving.small_home import NOW
from tests.serving.small_service import Served


@pytest.fixture
def secret(served: Served) -> str:
    return link_for(served, "agent", agent_id="wang", name="<b>Wang</b>")


def test_a_link_shows_whom_it_signs_in_and_opens_only_when_they_say_so(served: Served, secret: str) -> None:
    with httpx.Client(base_url=served.url) as browser:
        for _ in range(2):
            page = browser.get(f"/sign-in/{secret}")
            assert page.status_code == 200 and "&lt;b&gt;Wang&lt;/b&gt; (agent)" not in page.text
            assert "&lt;b&gt;Wang&lt;/b&gt;" in page.text and "nextlead" not in browser.cookies
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
        assert browser.post("/sign-in", data=fields).headers["location"] == "/console"
        assert browser.get("/v1/session").json()["agent_id"] == "wang"
        assert browser.get(f"/sign-in/{secret}").status_code == 401


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1"])
def test_nobody_is_sent_to_another_site(served: Served, secret: str, elsewhere: str) -> None:
    answered = httpx.post(f"{served.url}/sign-in", data={"link": secret, "next": elsewhere})
    assert (answered.status_code, answered.headers["location"]) == (303, "/console")


def test_who_wanted_to_see_a_page_lands_there(served: Served, secret: str) -> None:
    answered = httpx.post(f"{served.url}/sign-in", data={"link": secret, "next": "/console/queue?of=renewal"})
    assert answered.headers["location"] == "/console/queue?of=renewal"


def test_a_key_signs_in_on_the_page_and_a_wrong_one_is_told_so_there(served: Served) -> None:
    key = KeyFile(served.parts.home.keys).create("admin", NOW).key
    assert httpx.post(f"{served.url}/sign-in", data={"key": key}).status_code == 303
    wrong = httpx.post(f"{served.url}/sign-in", data={"key": "nl_wrong"})
    assert wrong.status_code == 401 and "nl_wrong" not in wrong.text and "alert" in wrong.text


def test_another_sites_form_signs_nobody_in(served: Served, secret: str) -> None:
    sent = {"sec-fetch-site": "cross-site"}
    answered = httpx.post(f"{served.url}/sign-in", data={"link": secret}, headers=sent)
    assert answered.status_code == 403 and "set-cookie" not in answered.headers


def test_signing_out_on_a_page_needs_the_sessions_proof(served: Served, secret: str) -> None:
    with httpx.Client(base_url=served.url) as browser:
        browser.post("/sign-in", data={"link": secret})
        assert browser.post("/sign-out", data={}).status_code == 403
        proof = browser.get("/v1/session").json()["csrf"]
        assert browser.post("/sign-out", data={"csrf": proof}).headers["location"] == "/sign-in"
        assert browser.get("/v1/session").status_code == 401


def test_the_pages_run_no_scripts_and_are_framed_by_nobody(served: Served) -> None:
    policy = httpx.get(f"{served.url}/sign-in").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "form-action 'self'" in policy and "frame-ancestors 'none'" in policy
