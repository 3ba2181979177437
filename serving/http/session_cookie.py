"""The cookie that carries a session's token."""

from __future__ import annotations

from fastapi import Request, Response

SCHEME = "Session"
"""What the OpenAPI document calls it."""

_NAME = "nextlead"
_BROWSER = "nextlead-sign-in"
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


def give_browser(request: Request, response: Response, secret: str) -> None:
    """Have the browser show this when it comes back from where it signs in: another's sign-in never becomes its own."""
    response.set_cookie(
        _BROWSER, secret, max_age=600, path="/sign-in", secure=_is_encrypted(request), httponly=True, samesite="lax"
    )


def told_browser(request: Request) -> str:
    """What it shows; nothing where it shows nothing."""
    return request.cookies.get(_BROWSER, "")


def drop_browser(request: Request, response: Response) -> None:
    """It has come back."""
    response.delete_cookie(_BROWSER, path="/sign-in", secure=_is_encrypted(request), httponly=True, samesite="lax")


def _is_encrypted(request: Request) -> bool:
    """Whether it came by TLS, to this service or to a proxy that it trusts."""
    return request.url.scheme == "https"
