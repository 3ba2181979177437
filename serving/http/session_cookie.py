"""The cookie that carries a session's token."""

from __future__ import annotations

from fastapi import Request, Response

SCHEME = "Session"
"""What the OpenAPI document calls it."""

_NAME = "nextlead"
_HOST = f"__Host-{_NAME}"
"""Under TLS: a browser takes it from this host alone, and gives it back to nobody else."""


def token_of(request: Request) -> str | None:
    """The token that came with a request, None where none did."""
    return request.cookies.get(_HOST if _is_encrypted(request) else _NAME)


def set_token(request: Request, response: Response, token: str) -> None:
    """Have the browser keep a token until it closes, away from scripts, and send it along from this site alone."""
    encrypted = _is_encrypted(request)
    response.set_cookie(_HOST if encrypted else _NAME, token, path="/", secure=encrypted, httponly=True, samesite="lax")


def drop_token(request: Request, response: Response) -> None:
    """Have the browser forget it."""
    encrypted = _is_encrypted(request)
    response.delete_cookie(_HOST if encrypted else _NAME, path="/", secure=encrypted, httponly=True, samesite="lax")


def _is_encrypted(request: Request) -> bool:
    """Whether it came by TLS, to this service or to a proxy that it trusts."""
    return request.url.scheme == "https"
