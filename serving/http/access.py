"""Who may do what: the bearer key of a request and the scopes a route asks for."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from leads.errors import Forbidden, TooBusy, Unauthorized
from serving.http.api_key import ApiKey
from serving.http.key_use import KeyUse
from serving.http.keys import KeyFile
from serving.http.masking import Masking
from serving.http.rates import Rates

_BEARER = HTTPBearer(auto_error=False, description="An API key from `nextlead keys create`")


_STRANGERS = 50
"""Requests a second without a valid key, from one address, that are told so; more are told that they are too many."""


class Doorkeeper:
    """Whose a request is, by its key. Each process counts for itself."""

    def __init__(self, keys: KeyFile, use: KeyUse, masking: Masking) -> None:
        self.masking = masking
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
    """A dependency that lets in keys of these scopes. Raises Unauthorized, Forbidden, TooBusy.

    The key's id is then `request.state.caller`, its scope `request.state.scope`, its limits `request.state.limits`, and
    `request.state.masking` what masks its answers, None where it sees all.
    """

    doorkeeper: Doorkeeper
    scopes: tuple[str, ...]

    async def __call__(
        self, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> None:
        """Where the route has not looked at the key before it read the body."""
        if getattr(request.state, "caller", None) is None:
            self.admit(request)

    def admit(self, request: Request) -> None:
        """Let a request in by its key, which is all that is read of it."""
        key = self.doorkeeper.key_of(request)
        if key.scope not in self.scopes:
            raise Forbidden(f"this needs a key of scope {' or '.join(self.scopes)}, not {key.scope}")
        request.state.caller, request.state.scope, request.state.limits = key.id, key.scope, key.limits
        request.state.masking = self.doorkeeper.masking if key.masked else None


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
        Needs(self.doorkeeper, ("metrics", "admin")).admit(request)


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


def needs(doorkeeper: Doorkeeper, *scopes: str) -> Dependency:
    """Lets in keys of these scopes, and admins; the OpenAPI document says so too."""
    allowed = (*scopes, "admin")
    dependency: Dependency = Security(Needs(doorkeeper, allowed), scopes=allowed)
    return dependency
