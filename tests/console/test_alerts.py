"""Alerts at the console: what stands and what to do about it, in either language; kept quiet by who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from leads.configuration.watch import Watch
from leads.words.bilingual import Words
from monitoring.alerts.alert import Alert
from monitoring.alerts.alert_book import AlertBook
from tests.console.conftest import Check, Site

SILENT = Alert(
    "feed_silent", "web", (Words("网页事件已中断 9 小时", "no event of web for 9 hours"),),
    Words("来源 web 停止发送", "web has stopped sending"), Words("续保的全部客户", "all customers of renewal"),
    Words("联系来源的负责人", "ask whoever runs it"), since=None, certainty=8.0, objectives=("renewal",),  # type: ignore[arg-type]
)  # fmt: skip


@pytest.fixture
def standing(site: Site) -> Alert:
    """One alert that stands since yesterday."""
    now = site.parts.clock.now()
    alert = Alert(**{**vars(SILENT), "since": now - timedelta(days=1)})
    book = AlertBook()
    book.keep(site.parts.home, book.update([alert], now, Watch()))
    return alert


def test_an_alert_says_what_happened_whom_it_affects_how_sure_it_is_and_what_to_do(
    site: Site, standing: Alert, accessible: Check
) -> None:
    page = site.page("manager")
    page.goto(f"{site.url}/console/alerts")
    told = page.inner_text("section.alert")
    for words in (standing.title, *standing.what, standing.cause, standing.affects, standing.advice):
        assert words.zh in told
    assert "几乎可以确定" in told
    accessible(page)
    english = site.page("analyst", "en-GB", 390)
    english.goto(f"{site.url}/console/alerts")
    told = english.inner_text("section.alert")
    assert all(words.en in told for words in (standing.title, standing.affects, standing.advice))
    assert english.locator("section.alert form").count() == 0
    assert english.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_manager_keeps_it_quiet_with_a_reason_and_who_only_reads_cannot(site: Site, standing: Alert) -> None:
    page = site.page("manager", name="li")
    page.goto(f"{site.url}/console/alerts")
    page.locator("section.alert select").select_option("30")
    page.fill("section.alert [name=why]", "网站改版")
    page.locator("section.alert form button").click()
    expect(page.locator("section.alert .badge")).to_contain_text("静默至")
    one = AlertBook.of(site.parts.home).standing[standing.key]
    assert (one.silenced_by, one.silenced_why) == ("li", "网站改版")
    assert one.silent_until is not None and one.silent_until > site.parts.clock.now() + timedelta(days=29)
    with site.client("analyst") as analyst:
        told = {"key": standing.key, "days": "7", "why": "x"}
        assert analyst.post("/console/alerts/silence", data=told).status_code == 403
    with site.client("agent", agent_id="wang") as agent:
        assert agent.get("/console/alerts").status_code == 403


def test_what_is_over_and_what_was_trained_again_stands_below(site: Site, standing: Alert) -> None:
    now, home = site.parts.clock.now(), site.parts.home
    with AlertBook.held(home) as book:
        for _ in range(Watch().clear):
            book.keep(home, book.update([], now, Watch()))
    (home.reports / "retrained.json").write_text(
        '{"renewal": {"at": "2026-01-02T03:04:05Z", "objective": "renewal", "because": "drift:renewal", '
        '"version": "7", "promoted": true, "problem": null}}', "utf-8",
    )  # fmt: skip
    with site.client("manager") as manager:
        text = manager.get("/console/alerts").text
    assert "没有告警" in text and standing.title.zh in text.rpartition("最近解除的")[2]
    assert "v7 · 通过准入，已启用" in text
