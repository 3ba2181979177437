"""A link signs one person in, once, soon."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.digest import Digests
from features.home import Home
from leads.errors import InvalidInput, Unauthorized
from serving.signin.sign_in_links import SignInLinks
from tests.serving.small_home import NOW

SOON = NOW + timedelta(minutes=10)


@pytest.fixture
def links(home: Home) -> SignInLinks:
    return SignInLinks(home, Digests(home.folder))


def test_a_link_signs_in_whom_it_was_made_for_and_nobody_after(links: SignInLinks) -> None:
    secret = links.create("agent", SOON, NOW, agent_id="wang")
    who = links.use(secret, NOW)
    assert (who.person, who.role, who.agent_id, who.way) == ("wang", "agent", "wang", "link")
    with pytest.raises(Unauthorized, match="used already"):
        links.use(secret, NOW)


def test_a_link_opens_nothing_once_its_time_is_over(links: SignInLinks) -> None:
    secret = links.create("manager", SOON, NOW, name="li")
    assert links.find(secret, SOON) is None
    with pytest.raises(Unauthorized):
        links.use(secret, SOON)


def test_the_home_knows_no_links_secret(links: SignInLinks, home: Home) -> None:
    secret = links.create("manager", SOON, NOW, name="li")
    kept = (home.folder / "sign_in_links.json").read_text()
    assert secret not in kept and "li" in kept


def test_links_of_machines_and_of_nobody_are_refused(links: SignInLinks) -> None:
    with pytest.raises(InvalidInput, match="role"):
        links.create("admin", SOON, NOW, name="li")
    with pytest.raises(InvalidInput, match="agent"):
        links.create("agent", SOON, NOW, name="li")
    with pytest.raises(InvalidInput, match="name"):
        links.create("manager", SOON, NOW)
