"""The console of a served small home in a real browser, which may ask nobody but the service."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from console.wings import build
from serving.audit.record import Record
from serving.composition import Composition
from serving.events.timeline import TimelineEvent
from serving.ports import free_port
from serving.signin.sign_in_links import SignInLinks
from serving.webapp import web
from tests.serving.conftest import home, parts, patience, pattern, settings, stores  # noqa: F401
from tests.serving.small_service import answering, working

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Site:
    """A running service with its console. faults: what a page did that it must not."""

    parts: Composition
    url: str
    browser: Browser
    faults: list[str] = field(default_factory=list)

    def link(self, role: str, **who: Any) -> str:
        """The secret of a link that opens for a minute."""
        now = datetime.now(UTC)
        links = SignInLinks(self.parts.home, self.parts.digests)
        return links.create(role, now + timedelta(minutes=1), now, **({"name": role} | who))

    def page(self, role: str, language: str = "zh-CN", width: int = 1440, **who: Any) -> Page:
        """A browser of its own, signed in with a link."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, locale=language)
        context.set_default_timeout(20_000)
        assert context.request.post(f"{self.url}/v1/session", data={"link": self.link(role, **who)}).ok
        page = context.new_page()
        page.on("request", lambda request: self._asked(request.url))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    @contextmanager
    def client(self, role: str, **who: Any) -> Iterator[httpx.Client]:
        """The same without a browser; `headers` carry the proof."""
        with httpx.Client(base_url=self.url, timeout=30) as client:
            answered = client.post("/v1/session", json={"link": self.link(role, **who)})
            client.headers["x-csrf-token"] = answered.json()["csrf"]
            yield client

    def event_of(self, customer_id: str, kind: str) -> TimelineEvent:
        """The newest event of a type in somebody's timeline, once the worker has taken it in."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            events, _ = self.parts.timelines.read([customer_id], self.parts.clock.now(), 20)
            found = [event for event in events if event["type"] == kind]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no {kind} of {customer_id}")

    def trail(self) -> list[dict[str, Any]]:
        """What the audit trail tells, the oldest first."""
        self.parts.trail.flush()
        return list(Record(self.parts.home.folder).entries())

    def _asked(self, address: str) -> None:
        if not address.startswith((self.url, "tel:", "data:")):
            self.faults.append(f"asked {address}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. It ends with the module: its loop runs in this thread, where no other can meanwhile."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def site(parts: Composition, browser: Browser) -> Iterator[Site]:  # noqa: F811
    """The service, its worker and its console; a page that misbehaved fails the test."""
    port = free_port()
    made = Site(parts, f"http://127.0.0.1:{port}", browser)
    with working(parts), answering(web(parts, wings=build), port):
        yield made
        for context in browser.contexts:
            context.close()
    assert made.faults == []


Check = Callable[[Page], None]


@pytest.fixture(scope="session")
def accessible() -> Check:
    """Fails where axe finds what somebody cannot read or reach (WCAG 2.2 AA)."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    wanted = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

    def check(page: Page) -> None:
        found = axe.run(page, options=wanted).response["violations"]
        told = [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found]
        assert told == []

    return check
