"""Signing in with a secret: a key, or a link that opens once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import Request

from leads.errors import InvalidInput, TooBusy, Unauthorized
from serving.access.principal import NOBODY
from serving.audit.trail import Trail
from serving.http.callers import Callers, require_same_site
from serving.http.session_cookie import token_of
from serving.http.trailing import entry
from serving.signin.session import SignedIn
from serving.signin.sessions import Opened, Sessions
from serving.signin.sign_in_links import SignInLink, SignInLinks


class SignIn:
    """Begins sessions, and ends them. real_now: the real time, by which links end."""

    def __init__(
        self, callers: Callers, sessions: Sessions, links: SignInLinks, trail: Trail, real_now: Callable[[], datetime]
    ) -> None:
        self._callers = callers
        self._sessions = sessions
        self._links = links
        self._trail = trail
        self._real_now = real_now

    def with_secrets(self, request: Request, *, key: str | None = None, link: str | None = None) -> Opened:
        """The session of whoever shows one of these. Raises InvalidInput for none or both, Unauthorized for one that
        opens nothing, TooBusy for who guesses, Forbidden where another site asks.
        """
        require_same_site(request)
        if (key is None) == (link is None):
            raise InvalidInput("key", None, "given, or `link`, and not both")
        try:
            who = self._with_key(request, key) if key is not None else self._with_link(request, link or "")
        except Unauthorized:
            self.refused(request, Unauthorized.status)
            raise
        return self.of(request, who)

    def link(self, secret: str) -> SignInLink | None:
        """What a link would open; None for one that opens nothing."""
        return self._links.find(secret, self._real_now())

    def refused(self, request: Request, status: int) -> None:
        """Somebody could not sign in: the trail tells so."""
        self._trail.note(entry(request, NOBODY, "session.refuse", status))

    def of(self, request: Request, who: SignedIn) -> Opened:
        """The session of somebody who has shown who they are; the one that their browser had is over."""
        opened = self._sessions.open(who, instead_of=token_of(request))
        self._trail.note(entry(request, opened.session.principal(None), "session.open", 200))
        return opened

    def out(self, request: Request) -> None:
        """End the session of a request."""
        token = token_of(request)
        session = None if token is None else self._sessions.find(token)
        if token is not None and session is not None:
            self._sessions.close(token)
            self._trail.note(entry(request, session.principal(None), "session.close", 200))

    def _with_key(self, request: Request, secret: str) -> SignedIn:
        principal = self._callers.by_key(request, secret).principal
        return SignedIn(
            principal.id, principal.role, "key", principal.name, key_id=principal.key_id, masked=principal.masked
        )

    def _with_link(self, request: Request, secret: str) -> SignedIn:
        try:
            return self._links.use(secret, self._real_now())
        except Unauthorized as error:
            stranger = self._callers.stranger(request)
            raise (stranger if isinstance(stranger, TooBusy) else error) from None
