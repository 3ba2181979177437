"""Who comes in: the caller of a request, and the act that a route is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.params import Depends as Dependency
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from leads.errors import Forbidden
from serving.access.act import Act
from serving.access.policy import Policy, Right
from serving.access.principal import Principal
from serving.access.rights import allowed
from serving.audit.trail import Trail
from serving.http.api_key import KeyLimits
from serving.http.callers import Caller, Callers, require_meant
from serving.http.session_cookie import SCHEME
from serving.http.sign_in import SignIn
from serving.http.trailing import GRAVE, entry, entry_of
from serving.http.under_way import Turns
from serving.signin.session import Session

_BEARER = HTTPBearer(auto_error=False, description="An API key from `nextlead keys create`")
COOKIE = APIKeyCookie(
    name="nextlead", scheme_name=SCHEME, auto_error=False, description="The session of somebody who signed in"
)


@dataclass(frozen=True)
class Visit:
    """Who asks, and what they may do here and how far.

    whom: the customers whom the answer is about. details: what else the audit trail is told: `count`, `why`.
    """

    caller: Caller
    right: Right
    whom: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    def saw(self, *customer_ids: str) -> None:
        """What is answered is about these customers: the audit trail is to tell so."""
        self.whom.extend(customer_ids)

    def customers(self, customer_ids: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Of customers that are asked about those who are seen, and the others."""
        seen, beyond = self.right.parted(customer_ids)
        self.saw(*seen)
        return seen, beyond

    def require_customer(self, customer_id: str) -> None:
        """Raises NotFound for one who is not seen."""
        self.right.require_customer(customer_id)
        self.saw(customer_id)

    @property
    def count(self) -> int:
        """How much it is about, where that is not how many customers."""
        return int(self.details.get("count", 0))

    @property
    def why(self) -> str | None:
        """The reason of a closed set, where one was asked for."""
        return self.details.get("why")

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

    def __init__(self, callers: Callers, policy: Policy, sign_in: SignIn, trail: Trail) -> None:
        self.callers = callers
        self.policy = policy
        self.sign_in = sign_in
        self.trail = trail
        self.turns = Turns()

    async def visit(self, request: Request, act: Act, rows: bool = False) -> Visit:
        """Let a request in, by what it shows of who sends it. rows: see Needs.

        Raises Unauthorized, Forbidden, TooBusy.
        """
        caller = await self.callers.of(request)
        try:
            right = self.policy.right(caller.principal, act)
            if not (rows or right.is_whole):
                raise Forbidden(f"this is for who may see everybody, not for {right.principal.role}")
        except Forbidden:
            self.trail.note(entry(request, caller.principal, act.value, Forbidden.status))
            raise
        return Visit(caller, right)

    async def begun(self, request: Request) -> None:
        """A request that was let in is about to be answered: what is grave is in the trail first."""
        visit = visit_of(request)
        act = visit.right.act
        if act in GRAVE and (act is Act.EXPORT_CUSTOMER or request.method not in ("GET", "HEAD")):
            await run_in_threadpool(self.trail.keep, entry(request, visit.principal, act.value, 0, visit))

    def answered(self, request: Request, status: int) -> None:
        """It was answered so: the trail tells of it."""
        told = entry_of(request, visit_of(request), status)
        if told is not None:
            self.trail.note(told)


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
