"""Who may do what: the bearer key of a request and the scopes a route asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from leads.errors import Forbidden, Unauthorized
from serving.http.keys import KeyFile

_BEARER = HTTPBearer(auto_error=False, description="An API key from `nextlead keys create`")


def needs(keys: KeyFile, *scopes: str) -> Callable[..., None]:
    """A dependency that lets in keys of these scopes, and admins. Raises Unauthorized, Forbidden.

    The key's id is then `request.state.caller`, its scope `request.state.scope`.
    """

    def check(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        key = None if given is None else keys.check(given.credentials)
        if key is None:
            raise Unauthorized("send a valid key as `Authorization: Bearer KEY`")
        if key.scope not in (*scopes, "admin"):
            raise Forbidden(f"this needs a key of scope {' or '.join((*scopes, 'admin'))}, not {key.scope}")
        request.state.caller, request.state.scope = key.id, key.scope

    return check
