"""Who comes in: the bearer key of a request, and the act that a route is."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from leads.errors import Forbidden, TooBusy, Unauthorized
from serving.access.act import Act
from serving.access.policy import Policy, Right
from serving.access.principal import Principal
from serving.access.rights import scopes
from serving.http.api_key import ApiKey, KeyLimits
from serving.http.key_use import KeyUse
from serving.http.keys import KeyFile
from serving.http.rates import Rates

_BEARER = HTTPBearer(auto_error=False, description="An API key from `nextlead keys create`")


_STRANGERS = 50
"""Requests a second without a valid key, from one address, that are told so; more are told that they are too many."""


class Doorkeeper:
    """Whose a request is, by its key, and what the policy lets them do. Each process counts for itself."""

    def __init__(self, keys: KeyFile, use: KeyUse, policy: Policy) -> None:
        self.policy = policy
        self._keys = keys
        self._use = use
        self._rates, self._strangers = Rates(), Rates(burst=4.0)

    def key_of(self, request: Request) -> ApiKey:
        """The valid key of a request. Raises Unauthorized, and TooBusy for one that asks too often."""
        scheme, secret = get_authorization_scheme_param(request.headers.get("authorization"))
        key = self._keys.check(secret) if scheme.lower() == "bearer" and secret else None
        if key is None:
            if not self._strangers.take("" if request.client is None else request.client.host, _STRANGERS):
                raise TooBusy("too many requests without a valid key come from this address")
            raise Unauthorized("send a valid key as `Authorization: Bearer KEY`")
        if key.limits.rate is not None and not self._rates.take(key.id, key.limits.rate):
            raise TooBusy(f"this key may send {key.limits.rate} requests a second")
        self._use.note(key.id)
        return key


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
        self, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> None:
        """Where the route has not looked at the key before it read the body."""
        if getattr(request.state, "visit", None) is None:
            self.admit(request)

    def admit(self, request: Request) -> None:
        """Let a request in by its key, which is all that is read of it."""
        key, policy = self.doorkeeper.key_of(request), self.doorkeeper.policy
        right = policy.right(principal_of(key), self.act)
        if not (self.rows or right.is_whole):
            raise Forbidden(f"this is for who may see everybody, not for {right.principal.role}")
        request.state.visit = Visit(right, key.limits)
        request.state.masking = policy.masking(right.principal)


@dataclass(frozen=True)
class Visit:
    """Who asks, what they may do here and how far, and the limits of the key they came with."""

    right: Right
    limits: KeyLimits

    @property
    def principal(self) -> Principal:
        return self.right.principal


def visit_of(request: Request) -> Visit:
    """Of a request that was let in."""
    visit: Visit = request.state.visit
    return visit


def principal_of(key: ApiKey) -> Principal:
    """Who asks with a key."""
    return Principal(key.id, key.scope, name=key.owner, key_id=key.id, masked=key.masked)


@dataclass(frozen=True)
class Scrapers:
    """Who may read the metrics. policy: `open` everybody; `key` who shows a key of scope metrics or admin; `local` who
    is on this machine, everybody else with such a key. What a proxy passes on is not from this machine.
    """

    doorkeeper: Doorkeeper
    policy: str = "local"

    async def __call__(self, request: Request) -> None:
        """Raises Unauthorized, Forbidden."""
        if self.policy == "open" or (self.policy == "local" and _is_local(request)):
            return
        Needs(self.doorkeeper, Act.READ_METRICS).admit(request)


_PASSED_ON = ("x-forwarded-for", "forwarded", "x-real-ip")
"""Headers by which a proxy says for whom it asks."""


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def needs(doorkeeper: Doorkeeper, act: Act, *, rows: bool = False) -> Dependency:
    """Lets in whom the policy lets do this act; the OpenAPI document says which keys these are."""
    dependency: Dependency = Security(Needs(doorkeeper, act, rows), scopes=scopes(act))
    return dependency
