"""A session: somebody who signed in, from then until they sign out, are idle for too long, or it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

import msgspec

from serving.access.principal import Principal
from serving.access.role import Role

Way = Literal["link", "key", "oidc"]
"""How somebody signed in."""

WAYS: tuple[Way, ...] = get_args(Way)


@dataclass(frozen=True)
class SessionTimes:
    """idle: a session ends when nothing was asked in it for so long. longest: and in any case after so long."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)


class SignedIn(msgspec.Struct, frozen=True):
    """Who signed in. person: by which the trail names them. team: where the register of agents does not say it. key_id:
    of the key with which they did; the session ends with it. masked: as of the key.
    """

    person: str
    role: Role
    way: Way
    name: str = ""
    agent_id: str | None = None
    team: str | None = None
    key_id: str | None = None
    masked: bool = False


class Session(msgspec.Struct, frozen=True):
    """who: signed in. proof: what every change asked for in this session must carry, so that no other site can ask for
    one (CSRF token). since, ends: when it began and is over at the latest, in seconds since 1970.
    """

    who: SignedIn
    proof: str
    since: float
    ends: float

    def principal(self, team: str | None) -> Principal:
        """Who asks in it. team: as the register of agents has it, None where it has none."""
        who = self.who
        return Principal(who.person, who.role, who.name, who.agent_id, team or who.team, who.key_id, who.masked)


def person_named(way: Way, subject: str) -> str:
    """By which the trail names a person who is no agent, such as `link:li`."""
    return f"{way}:{subject}"
