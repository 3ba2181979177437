"""Callers: who a request is from, by its key or by the session of a browser."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security.utils import get_authorization_scheme_param

from leads.errors import Forbidden, TooBusy, Unauthorized
from serving.access.principal import Principal
from serving.desk.agents import Register
from serving.http.api_key import ApiKey, KeyLimits
from serving.http.key_use import KeyUse
from serving.http.keys import KeyFile
from serving.http.rates import Rates
from serving.http.session_cookie import token_of
from serving.signin.session import Session
from serving.signin.sessions import Sessions

_STRANGERS = 50
"""Requests a second without a valid key or session, from one address, that are told so; more are told that they are too
many."""

PEOPLE_LIMITS = KeyLimits(held=50, lease_seconds=int(timedelta(hours=1).total_seconds()), rate=50, hourly=200)
"""Of whoever signed in, but with a key."""

PROOF = "x-csrf-token"
"""The header in which a change carries its session's proof; a form has it as `csrf`."""

_READING = ("GET", "HEAD")


@dataclass(frozen=True)
class Caller:
    """session: in which they ask, None for who shows a key."""

    principal: Principal
    limits: KeyLimits
    session: Session | None = None


class Callers:
    """Of one process, which counts for itself how often they ask."""

    def __init__(self, keys: KeyFile, use: KeyUse, sessions: Sessions, register: Register) -> None:
        self._keys = keys
        self._use = use
        self._sessions = sessions
        self._register = register
        self._rates, self._strangers = Rates(), Rates(burst=4.0)

    async def of(self, request: Request) -> Caller:
        """Who asks. Raises Unauthorized, and TooBusy for who asks too often."""
        scheme, secret = get_authorization_scheme_param(request.headers.get("authorization"))
        if scheme.lower() == "bearer" and secret:
            return self.by_key(request, secret)
        token = token_of(request)
        if token is None:
            raise self.stranger(request)
        return await run_in_threadpool(self._in_session, request, token)

    def by_key(self, request: Request, secret: str) -> Caller:
        """Who shows a key. Raises Unauthorized, TooBusy."""
        key = self._keys.check(secret)
        if key is None:
            raise self.stranger(request)
        self._count(key.id, key.limits)
        self._use.note(key.id)
        return Caller(principal_of(key), key.limits)

    def stranger(self, request: Request) -> Unauthorized | TooBusy:
        """What somebody is told who is nobody, from an address that guesses too often that they are too many."""
        if self._strangers.take("" if request.client is None else request.client.host, _STRANGERS):
            return Unauthorized("send a valid key as `Authorization: Bearer KEY`, or sign in")
        return TooBusy("too many requests without a valid key come from this address")

    def _in_session(self, request: Request, token: str) -> Caller:
        session = self._sessions.find(token)
        if session is None:
            raise self.stranger(request)
        key = None if session.who.key_id is None else self._keys.find(session.who.key_id)
        agent = None if session.who.agent_id is None else self._register.find(session.who.agent_id)
        if (session.who.key_id is not None and key is None) or (agent is not None and not agent.active):
            self._sessions.close(token)
            raise self.stranger(request)
        limits = PEOPLE_LIMITS if key is None else key.limits
        principal = session.principal(None if agent is None else agent.team)
        self._count(principal.id, limits)
        return Caller(principal, limits, session)

    def _count(self, name: str, limits: KeyLimits) -> None:
        if limits.rate is not None and not self._rates.take(name, limits.rate):
            raise TooBusy(f"{limits.rate} requests a second may come with one key, or from one person")


def principal_of(key: ApiKey) -> Principal:
    """Who asks with a key."""
    return Principal(key.id, key.scope, name=key.owner, key_id=key.id, masked=key.masked)


async def require_meant(request: Request, session: Session) -> None:
    """That a change asked for in a session was asked for by who has it, and not by another site in their browser.

    Raises Forbidden where its proof is missing or another's.
    """
    if request.method in _READING:
        return
    require_same_site(request)
    given = request.headers.get(PROOF)
    if given is None and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        given = str((await request.form()).get("csrf", ""))
    if not hmac.compare_digest((given or "").encode(), session.proof.encode()):
        raise Forbidden(f"a change in a session needs its proof, in the header {PROOF} or the field csrf of a form")


def require_same_site(request: Request) -> None:
    """Raises Forbidden where the browser says that another site asks."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("another site asked for this")
