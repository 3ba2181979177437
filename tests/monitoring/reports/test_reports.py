"""Reports count what happened, by the dimension and the filters that are asked for, and name whom they counted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.home import Home
from features.lake import append_own
from leads.errors import InvalidInput, NotFound
from monitoring.record.tables import reading
from monitoring.reports.answer import BusinessReport
from monitoring.reports.csvfile import written_as_csv
from monitoring.reports.question import Question
from monitoring.reports.reports import Reports, about
from serving.recording.rows import decision_frame
from tests.monitoring.told_home import END, ago, customer, event, home_told, own


def asked(
    home: Home, name: str, by: str | None = None, days: float = 60, region: str | None = None, **more: Any
) -> BusinessReport:
    question = about(Question(ago(days), END), by, region, more.get("team"), more.get("product"))
    return Reports(home, lambda: END).report(name, question)


def figures(report: BusinessReport, key: str | None = None) -> dict[str, float | None]:
    """Those of a row, of the total where no key is given."""
    if key is None:
        return report["total"]["figures"]
    return next(row["figures"] for row in report["rows"] if row["key"] == key)


def own_home(folder: Path, customers: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]]) -> Home:
    return home_told(folder / "home", customers, events)


@pytest.fixture
def leads(tmp_path: Path) -> Home:
    """Three leads: one bought after ten days, one was called in vain, one was left alone."""
    return own_home(
        tmp_path,
        [customer("a"), customer("b", channel="campus", region="north"), customer("c")],
        [
            event("lead.created", "a", ago(40), channel="online"),
            event("call.completed", "a", ago(39), disposition="interested", talk_seconds=60.0, channel="call"),
            event("policy.purchased", "a", ago(30), product="health", premium=650.0, expires_at=ago(-335)),
            event("lead.created", "b", ago(20), channel="campus"),
            event("call.completed", "b", ago(19.5), disposition="no_answer", channel="call"),
            event("lead.created", "c", ago(10)),
        ],
    )


def test_a_funnel_tells_how_far_leads_came_by_source_channel(leads: Home) -> None:
    report = asked(leads, "funnel")
    assert figures(report) == {
        "leads": 3, "contacted": 2 / 3, "reached": 1 / 3, "interested": 1 / 3, "insured": 1 / 3,
        "insured_30": 1.0, "hours_to_contact": 18.0, "days_to_policy": 10.0,
    }  # fmt: skip
    assert figures(report, "campus")["reached"] == 0
    assert figures(report, "online")["leads"] == 2


def test_a_lead_without_a_channel_counts_for_the_customers_own(leads: Home) -> None:
    assert {row["key"] for row in asked(leads, "funnel")["rows"]} == {"online", "campus"}


def test_what_happened_before_a_lead_came_is_no_step_of_it(tmp_path: Path) -> None:
    home = own_home(tmp_path, [customer("a")], [
        event("call.completed", "a", ago(12), disposition="interested", channel="call"),
        event("lead.created", "a", ago(10), channel="online"),
    ])  # fmt: skip
    assert figures(asked(home, "funnel"))["contacted"] == 0


def test_leads_outside_the_time_are_left_out(leads: Home) -> None:
    assert figures(asked(leads, "funnel", days=15))["leads"] == 1


def test_a_report_of_the_past_knows_nothing_that_came_later(leads: Home) -> None:
    question = Question(ago(60), ago(35))
    report = Reports(leads, lambda: END).report("funnel", question)
    assert figures(report)["leads"] == 1
    assert figures(report)["insured"] == 0


def test_a_report_can_be_limited_to_a_region(leads: Home) -> None:
    assert figures(asked(leads, "funnel", region="north"))["leads"] == 1


def test_an_event_that_stands_in_the_record_twice_counts_once(leads: Home) -> None:
    for file in list((leads.lake / "events").rglob("*.parquet")):
        file.with_name("again.parquet").write_bytes(file.read_bytes())
    assert figures(asked(leads, "funnel"))["leads"] == 3


def test_an_event_that_is_set_aside_does_not_count(leads: Home) -> None:
    what = {"of": {"source": "test", "id": f"lead.created-c-{ago(10).timestamp()}", "arrived": None}}
    own(leads, ("x", "event.set_aside", "c", END, json.dumps(what)))
    assert figures(asked(leads, "funnel"))["leads"] == 2


def test_who_was_merged_counts_as_who_survives(leads: Home) -> None:
    own(leads, ("m", "customer.merged", "c", ago(1), json.dumps({"into": "a"})))
    behind = Reports(leads, lambda: END).customers("funnel", Question(ago(60), END), "leads")
    assert behind["customer_ids"] == ["a", "b"]


def test_shares_come_with_their_intervals(leads: Home) -> None:
    interval = asked(leads, "funnel")["total"]["intervals"]["contacted"]
    assert 0 < interval["low"] < 2 / 3 < interval["high"] < 1


@pytest.fixture
def sales(tmp_path: Path) -> Home:
    """Two agents' calls, a policy after one of them, and one that nobody called for."""
    talk = {"channel": "call", "talk_seconds": 1800.0}
    return own_home(
        tmp_path,
        [customer("a"), customer("b"), customer("c")],
        [
            event("call.completed", "a", ago(20), disposition="interested", agent_id="wang", product="health",
                  action="renewal_call", **talk),
            event("call.completed", "b", ago(20), disposition="busy", agent_id="wang", **talk | {"talk_seconds": None}),
            event("call.completed", "c", ago(19), disposition="not_interested", agent_id="li", **talk),
            event("policy.renewed", "a", ago(15), product="health", premium=700.0, expires_at=ago(-350)),
            event("policy.purchased", "b", ago(5), product="motor", premium=3000.0, expires_at=ago(-360)),
        ],
    )  # fmt: skip


def test_a_policy_is_the_result_of_the_last_call_before_it(sales: Home) -> None:
    wang = figures(asked(sales, "results", "agent"), "wang")
    assert (wang["calls"], wang["customers"], wang["renewed"], wang["sold"]) == (2, 2, 1, 1)
    assert wang["talk_hours"] == 0.5
    assert figures(asked(sales, "results", "agent"), "li")["sold"] == 0


def test_results_are_told_by_talk_track_under_its_label(sales: Home) -> None:
    row = next(row for row in asked(sales, "results", "talk_track")["rows"] if row["key"] == "renewal_call")
    assert row["label"]["en"] == "renewal call"
    assert row["figures"]["premium"] == 700


def test_a_call_long_before_a_policy_has_no_part_in_it(tmp_path: Path) -> None:
    home = own_home(tmp_path, [customer("a")], [
        event("call.completed", "a", ago(55), disposition="interested", agent_id="wang", channel="call"),
        event("policy.purchased", "a", ago(5), product="motor", premium=3000.0, expires_at=ago(-360)),
    ])  # fmt: skip
    report = asked(home, "results", "agent")
    assert figures(report, "wang")["sold"] == 0
    assert figures(report)["sold"] == 1


def test_value_is_what_the_products_leave(sales: Home) -> None:
    assert figures(asked(sales, "results"))["value"] == 162.5 + 350
    assert figures(asked(sales, "results", product="motor"))["value"] == 350


def test_results_by_team_go_by_the_register_of_agents(sales: Home) -> None:
    agents = [
        {"id": name, "name": None, "team": team, "remit": {"skills": [], "regions": [], "languages": []},
         "daily_quota": None, "max_load": None, "active": True}
        for name, team in (("wang", "first"), ("li", "second"))
    ]  # fmt: skip
    sales.agents.write_text(json.dumps(agents), encoding="utf-8")
    assert figures(asked(sales, "results", "team"), "first")["calls"] == 2
    assert figures(asked(sales, "results", team="second"))["calls"] == 1


@pytest.fixture
def due(tmp_path: Path) -> Home:
    """Three policies whose days of grace are over: renewed in time, too late, and never."""
    ends = {"a": ago(30), "b": ago(50), "c": ago(30)}
    bought = [
        event("policy.purchased", name, at - timedelta(days=365), product="health", premium=600.0, expires_at=at)
        for name, at in ends.items()
    ]
    renewed = {"a": ago(28), "b": ago(20)}
    again = [
        event("policy.renewed", name, at, product="health", premium=620.0, expires_at=ago(-340))
        for name, at in renewed.items()
    ]
    return own_home(tmp_path, [customer(name, since=ago(400)) for name in ends], bought + again)


def test_a_policy_is_kept_when_it_is_renewed_before_its_days_of_grace_are_over(due: Home) -> None:
    found = figures(asked(due, "gmv"))
    assert (found["due"], found["renewal_rate"], found["retained"]) == (3, 1 / 3, 1)
    assert (found["premium"], found["gmv"]) == (620, 162.5)


def test_the_portrait_tells_who_is_insured_at_the_end(due: Home) -> None:
    found = figures(asked(due, "portrait"), "east")
    assert (found["customers"], found["insured"], found["premium"]) == (3, 2 / 3, 1240)


def test_follow_up_tells_how_soon_leads_were_contacted(leads: Home) -> None:
    found = figures(asked(leads, "follow_up", "channel"))
    assert (found["new"], found["in_time"], found["first_response"]) == (3, 2 / 3, 18)


def test_follow_up_tells_what_became_of_leads_in_agents_hands(leads: Home) -> None:
    ends = {"1": "lease.completed", "2": "lease.expired", "3": None}
    rows = []
    for lease, end in ends.items():
        data = json.dumps({"lease_id": lease, "agent_id": "wang", "disposition": "busy"})
        rows.append((f"{lease}/granted", "lease.granted", "a", ago(3), data))
        if end is not None:
            rows.append((f"{lease}/{end}", end, "a", ago(2), data))
    own(leads, *rows)
    found = figures(asked(leads, "follow_up", "agent"), "wang")
    assert (found["granted"], found["completed"], found["expired"]) == (3, 0.5, 0.5)


def test_a_promise_is_kept_when_the_call_follows_at_its_time(tmp_path: Path) -> None:
    promised = {"disposition": "callback", "channel": "call", "agent_id": "wang"}
    home = own_home(tmp_path, [customer("a"), customer("b")], [
        event("call.completed", "a", ago(5), callback_at=ago(4), **promised),
        event("call.completed", "a", ago(4, -0.5), disposition="interested", channel="call", agent_id="wang"),
        event("call.completed", "b", ago(5), callback_at=ago(4), **promised),
    ])  # fmt: skip
    assert figures(asked(home, "follow_up", "agent"), "wang")["promises_kept"] == 0.5


def test_leads_left_alone_are_told_by_why(tmp_path: Path) -> None:
    home = own_home(
        tmp_path,
        [customer("called", phone="13800000001"), customer("refused", phone="13800000002", consent_call=False),
         customer("unknown", phone=None), customer("waits", phone="13800000003")],
        [event("lead.created", name, ago(9), channel="online") for name in ("called", "refused", "unknown", "waits")]
        + [event("call.completed", "called", ago(8), disposition="busy", channel="call")],
    )  # fmt: skip
    report = asked(home, "untouched")
    assert {row["key"]: row["figures"]["leads"] for row in report["rows"]} == {
        "touched": 1, "refused": 1, "no_address": 1, "not_claimed": 1,
    }  # fmt: skip
    assert figures(report)["untouched_share"] == 0.75


def test_a_policy_about_to_expire_is_to_be_followed_up_too(tmp_path: Path) -> None:
    home = own_home(tmp_path, [customer("a", phone="13800000001")], [
        event("policy.purchased", "a", ago(345), product="health", premium=600.0, expires_at=ago(-20)),
    ])  # fmt: skip
    assert figures(asked(home, "untouched", "kind"), "expiring")["untouched"] == 1


def test_each_number_names_the_customers_behind_it(leads: Home) -> None:
    reports, question = Reports(leads, lambda: END), Question(ago(60), END)
    assert reports.customers("funnel", question, "insured")["customer_ids"] == ["a"]
    assert reports.customers("funnel", question, "leads", "campus")["customer_ids"] == ["b"]
    assert reports.customers("funnel", question, "leads", limit=1)["customers"] == 3


def test_names_that_are_not_known_are_told_with_those_that_are(leads: Home) -> None:
    reports, question = Reports(leads, lambda: END), Question(ago(60), END)
    with pytest.raises(NotFound, match="funnel"):
        reports.report("tunnel", question)
    with pytest.raises(InvalidInput, match="channel"):
        reports.report("funnel", about(question, "weather", None, None, None))
    with pytest.raises(InvalidInput, match="team"):
        reports.report("funnel", about(question, None, None, "first", None))
    with pytest.raises(InvalidInput, match="leads"):
        reports.customers("funnel", question, "lords")
    with pytest.raises(InvalidInput, match="before"):
        Question(END, END)


def test_words_of_a_filter_are_no_sql(leads: Home) -> None:
    assert figures(asked(leads, "funnel", region="north' OR true --"))["leads"] == 0


def test_a_report_can_be_read_by_spreadsheets(leads: Home) -> None:
    text = written_as_csv(asked(leads, "funnel"))
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert text.startswith("\ufeff")
    assert rows[-1][:3] == ["", "合计 all", "3.0"]
    assert len({len(row) for row in rows}) == 1


def test_a_label_that_a_spreadsheet_would_run_is_told_as_text(tmp_path: Path) -> None:
    talk = {"channel": "call", "disposition": "busy"}
    home = own_home(tmp_path, [customer("a")], [event("call.completed", "a", ago(3), agent_id="=1+1", **talk)])
    assert "'=1+1" in written_as_csv(asked(home, "results", "agent"))


def test_all_reports_have_a_title_and_dimensions_in_both_languages(leads: Home) -> None:
    for found in Reports(leads, lambda: END).names()["reports"]:
        assert found["title"]["zh"] != found["title"]["en"]
        assert found["dimensions"]
        report = asked(leads, found["name"])
        assert all(column["means"]["zh"] and column["means"]["en"] for column in report["columns"])


def test_decisions_of_earlier_versions_count_beside_new_ones_be_their_files_joined_or_not(tmp_path: Path) -> None:
    home = own_home(tmp_path, [customer("a"), customer("b"), customer("c")], [event("lead.created", "a", ago(3))])
    documents = [
        {"id": f"d{number}", "customer_id": name, "at": ago(2).isoformat(), "arm": arm, "kind": "claim",
         "catalogue": "x", "workspace": "y", "chosen": [{}] * number}
        for number, (name, arm) in enumerate([("a", "control"), ("b", "treatment"), ("c", "treatment")])
    ]  # fmt: skip
    new = decision_frame([json.dumps(document) for document in documents])
    old = new.select("id", "customer_id", "time", "document")
    append_own(home, old[:1], "old", "decisions")
    append_own(home, pl.concat([old[1:2], new[2:]], how="diagonal"), "joined", "decisions")
    found = reading(home, END, lambda tables: tables.frame(f"SELECT * FROM ({tables.decisions()}) ORDER BY id"))
    assert found["arm"].to_list() == ["control", "treatment", "treatment"]
    assert found["chosen"].to_list() == [0, 1, 2]
    assert set(found["catalogue"]) == {"x"}
