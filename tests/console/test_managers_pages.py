"""Managers watch and steer: pause, push, take back, question a decision; and see no more than the policy lets them."""

from __future__ import annotations

import re

import pytest
import yaml
from playwright.sync_api import expect

from console.language import words
from leads import errors
from leads.errors import NextleadError, Unauthorized
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.webhooks.signature import secret_of
from tests.console.conftest import Check, Site

PAGES = ("/console/queues", "/console/queues/all", "/console/team", "/console/customers", "/console/customers/c003",
         "/console/decisions", "/console/models", "/console/reports", "/console/reports/funnel",
         "/console/reports/experiments", "/console/reports/fairness", "/console/alerts", "/console/health")  # fmt: skip


@pytest.mark.parametrize(("language", "width"), [("zh-CN", 1440), ("en-GB", 390)])
def test_everybody_can_read_and_reach_every_page(site: Site, accessible: Check, language: str, width: int) -> None:
    page = site.page("manager", language, width)
    for path in PAGES:
        page.goto(f"{site.url}{path}")
        page.wait_for_timeout(200)
        accessible(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        han = re.search(r"[\u4e00-\u9fff]", page.inner_text("main"))
        assert bool(han) == (language == "zh-CN"), path


def test_a_queue_is_paused_with_a_reason_and_every_page_shows_it(site: Site) -> None:
    page = site.page("manager", name="li")
    page.goto(f"{site.url}/console/queues")
    form = page.locator("form[action$=pause]").first
    form.locator("[name=why]").fill("价格调整")
    form.locator("button").click()
    expect(page.locator(".board.paused")).to_contain_text("价格调整")
    (pause,) = site.parts.desk.paused("queue").values()
    assert (pause.by, pause.why) == ("li", "价格调整")
    back = page.locator("form[action$=resume]").first
    back.locator("[name=why]").fill("已更新")
    back.locator("button").click()
    expect(page.locator(".board.paused")).to_have_count(0)


def test_figures_change_by_themselves(site: Site) -> None:
    page = site.page("manager")
    page.goto(f"{site.url}/console/queues")
    held = page.locator(".figures dd").first
    expect(held).to_have_text("0")
    with site.client("agent", agent_id="wang") as wang:
        wang.post("/console/agent/next", data={"queue": "all"})
    expect(held).to_have_text("1", timeout=15_000)


def test_a_lead_is_taken_back_from_the_team_page(site: Site) -> None:
    with site.client("agent", agent_id="wang") as wang:
        wang.post("/console/agent/next", data={"queue": "all"})
    page = site.page("manager", name="li")
    page.goto(f"{site.url}/console/team")
    form = page.locator("form[action$=take-back]")
    form.locator("[name=why]").fill("换人")
    form.locator("button").click()
    expect(page.locator("form[action$=take-back]")).to_have_count(0)
    assert site.parts.queue.leases.count() == 0


def test_a_customer_that_was_put_first_is_the_next_one(site: Site) -> None:
    page = site.page("manager", name="li")
    page.goto(f"{site.url}/console/queues")
    who = site.parts.queue.waiting.head("all", 5, site.parts.clock.now())[3].customer_id
    form = page.locator("form[action$=push]")
    form.locator("[name=customer_id]").fill(who)
    form.locator("[name=why]").fill("重要客户")
    form.locator("button").click()
    expect(page.locator(".done")).to_be_visible()
    assert site.parts.queue.waiting.head("all", 1, site.parts.clock.now())[0].customer_id == who


def test_a_customer_is_found_by_number_and_the_number_is_masked(site: Site) -> None:
    (reach,) = site.parts.contacts.reach(["c003"])
    assert reach is not None and reach.phone is not None
    page = site.page("manager")
    page.goto(f"{site.url}/console/customers")
    page.fill("[name=q]", reach.phone)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('c003')")
    assert reach.phone not in page.content() and "****" in page.inner_text("main")


def test_a_decision_is_replayed_beside_itself(site: Site) -> None:
    with site.client("agent", agent_id="wang") as wang:
        wang.post("/console/agent/next", data={"queue": "all"})
    (lease,) = site.parts.queue.leases.all(site.parts.clock.now())
    name = site.parts.hot_timelines.decisions(lease.customer_id)[-1]
    page = site.page("manager", "en-GB")
    page.goto(f"{site.url}/console/decisions?id={name}")
    expect(page.locator("main")).to_contain_text("Made again it comes out the same")


def test_who_is_left_with_nothing_is_counted_while_the_page_waits_for_it(site: Site) -> None:
    page = site.page("manager", "en-GB")
    page.goto(f"{site.url}/console/decisions/coverage")
    everybody = page.locator(".figures dd").nth(1)
    expect(everybody).to_have_text("240", timeout=30_000)
    with site.client("agent", agent_id="wang") as wang:
        assert wang.get("/console/decisions/coverage").status_code == 403


def test_an_agent_sees_their_own_customers_alone_and_no_managers_form(site: Site) -> None:
    with site.client("agent", agent_id="wang") as wang:
        wang.post("/console/agent/next", data={"queue": "all"})
        (lease,) = site.parts.queue.leases.all(site.parts.clock.now())
        assert wang.get(f"/console/customers/{lease.customer_id}").status_code == 200
        other = next(f"c{n:03d}" for n in range(240) if f"c{n:03d}" != lease.customer_id)
        assert wang.get(f"/console/customers/{other}").status_code == 404
        assert "form" not in wang.get("/console/queues").text.split("<main", 1)[1]
        assert wang.get("/console/queues/all").status_code == 403
        assert wang.post("/console/queues/pause", data={"kind": "queue", "name": "all", "why": "x"}).status_code == 403
    assert not site.parts.desk.paused("queue")


def test_every_look_at_a_person_and_every_change_stands_in_the_trail(site: Site) -> None:
    with site.client("manager", name="li") as manager:
        manager.get("/console/customers/c003")
        manager.post("/console/queues/pause", data={"kind": "queue", "name": "all", "why": "x"})
        manager.get("/console/queues/live")
    told = [(entry["act"], entry["route"], entry.get("status")) for entry in site.trail()]
    assert ("customer.read", "GET /console/customers/{customer_id}", 200) in told
    assert [status for act, _, status in told if act == "queue.pause"] == [None, 303]


def test_who_works_with_figures_sees_no_person(site: Site) -> None:
    with site.client("analyst") as analyst:
        for path in ("/console/reports/funnel", "/console/queues", "/console/models"):
            answered = analyst.get(path)
            assert answered.status_code == 200 and not re.search(r"\bc\d{3}\b|\+86138", answered.text), path
        assert analyst.get("/console/customers/c003").status_code == 403


def test_a_table_is_a_file_of_the_same_rows_as_masked(site: Site) -> None:
    with site.client("agent", agent_id="wang") as wang:
        wang.post("/console/agent/next", data={"queue": "all"})
    (lease,) = site.parts.queue.leases.all(site.parts.clock.now())
    with site.client("manager") as manager:
        text = manager.get("/console/team/leases.csv").text
    assert text.splitlines()[1].startswith(f"wang,{lease.customer_id},all,")


def test_what_a_dialer_could_not_be_taken_from_is_tried_again_or_dropped_with_a_reason(site: Site) -> None:
    parts = site.parts
    told = {"incoming": {"partner": {"secrets": [secret_of(bytes(32))]}}}
    (parts.home.folder / "dialers.yaml").write_text(yaml.safe_dump(told))
    letters = DeadLetters(parts.client, parts.keyspace, "partner")
    letters.put("report", "no such call", "c003", {"body": "{"}, parts.clock.now())
    with site.client("manager", name="li") as li:
        form = {"kind": "dialer", "name": "partner", "letter": letters.list()[0].id}
        again = li.post("/console/health/retry", data=form)
        assert (again.status_code, 'role="alert"' in again.text, letters.count()) == (422, True, 1)
        assert "no such call" in li.get("/console/health/letters.csv?kind=dialer&name=partner").text
    page = site.page("operator", name="wu")
    page.goto(f"{site.url}/console/health")
    expect(page.locator("main")).to_contain_text("no such call")
    drop = page.locator("form[action$=drop]")
    drop.locator("[name=why]").fill("重复回执")
    drop.locator("button").click()
    expect(page.locator("form[action$=drop]")).to_have_count(0)
    assert letters.count() == 0
    (noted,) = [each for each in parts.desk.log(10) if each["what"] == "letter.dropped"]
    assert (noted["by"], noted["why"]) == ("wu", "重复回执")


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "找不到您要的内容"), ("en-GB", "There is no such thing")])
def test_what_does_not_work_is_said_in_the_language_of_who_asked(site: Site, language: str, said: str) -> None:
    with site.client("manager", name="li") as li:
        answer = li.get("/console/queues/moon", headers={"accept-language": language})
    assert answer.status_code == 404
    assert said in answer.text


def test_every_refusal_has_its_words() -> None:
    refusals = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, NextleadError)]
    assert len(refusals) > 10
    assert not {f"problem_{kind.status}" for kind in refusals if kind is not Unauthorized} - words("zh").keys()
