"""Who comes in: the caller of a request, and the act that a route is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.params import Depends as Dependency
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from leads.errors import Forbidden
from serving.access.act import Act
from serving.access.policy import Policy, Right
from serving.access.principal import Principal
from serving.access.rights import allowed
from serving.http.api_key import KeyLimits
from serving.http.callers import Caller, Callers, require_meant
from serving.http.session_cookie import SCHEME
from serving.http.sign_in import SignIn
from serving.signin.session import Session

_BEARER = HTTPBearer(auto_error=False, description="An API key from `nextlead keys create`")
COOKIE = APIKeyCookie(
    name="nextlead", scheme_name=SCHEME, auto_error=False, description="The session of somebody who signed in"
)


@dataclass(frozen=True)
class Visit:
    """Who asks, and what they may do here and how far."""

    caller: Caller
    right: Right

    @property
    def principal(self) -> Principal:
        return self.caller.principal

    @property
    def limits(self) -> KeyLimits:
        return self.caller.limits

    @property
    def session(self) -> Session | None:
        """In which they ask, None for who shows a key."""
        return self.caller.session


class Doorkeeper:
    """Who asks, what the policy lets them do, and how people get in."""

    def __init__(self, callers: Callers, policy: Policy, sign_in: SignIn) -> None:
        self.callers = callers
        self.policy = policy
        self.sign_in = sign_in

    async def visit(self, request: Request, act: Act, rows: bool = False) -> Visit:
        """Let a request in, by what it shows of who sends it. rows: see Needs.

        Raises Unauthorized, Forbidden, TooBusy.
        """
        caller = await self.callers.of(request)
        right = self.policy.right(caller.principal, act)
        if not (rows or right.is_whole):
            raise Forbidden(f"this is for who may see everybody, not for {right.principal.role}")
        return Visit(caller, right)


@dataclass(frozen=True)
class Needs:
    """A dependency that lets in whom the policy lets do this act. Raises Unauthorized, Forbidden, TooBusy.

    rows: whether the route looks at whose customers it is asked for; one that does not is for those alone whom the act
    reaches everybody. What is found is `visit_of(request)`.
    """

    doorkeeper: Doorkeeper
    act: Act
    rows: bool = False

    async def __call__(
        self,
        request: Request,
        _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
        __: Annotated[str | None, Depends(COOKIE)],
    ) -> None:
        """Where the route has not looked at who asks before it read the body; and that a change was meant."""
        if getattr(request.state, "visit", None) is None:
            await self.admit(request)
        session = visit_of(request).session
        if session is not None:
            await require_meant(request, session)

    async def admit(self, request: Request) -> None:
        """Let a request in by its headers, which is all that is read of it."""
        visit = await self.doorkeeper.visit(request, self.act, self.rows)
        request.state.visit = visit
        request.state.masking = self.doorkeeper.policy.masking(visit.principal)


def visit_of(request: Request) -> Visit:
    """Of a request that was let in."""
    visit: Visit = request.state.visit
    return visit


def needs(doorkeeper: Doorkeeper, act: Act, *, rows: bool = False) -> Dependency:
    """Lets in whom the policy lets do this act; the OpenAPI document says who these are."""
    dependency: Dependency = Security(Needs(doorkeeper, act, rows), scopes=allowed(act))
    return dependency
