"""Pages of agents as browsers keep them open: each signed in, with a lead in hand and its stream of what changes."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from benchmarks.harness.desk import Desk
from features.digest import Digests
from leads.errors import Unavailable
from serving.signin.sign_in_links import SignInLinks

_LEASE = re.compile(r'name="lease_id" value="([^"]+)"')
_AGAIN = 0.4
"""Seconds after which a browser asks for the next stream when one has ended."""


@dataclass(frozen=True)
class OpenPage:
    """A signed-in agent's session, and the lead that their page shows."""

    cookies: httpx.Cookies
    lease_id: str


def sign_in(desk: Desk, agents: Sequence[str]) -> list[httpx.Client]:
    """A browser's session for each agent, by a link of their own."""
    links, now = SignInLinks(desk.home, Digests(desk.home.folder)), datetime.now(UTC)
    found = []
    for agent_id in agents:
        secret = links.create("agent", now + timedelta(hours=2), now, agent_id=agent_id)
        client = httpx.Client(base_url=desk.url, timeout=30, follow_redirects=True)
        client.headers["x-csrf-token"] = (
            client.post("/v1/session", json={"link": secret}).raise_for_status().json()["csrf"]
        )
        found.append(client)
    return found


def painted(client: httpx.Client) -> float:
    """Seconds until the agent's page is there whole. Raises Unavailable for another answer."""
    began = time.perf_counter()
    answer = client.get("/console/agent")
    took = time.perf_counter() - began
    if answer.status_code != 200:
        raise Unavailable(f"the agent's page answered {answer.status_code}")
    return took


def with_lead(client: httpx.Client) -> OpenPage:
    """The agent asks for the next lead and has its page. Raises Unavailable where there is none."""
    answer = client.post("/console/agent/next", data={"queue": "all"})
    found = _LEASE.search(answer.text)
    if found is None:
        raise Unavailable(f"no lead for a page: {answer.status_code}")
    return OpenPage(client.cookies, found.group(1))


@contextmanager
def kept_open(url: str, pages: Sequence[OpenPage]) -> Iterator[None]:
    """While this is entered every page listens to its stream, and asks for the next when one ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(_listening(url, pages), loop)
    try:
        yield
        if listening.done():
            listening.result()
    finally:
        listening.cancel()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _listening(url: str, pages: Sequence[OpenPage]) -> None:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client:
        await asyncio.gather(*(_listen(client, page) for page in pages))


async def _listen(client: httpx.AsyncClient, page: OpenPage) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    while True:
        asked = client.stream("GET", "/console/agent/live", params={"lease": page.lease_id}, headers={"cookie": cookie})
        async with asked as answer:
            answer.raise_for_status()
            async for _ in answer.aiter_lines():
                pass
        await asyncio.sleep(_AGAIN)
