"""The catalogue on pages: a rule is tried, approved, published and undone; a wrong one refused in its field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from console.catalogue.schema import keys_of, place_of
from console.catalogue.sections import PARTS, entries, groups
from features.configuration import load
from features.home import Home
from leads.errors import InvalidWorkspace
from serving.catalogue.written import Written
from tests.console.conftest import Check, Site

INSURER = Written((Path(__file__).parents[2] / "workspaces" / "insurer" / "actions.yaml").read_text("utf-8"))

CAPS = """
  caps:
    # Twice a week is enough.
    weekly_calls: {events: [call.completed], channels: [call], within: 7d, most: 2}
"""


@pytest.fixture
def home(home: Home) -> Home:
    """A home with a cap, and with a rule that a second person approves what is published."""
    path = home.workspace_folder / "actions.yaml"
    path.write_text(path.read_text("utf-8").replace("\nactions:", f"{CAPS}actions:"), "utf-8")
    path = home.workspace_folder / "workspace.yaml"
    path.write_text(path.read_text("utf-8") + "approval: {catalogue: second_person}\n", "utf-8")
    return Home.open(home.folder)


def begun(page: Page, site: Site) -> str:
    """A draft; the address of its page."""
    page.goto(f"{site.url}/console/catalogue")
    page.locator("form[action$=drafts] button").click()
    page.wait_for_selector(".submenu")
    return page.url


def saved(page: Page, key: str, value: str) -> None:
    page.fill(f"id={key}", value)
    page.locator(".stick button").click()
    page.wait_for_load_state()


def test_a_rule_is_changed_tried_approved_published_and_undone(site: Site) -> None:
    with site.client("agent", agent_id="wang") as wang:
        wang.post("/console/agent/next", data={"queue": "all"})
    before = site.parts.shelf.text()
    li, wu = site.page("manager", name="li"), site.page("manager", name="wu")
    draft = begun(li, site)
    li.goto(f"{draft}/at/caps")
    saved(li, "contact.caps.weekly_calls.most", "1")
    li.goto(draft)
    expect(li.locator(".diff ins")).to_have_text(re.compile("most: 1}"))
    expect(li.locator(".diff del")).to_have_count(1)
    li.locator("form[action$=try] button").click()
    expect(li.locator("main")).to_contain_text("期望价值", timeout=30_000)
    expect(li.locator("#waits")).to_be_visible()
    expect(li.locator("form[action$=publish]")).to_have_count(0)
    wu.goto(draft)
    wu.locator("form[action$=approve] button").click()
    wu.locator("form[action$=publish] [name=why]").fill("投诉多了")
    wu.locator("form[action$=publish] button").click()
    expect(wu.locator(".done")).to_have_text("已发布")
    assert site.parts.shelf.text() == before.replace("within: 7d, most: 2", "within: 7d, most: 1")
    newest = site.parts.catalogue_versions.latest()
    assert newest is not None and newest.by is not None and newest.approved_by is not None
    assert (newest.number, newest.by.name, newest.approved_by.name, newest.why) == (2, "wu", "wu", "投诉多了")
    wu.goto(f"{site.url}/console/catalogue/versions/2")
    expect(wu.locator(".diff ins").first).to_contain_text("most: 1")
    wu.goto(f"{site.url}/console/catalogue")
    back = wu.locator("form[action$='versions/1/return']")
    back.locator("[name=why]").fill("恢复")
    back.locator("button").click()
    expect(wu.locator(".done")).to_have_text("已恢复")
    assert site.parts.shelf.text() == before
    told = [entry["act"] for entry in site.trail()]
    assert {"catalogue.change", "catalogue.approve", "catalogue.publish"} <= set(told)


def test_a_wrong_rule_is_refused_at_its_field_and_published_never(site: Site, accessible: Check) -> None:
    page = site.page("manager", "en-GB", name="li")
    draft = begun(page, site)
    page.goto(f"{draft}/at/actions?entry=call_first")
    saved(page, "actions.call_first.channel", "pigeon")
    field = page.locator(".field.refused")
    expect(field).to_have_count(1)
    expect(field.locator("input")).to_have_value("pigeon")
    expect(field.locator("[role=alert]")).to_contain_text("one of call, sms")
    accessible(page)
    page.goto(draft)
    expect(page.locator("form[action$=try]")).to_have_count(0)
    page.locator(".banner a").click()
    saved(page, "actions.call_first.channel", "sms")
    expect(page.locator(".field.refused")).to_have_count(0)
    expect(page.locator(".done")).to_have_text("Saved in the draft")


def test_a_condition_is_completed_counted_and_a_wrong_one_is_told_where_it_is_written(site: Site) -> None:
    page = site.page("manager", "en-GB", name="li")
    draft = begun(page, site)
    page.goto(f"{draft}/at/actions?entry=call_first")
    page.locator("summary").first.click()
    adding = page.locator("form[action$='entries/actions']").filter(has=page.locator("[value=add]")).first
    adding.locator("[name=name]").select_option("applicability")
    adding.locator("[name=value]").fill("{grown: age >= 18}")
    adding.locator("button").click()
    box = page.locator("id=actions.call_first.applicability.grown")
    box.fill("vip AND region = 'east' AND quote_req")
    box.press("End")
    box.press_sequentially("u")
    option = page.locator("[role=option][aria-selected=true]")
    expect(option).to_contain_text("quote_requested__")
    box.press("Tab")
    expect(box).to_have_value(re.compile(r"AND quote_requested__\w+$"))
    box.fill("age >= 18")
    held = page.locator("output.held")
    expect(held).to_have_text("about 240 of 240 customers (240 of 240 looked at)")
    box.fill("age >= 18 AND shoe_size > 3")
    expect(held).to_contain_text("'shoe_size' does not")
    page.locator(".stick button").click()
    expect(page.locator(".field.refused textarea")).to_have_value("age >= 18 AND shoe_size > 3")
    with site.client("analyst") as analyst:
        assert analyst.get("/console/catalogue/count?sql=age>18").status_code == 403


def test_who_saves_second_is_told_and_sees_what_they_wrote(site: Site) -> None:
    li, wu = site.page("manager", name="li"), site.page("manager", name="wu")
    draft = begun(li, site)
    for page in (li, wu):
        page.goto(f"{draft}/at/caps")
    saved(li, "contact.caps.weekly_calls.most", "3")
    site.faults.clear()
    saved(wu, "contact.caps.weekly_calls.most", "5")
    expect(wu.locator(".banner.bad")).to_contain_text("没有保存")
    expect(wu.locator("id=contact.caps.weekly_calls.most")).to_have_value("3")
    expect(wu.locator("main")).to_contain_text("您写的： 5")
    assert "most: 3" in site.parts.drafts.all()[0].text
    site.faults.clear()  # The browser says that a page was answered with 409.


def test_a_play_gets_a_step_a_cap_a_copy_and_the_file_keeps_its_comments(site: Site) -> None:
    with site.client("manager", name="li") as li:
        number = int(li.post("/console/catalogue/drafts").headers["location"].rpartition("/")[2])

        def change(part: str, **form: str) -> None:
            seen = site.parts.drafts.read(number).name
            assert li.post(
                f"/console/catalogue/drafts/{number}/entries/{part}", data={"seen": seen, **form}
            ).is_redirect

        change("caps", what="copy", path="contact/caps/weekly_calls", name="monthly_calls")
        change("caps", what="drop", path="contact/caps/monthly_calls", of="channels")
        change("caps", what="add", path="contact/caps/monthly_calls", name="scenes", value="first, more")
        text = site.parts.drafts.read(number).text
        assert "    monthly_calls: {events: [call.completed], within: 7d, most: 2, scenes: [first, more]}\n" in text
        assert "    # Twice a week is enough.\n" in text
        whole = text.replace(
            "actions:\n", "plays:\n  ask:\n    steps:\n      - {day: 0, action: call_first}\nactions:\n"
        )
        seen = site.parts.drafts.read(number).name
        li.post(f"/console/catalogue/drafts/{number}/file", data={"seen": seen, "text": whole.replace("\n", "\r\n")})
        change("plays", what="add", path="plays/ask/steps", value="{day: 3, action: sms_first}")
        assert (
            "      - {day: 0, action: call_first}\n      - {day: 3, action: sms_first}\n"
            in site.parts.drafts.read(number).text
        )
        seen = site.parts.drafts.read(number).name
        refused = li.post(
            f"/console/catalogue/drafts/{number}/entries/caps",
            data={"seen": seen, "what": "copy", "path": "contact/caps/weekly_calls", "name": "monthly_calls"},
        )
        assert refused.status_code == 422 and "not taken" in refused.text


def test_analysts_look_and_agents_do_not(site: Site) -> None:
    with site.client("manager", name="li") as li:
        place = li.post("/console/catalogue/drafts").headers["location"]
        li.headers.pop("x-csrf-token")
        assert li.post("/console/catalogue/drafts").status_code == 403
    with site.client("analyst") as analyst:
        for path in ("/console/catalogue", place, f"{place}/at/actions?entry=call_first", f"{place}/file",
                     "/console/catalogue/published/caps"):  # fmt: skip
            answered = analyst.get(path)
            assert answered.status_code == 200 and '<button class="primary"' not in answered.text, path
        for path in ("/console/catalogue/drafts", f"{place}/try", f"{place}/publish", f"{place}/file"):
            assert analyst.post(path, data={}).status_code == 403, path
    with site.client("agent", agent_id="wang") as wang:
        assert wang.get("/console/catalogue").status_code == 403
        assert "/console/catalogue" not in wang.get("/console/queues").text


@pytest.mark.parametrize(("language", "width"), [("zh-CN", 1440), ("en-GB", 390)])
def test_everybody_can_read_and_reach_every_page_of_the_catalogue(
    site: Site, accessible: Check, language: str, width: int
) -> None:
    page = site.page("manager", language, width, name="li")
    draft = begun(page, site)
    for path in ("/console/catalogue", *(f"/console/catalogue/published/{name}" for name in ("words", "actions"))):
        check(page, f"{site.url}{path}", accessible, language)
    for path in ("", "/at/levers", "/at/caps", "/at/actions", "/at/actions?entry=call_more", "/at/channels", "/file"):
        check(page, f"{draft}{path}", accessible, language)


def check(page: Page, address: str, accessible: Check, language: str) -> None:
    page.goto(address)
    page.wait_for_timeout(100)
    accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, address
    told = re.sub(r"续保|首次成交|加保", "", page.inner_text("main"))
    assert bool(re.search(r"[\u4e00-\u9fff]", told)) == (language == "zh-CN"), address


def test_every_place_of_the_insurers_catalogue_has_a_name_and_help() -> None:
    told = [
        field
        for part in PARTS
        for entry in ([name for name, _ in entries(INSURER, part)] if part.each else [None])
        for group in groups(INSURER, part, entry, None)
        for field in group.fields
    ]
    assert len(told) > 500
    assert [field.key for field in told if place_of(field.path) is None] == []
    shown = {field.path[0] if field.path[0] != "contact" else field.path[:2] for field in told}
    there = {("contact", key) for key in INSURER.document["contact"]} | (INSURER.document.keys() - {"contact"})
    assert shown == there


PLACES = (
    "contact.caps.weekly_calls", "contact.rests.rest_after_dial", "contact.cases.no_open_claim",
    "contact.channels.call", "learning", "campaigns.renewals", "plays.first_days", "plays.first_days.steps.0",
    "actions.gift_wecom",
    "actions.gift_wecom.cost", "counts.viewed_lately", "queue",
)  # fmt: skip


def test_the_help_names_what_the_reader_of_the_file_takes_and_nothing_else(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "workspaces" / "insurer"
    (tmp_path / "workspace.yaml").write_text((source / "workspace.yaml").read_text("utf-8"), "utf-8")
    for path in (tuple(place.split(".")) for place in PLACES):
        (tmp_path / "actions.yaml").write_text(INSURER.with_entry((*path, "no_such_key"), 1).text, "utf-8")
        with pytest.raises(InvalidWorkspace) as refused:
            load(tmp_path)
        taken = refused.value.errors[0].reason.removeprefix("one of ").split(", ")
        assert set(taken) == set(keys_of(path)), path
