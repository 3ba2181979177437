"""Links with which somebody signs in once, soon: made on the command line, for a first look or while no provider is
there. A link's secret is shown once and kept as a digest in the home.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from features.digest import Digests
from features.home import Home
from leads.errors import InvalidInput, Unauthorized
from serving.access.role import PEOPLE, Person
from serving.homefile import HomeFile
from serving.signin.session import SignedIn, person_named

PATH = "/sign-in/"
"""Where the page is that signs in with a link: its secret follows."""

_FILE = "sign_in_links.json"

NEEDS_AGENT: tuple[Person, ...] = ("agent",)
"""Roles that are nobody without an agent's id."""


@dataclass(frozen=True)
class SignInLink:
    """digest: of its secret. name: what people call them. until: from when on it opens nothing."""

    digest: str
    role: Person
    name: str
    agent_id: str | None
    team: str | None
    until: datetime


class SignInLinks:
    """Of one home."""

    def __init__(self, home: Home, digests: Digests) -> None:
        self._file = HomeFile(home.folder / _FILE, list, _links, "a list of links as nextlead keys link writes it")
        self._digests = digests

    def create(
        self, role: str, until: datetime, now: datetime, *, name: str = "", agent_id: str | None = None,
        team: str | None = None,
    ) -> str:  # fmt: skip
        """The secret of a new link. Raises InvalidInput for a role that no person has, and where it is not said who."""
        if role not in PEOPLE:
            raise InvalidInput("role", role, f"one of {', '.join(PEOPLE)}")
        if role in NEEDS_AGENT and not agent_id:
            raise InvalidInput("agent", agent_id, f"the id of an agent, for a {role}")
        if not (name or agent_id):
            raise InvalidInput("name", name, "who signs in with it")
        secret = secrets.token_urlsafe(32)
        link = SignInLink(self._digests.of(secret), role, name or agent_id or "", agent_id, team, until)
        with self._file.locked():
            valid = [other for other in self._file.read().values() if other.until > now]
            self._write([*valid, link])
        return secret

    def find(self, secret: str, now: datetime) -> SignInLink | None:
        """What a link would open; None for one that is used, over or never was."""
        found = self._file.current().get(self._digests.of(secret))
        return None if found is None or found.until <= now else found

    def use(self, secret: str, now: datetime) -> SignedIn:
        """Whom it signs in; nobody signs in with it again. Raises Unauthorized for one that opens nothing."""
        with self._file.locked():
            links = dict(self._file.read())
            link = links.pop(self._digests.of(secret), None)
            if link is not None:
                self._write(list(links.values()))
        if link is None or link.until <= now:
            raise Unauthorized("this link was used already, or its time is over: ask for another")
        person = link.agent_id or person_named("link", link.name)
        return SignedIn(person, link.role, "link", link.name, link.agent_id, link.team)

    def _write(self, links: list[SignInLink]) -> None:
        self._file.write([asdict(link) for link in links])


def _links(document: Any) -> Mapping[str, SignInLink]:
    found = (SignInLink(**{**item, "until": datetime.fromisoformat(item["until"])}) for item in document or ())
    return {link.digest: link for link in found}
