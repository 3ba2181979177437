"""Pictures of the pages for docs/console.md, made of a served demo where NEXTLEAD_PICTURES_OF names its home and
NEXTLEAD_PICTURES_AT its address.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from features.digest import Digests
from features.home import Home
from serving.signin.sign_in_links import SignInLinks

PICTURES = Path(__file__).parents[2] / "docs" / "console"

_STATE = (("alerts", "alerts"), ("health", "health"))

HOME, AT = os.environ.get("NEXTLEAD_PICTURES_OF"), os.environ.get("NEXTLEAD_PICTURES_AT")


def signed_in(browser: Browser, role: str, language: str, width: int, **who: Any) -> Page:
    assert HOME is not None
    home, now = Home.open(HOME), datetime.now(UTC)
    links = SignInLinks(home, Digests(home.folder))
    context = browser.new_context(viewport={"width": width, "height": 860}, locale=language)
    link = links.create(role, now + timedelta(minutes=1), now, **({"name": role} | who))
    assert context.request.post(f"{AT}/v1/session", data={"link": link}).ok
    return context.new_page()


@pytest.mark.skipif(HOME is None or AT is None, reason="writes docs/console/*.png of a served demo")
def test_pictures_of_the_pages(browser: Browser) -> None:
    PICTURES.mkdir(exist_ok=True)
    for name, language, width in (("agent", "zh-CN", 1280), ("phone", "zh-CN", 390), ("english", "en-GB", 1280)):
        page = signed_in(browser, "agent", language, width, agent_id=f"wang-{name}")
        page.goto(f"{AT}/console/agent")
        page.locator("button.big").click()
        page.wait_for_selector(".timeline, .history .none")
        page.screenshot(path=PICTURES / f"{name}.png")
        who = page.inner_text("#who")
    for name, path in (("queues", "queues"), ("customer", f"customers/{who}"), ("models", "models"), *_STATE):
        page = signed_in(browser, "manager", "zh-CN", 1280, name="李经理")
        page.goto(f"{AT}/console/{path}")
        page.wait_for_timeout(2000)
        page.screenshot(path=PICTURES / f"{name}.png")


@pytest.mark.skipif(HOME is None or AT is None, reason="writes docs/console/*.png of a served demo")
def test_pictures_of_the_catalogue(browser: Browser) -> None:
    page = signed_in(browser, "manager", "zh-CN", 1280, name="李经理")
    page.goto(f"{AT}/console/catalogue")
    page.locator("form[action$=drafts] button").click()
    page.wait_for_selector(".submenu")
    draft = page.url
    page.goto(f"{draft}/at/levers")
    page.fill("id=levers.scene.renewal", "0.4")
    page.locator(".stick button").click()
    page.goto(f"{draft}/at/actions?entry=gift_wecom")
    page.locator("id=actions.gift_wecom.applicability.silent_30").focus()
    page.wait_for_selector("output.held:not(:empty)")
    page.screenshot(path=PICTURES / "condition.png")
    page.goto(draft)
    page.locator("form[action$=try] button").click()
    page.wait_for_selector("form[action$=publish]", timeout=120_000)
    page.screenshot(path=PICTURES / "catalogue.png")
    page.locator("form[action$=discard] button").click()


def test_every_picture_that_the_page_shows_is_there() -> None:
    text = (PICTURES.parent / "console.md").read_text("utf-8")
    shown = {line.rpartition("(")[2].rstrip(")") for line in text.splitlines() if line.startswith("![")}
    assert shown and all((PICTURES.parent / name).is_file() for name in shown)
