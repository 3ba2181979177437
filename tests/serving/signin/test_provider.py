"""People sign in with accounts of their organisation: a real provider, a real service, and who tries to trick them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml

from features.home import Home
from leads.errors import InvalidWorkspace
from serving.ports import free_port
from serving.signin.configuration import load_sign_in
from tests.serving.signin.oidc_provider import CLIENT, SECRET, OidcProvider, running_provider
from tests.serving.small_service import Served, serving


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def home(home: Home, provider: OidcProvider, port: int, tmp_path: Any) -> Home:
    """A home whose people sign in there."""
    (tmp_path / "secret").write_text(SECRET)
    provider.redirect = f"http://127.0.0.1:{port}/sign-in/with/provider/back"
    configured = {
        "provider": {
            "issuer": provider.issuer,
            "client_id": CLIENT,
            "client_secret": {"file": str(tmp_path / "secret")},
            "here": f"http://127.0.0.1:{port}",
            "groups": {"heads": "manager", "leads": "team_lead", "callers": "agent"},
            "agent_claim": "staff_number",
            "team_claim": "team",
        }
    }
    (home.folder / "sign_in.yaml").write_text(yaml.safe_dump(configured, sort_keys=False))
    return home


@pytest.fixture
def served(parts: Any, port: int) -> Iterator[Served]:
    with serving(parts, port=port) as running:
        yield running


@pytest.fixture
def browser(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url) as client:
        yield client


def authorized(browser: httpx.Client, then: str = "/console") -> str:
    """The address that the provider sends the browser back to, which it has not followed yet."""
    there = browser.get("/sign-in/with/provider", params={"next": then})
    assert there.status_code == 303, there.text
    return browser.get(there.headers["location"]).headers["location"]


def test_whoever_is_in_a_group_signs_in_as_what_the_group_is(browser: httpx.Client, provider: OidcProvider) -> None:
    provider.user = {
        "sub": "u-7",
        "name": "Wang",
        "groups": ["all", "callers"],
        "staff_number": "wang",
        "team": "north",
    }
    back = browser.get(authorized(browser, "/console/queue"))
    assert (back.status_code, back.headers["location"]) == (303, "/console/queue")
    told = browser.get("/v1/session").json()
    assert (told["role"], told["agent_id"], told["team"], told["name"]) == ("agent", "wang", "north", "Wang")


def test_of_several_groups_the_first_that_is_declared_counts(browser: httpx.Client, provider: OidcProvider) -> None:
    provider.user["groups"] = ["callers", "leads", "heads"]
    browser.get(authorized(browser))
    assert browser.get("/v1/session").json()["role"] == "manager"


def test_who_is_in_no_group_does_not_come_in(browser: httpx.Client, provider: OidcProvider) -> None:
    provider.user["groups"] = ["canteen"]
    back = browser.get(authorized(browser))
    assert back.status_code == 403 and "groups" in back.text
    assert browser.get("/v1/session").status_code == 401


def test_the_way_there_proves_who_asked_for_the_code_and_hides_how(browser: httpx.Client) -> None:
    asked = parse_qs(urlsplit(browser.get("/sign-in/with/provider").headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["response_type"] == ["code"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys() and "code_verifier" not in asked


def test_a_way_back_is_gone_once(browser: httpx.Client) -> None:
    way = authorized(browser)
    assert [browser.get(way).status_code for _ in range(2)] == [303, 401]


def test_another_browser_cannot_be_given_somebodys_sign_in(browser: httpx.Client, served: Served) -> None:
    way = authorized(browser)
    victim = httpx.get(way)
    assert victim.status_code == 401 and "set-cookie" not in victim.headers


@pytest.mark.parametrize("changed", [{"state": "made-up"}, {"state": ""}, {"code": "made-up"}, {"code": None}])
def test_what_comes_back_and_was_not_sent_signs_nobody_in(browser: httpx.Client, changed: dict[str, Any]) -> None:
    parts = urlsplit(authorized(browser))
    told = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    back = browser.get(parts.path, params={name: value for name, value in told.items() if value is not None})
    assert back.status_code == 401
    assert browser.get("/v1/session").status_code == 401


@pytest.mark.parametrize(
    "claimed",
    [
        {"iss": "https://another.example"},
        {"aud": ["another client"]},
        {"aud": [CLIENT, "another client"], "azp": "another client"},
        {"nonce": "another"},
        {"exp": 1_000_000_000},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
)  # fmt: skip
def test_a_token_that_is_not_for_this_sign_in_signs_nobody_in(
    browser: httpx.Client, provider: OidcProvider, claimed: dict[str, Any]
) -> None:
    provider.claimed = claimed
    assert browser.get(authorized(browser)).status_code == 401
    assert browser.get("/v1/session").status_code == 401


def test_a_token_signed_with_a_key_that_the_provider_does_not_show_signs_nobody_in(
    browser: httpx.Client, provider: OidcProvider
) -> None:
    browser.get(authorized(browser))
    browser.post("/sign-out", data={"csrf": browser.get("/v1/session").json()["csrf"]})
    shown = list(provider.keys)
    provider.turn_key()
    provider.shown = shown
    assert browser.get(authorized(browser)).status_code == 401


def test_a_provider_may_change_its_keys(browser: httpx.Client, provider: OidcProvider) -> None:
    browser.get(authorized(browser))
    provider.turn_key()
    assert browser.get(authorized(browser)).status_code == 303


def test_a_provider_that_says_to_be_another_is_not_asked(browser: httpx.Client, provider: OidcProvider) -> None:
    provider.claimed_issuer = "https://another.example"
    assert browser.get("/sign-in/with/provider").status_code == 503


def test_signing_out_ends_the_session_and_shows_where_to_sign_out_there(browser: httpx.Client) -> None:
    browser.get(authorized(browser))
    proof = browser.get("/v1/session").json()["csrf"]
    out = browser.post("/sign-out", data={"csrf": proof})
    assert browser.get("/v1/session").status_code == 401
    assert "/goodbye?client_id=nextlead" in browser.get(out.headers["location"]).text


def test_the_page_shows_the_way_to_the_provider_and_keeps_where_to_go(browser: httpx.Client) -> None:
    page = browser.get("/sign-in", params={"next": "/console/team?a=1"}).text
    assert "/sign-in/with/provider?next=/console/team%3Fa%3D1" in page


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("issuer", "http://login.example.com"),
        ("here", "ftp://nextlead.example"),
        ("groups", {"callers": "admin"}),
        ("groups", {}),
        ("clientid", "x"),
    ],
)  # fmt: skip
def test_a_provider_that_is_declared_wrongly_is_named(home: Home, key: str, value: Any) -> None:
    path = home.folder / "sign_in.yaml"
    told = yaml.safe_load(path.read_text())
    told["provider"][key] = value
    path.write_text(yaml.safe_dump(told))
    with pytest.raises(InvalidWorkspace, match=key):
        load_sign_in(home.folder)


def test_sessions_last_as_the_file_says(home: Home) -> None:
    (home.folder / "sign_in.yaml").write_text("sessions: {idle: 5m, longest: 1h}")
    times = load_sign_in(home.folder).times
    assert (times.idle.total_seconds(), times.longest.total_seconds()) == (300, 3600)
    (home.folder / "sign_in.yaml").write_text("sessions: {idle: 2h, longest: 1h}")
    with pytest.raises(InvalidWorkspace, match="idle"):
        load_sign_in(home.folder)
