"""People who signed in, for tests: a browser with a session, made by a link as an operator would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from serving.signin.sign_in_links import SignInLinks
from tests.serving.small_service import Served


def link_for(served: Served, role: str, **who: Any) -> str:
    """The secret of a link that opens for a minute."""
    now = datetime.now(UTC)
    links = SignInLinks(served.parts.home, served.parts.digests)
    return links.create(role, now + timedelta(minutes=1), now, **({"name": role} | who))


@contextmanager
def signed_in(served: Served, role: str, **who: Any) -> Iterator[httpx.Client]:
    """A client in a session of this role; what it changes carries the session's proof."""
    with httpx.Client(base_url=f"{served.url}/v1", timeout=30) as client:
        answered = client.post("/session", json={"link": link_for(served, role, **who)})
        assert answered.status_code == 200, answered.text
        client.headers["x-csrf-token"] = answered.json()["csrf"]
        yield client
