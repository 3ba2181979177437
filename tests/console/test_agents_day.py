"""An agent's day in a real browser: the next lead, the outcome by a key, a callback, and never another's lead."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Check, Site

LEAD = ".lead-page"


def take(page: Page) -> str:
    """Take the next lead, and say who it is."""
    with page.expect_response(lambda answer: answer.url.endswith("/history")):  # It is read after the first paint.
        page.keyboard.press("n")
    page.wait_for_selector(LEAD)
    return page.inner_text("#who")


def test_two_agents_never_hold_the_same_person(site: Site) -> None:
    wang, li = (site.page("agent", agent_id=name) for name in ("wang", "li"))
    seen = []
    for _ in range(3):
        for page in (wang, li):
            page.goto(f"{site.url}/console")
            seen.append(take(page))
        for page in (wang, li):
            page.keyboard.press("a")
            page.wait_for_selector(".ready")
    assert len(set(seen)) == 6


def test_an_outcome_is_one_letter_and_the_next_lead_waits_until_the_agent_is_ready(site: Site) -> None:
    page = site.page("agent", agent_id="wang")
    page.goto(f"{site.url}/console/agent")
    who = take(page)
    page.fill("textarea", "下周再联系")
    page.keyboard.press("i")
    assert page.url.endswith("/console/agent"), "a letter in the note is no outcome"
    page.locator("textarea").blur()
    page.keyboard.press("i")
    expect(page.locator(".done")).to_contain_text("有意向")
    assert [lease for lease in site.parts.queue.leases.all(site.parts.clock.now())] == []
    done = site.event_of(who, "lease.completed")
    assert done["data"]["note"].startswith("下周再联系") and done["data"]["disposition"] == "interested"


def test_a_callback_is_promised_for_a_time_of_the_customers_clock_and_stands_on_the_desk(site: Site) -> None:
    page = site.page("agent", agent_id="wang")
    page.goto(f"{site.url}/console/agent")
    who = take(page)
    page.locator(".times button").last.click()
    page.wait_for_selector(".ready")
    expect(page.locator(".side")).to_contain_text(who)
    (promise,) = site.parts.queue.promises.of([who])
    assert promise is not None and promise.agent_id == "wang"


def test_a_callback_without_a_time_is_refused_and_the_lead_and_note_stay(site: Site) -> None:
    page = site.page("agent", agent_id="wang")
    page.goto(f"{site.url}/console/agent")
    who = take(page)
    page.fill("textarea", "忙")
    site.faults.clear()
    page.locator("[name=callback_own]").click()
    expect(page.locator(".banner.bad")).to_contain_text("callback_at")
    assert page.inner_text("#who") == who and page.input_value("textarea") == "忙"
    site.faults.clear()  # A browser tells of an answer that refuses something.


def test_a_lead_that_is_taken_back_says_so_at_once_and_keeps_the_note(site: Site) -> None:
    page = site.page("agent", agent_id="wang")
    page.goto(f"{site.url}/console/agent")
    take(page)
    page.fill("textarea", "重要")
    (lease,) = site.parts.queue.leases.all(site.parts.clock.now())
    site.parts.queue.leases.take_back(lease.id, "boss", "test", site.parts.clock.now())
    expect(page.locator("#gone")).to_be_visible(timeout=10_000)
    assert page.input_value("textarea") == "重要"
    assert page.locator(".dispositions button").first.is_disabled()


def test_a_number_is_masked_until_it_is_asked_for_which_is_written_down(site: Site) -> None:
    page = site.page("agent", agent_id="wang")
    page.goto(f"{site.url}/console/agent")
    who = take(page)
    (reach,) = site.parts.contacts.reach([who])
    assert reach is not None and reach.phone is not None
    assert "****" in page.inner_text("[data-number]") and reach.phone not in page.content()
    page.locator("[data-reveal]").click()
    expect(page.locator("[data-number]")).to_have_text(reach.phone)
    found = [entry for entry in site.trail() if entry["act"] == "number.reveal"]
    assert found[-1]["status"] == 200 and found[-1]["why"] == "show"
    assert not any(reach.phone in str(entry) for entry in site.trail())


def test_working_renews_the_lease(site: Site) -> None:
    page = site.page("agent", agent_id="wang")
    page.goto(f"{site.url}/console/agent")
    take(page)
    (before,) = site.parts.queue.leases.all(site.parts.clock.now())
    page.locator(LEAD).evaluate("each => { each.dataset.seconds = '10'; }")
    page.reload()
    page.evaluate(
        "async ([id, token, csrf]) => fetch('/console/agent/renew', {method: 'POST',"
        " headers: {'x-csrf-token': csrf, 'content-type': 'application/x-www-form-urlencoded'},"
        " body: new URLSearchParams({lease_id: id, token})})",
        [page.locator(LEAD).get_attribute(f"data-{name}") for name in ("lease", "token", "csrf")],
    )
    (after,) = site.parts.queue.leases.all(site.parts.clock.now())
    assert (after.id, after.expires_at > before.expires_at) == (before.id, True)


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("width", [390, 1440])
def test_everybody_can_read_and_reach_it(site: Site, accessible: Check, language: str, width: int) -> None:
    page = site.page("agent", language, width, agent_id="wang")
    page.goto(f"{site.url}/console/agent")
    accessible(page)
    take_button = page.locator("button.big")
    take_button.click()
    page.wait_for_selector(".timeline, .history .none")
    accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    han = re.search(r"[\u4e00-\u9fff]", page.inner_text(".outcome"))
    assert bool(han) == (language == "zh-CN")


def test_who_is_not_signed_in_is_asked_to_and_who_is_no_agent_has_no_desk(site: Site) -> None:
    answered = httpx.get(f"{site.url}/console/agent?queue=all")
    assert answered.status_code == 303
    assert answered.headers["location"] == "/sign-in?next=%2Fconsole%2Fagent%3Fqueue%3Dall"
    with site.client("manager") as manager:
        assert manager.get("/console/agent").status_code == 403


def test_a_change_without_the_sessions_proof_does_nothing(site: Site) -> None:
    with site.client("agent", agent_id="wang") as wang:
        del wang.headers["x-csrf-token"]
        assert wang.post("/console/agent/next", data={"queue": "all"}).status_code == 403
    assert site.parts.queue.leases.count() == 0


def test_pages_let_a_browser_load_and_run_nothing_of_others(site: Site) -> None:
    with site.client("agent", agent_id="wang") as wang:
        answered = wang.get("/console/agent")
    policy = answered.headers["content-security-policy"]
    assert "unsafe" not in policy and "http" not in policy and "default-src 'none'" in policy
    assert len(answered.content) < 40_000
