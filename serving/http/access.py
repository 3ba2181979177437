"""Who may do what: the bearer key of a request and the scopes a route asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from leads.errors import Forbidden, Unauthorized
from serving.http.keys import KeyFile

_BEARER = HTTPBearer(auto_error=False, description="An API key from `nextlead keys create`")


@dataclass(frozen=True)
class Needs:
    """A dependency that lets in keys of these scopes. Raises Unauthorized, Forbidden.

    The key's id is then `request.state.caller`, its scope `request.state.scope`.
    """

    keys: KeyFile
    scopes: tuple[str, ...]

    def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> None:
        key = None if given is None else self.keys.check(given.credentials)
        if key is None:
            raise Unauthorized("send a valid key as `Authorization: Bearer KEY`")
        if key.scope not in self.scopes:
            raise Forbidden(f"this needs a key of scope {' or '.join(self.scopes)}, not {key.scope}")
        request.state.caller, request.state.scope = key.id, key.scope


def needs(keys: KeyFile, *scopes: str) -> Dependency:
    """Lets in keys of these scopes, and admins; the OpenAPI document says so too."""
    allowed = (*scopes, "admin")
    dependency: Dependency = Security(Needs(keys, allowed), scopes=allowed)
    return dependency
