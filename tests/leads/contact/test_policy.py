"""When and how a customer may be contacted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.configuration.section import Section
from leads.configuration.workspace import Workspace, parse_workspace
from leads.contact.policy import ContactPolicy, next_opening, open_at, open_policy, parse_contact
from leads.contact.sales_hours import beyond_usual
from leads.errors import InvalidInput, InvalidWorkspace
from tests.frames import sheet_of

OFFICE = {"channels": {"call": {"hours": "09:00-20:00", "days": ["mon", "tue", "wed", "thu", "fri"]}}}


def policy(workspace: Workspace, document: dict[str, Any]) -> ContactPolicy:
    return parse_contact(Section("actions.yaml", "contact", document), workspace)


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 7, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        (shanghai(1, 8, 59), False),
        (shanghai(1, 9), True),
        (shanghai(1, 19, 59), True),
        (shanghai(1, 20), False),
        (shanghai(4, 12), False),  # a Saturday
    ],
)
def test_a_channel_is_open_from_its_opening_until_before_its_closing(
    workspace: Workspace, local: datetime, is_open: bool
) -> None:
    assert open_at(policy(workspace, OFFICE), "call", [None], local.astimezone(UTC)).tolist() == [is_open]


def test_hours_are_those_where_the_customer_is(workspace: Workspace) -> None:
    zones = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", None]
    noon_in_shanghai = shanghai(1, 12).astimezone(UTC)
    opened = open_at(policy(workspace, OFFICE), "call", pl.Series(zones), noon_in_shanghai)
    assert opened.tolist() == [True, False, False, True]


def test_a_zone_that_is_none_counts_as_the_workspaces(workspace: Workspace) -> None:
    zones = ["", "nowhere", "../etc/passwd", None]
    assert open_at(policy(workspace, OFFICE), "call", zones, shanghai(1, 12)).tolist() == [True] * 4


def test_a_channel_without_hours_is_always_open(workspace: Workspace) -> None:
    night = shanghai(1, 3)
    read = policy(workspace, OFFICE)
    assert open_at(read, "wecom", [None], night).tolist() == [True]
    assert open_at(read, "content", [None], night).tolist() == [True]
    assert next_opening(read, "wecom", [None], night) == [night]


@pytest.mark.parametrize(
    ("local", "opening"),
    [
        (shanghai(1, 12), shanghai(1, 12)),
        (shanghai(1, 3), shanghai(1, 9)),
        (shanghai(1, 21), shanghai(2, 9)),
        (shanghai(3, 20), shanghai(6, 9)),  # Friday evening to Monday morning
    ],
)
def test_a_closed_channel_says_when_it_opens(workspace: Workspace, local: datetime, opening: datetime) -> None:
    assert next_opening(policy(workspace, OFFICE), "call", [None], local) == [opening]


def test_the_next_opening_is_each_customers_own(workspace: Workspace) -> None:
    berlin, default = next_opening(policy(workspace, OFFICE), "call", ["Europe/Berlin", None], shanghai(1, 12))
    assert default == shanghai(1, 12)
    assert berlin == datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Berlin"))


@given(
    now=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Chatham"]),
)
def test_at_its_next_opening_a_channel_is_open_and_not_an_instant_before(
    workspace: Workspace, now: datetime, zone: str
) -> None:
    read = policy(workspace, OFFICE)
    (opening,) = next_opening(read, "call", [zone], now)
    assert opening >= now
    assert open_at(read, "call", [zone], opening).all()
    if opening > now:
        assert not open_at(read, "call", [zone], opening - timedelta(microseconds=1)).any()


def test_a_time_without_a_zone_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="a time with a zone"):
        open_at(policy(workspace, OFFICE), "call", [None], datetime(2026, 7, 1, 12))


@pytest.mark.parametrize(
    ("consent", "allowed"),
    [
        ("required", [True, False, False]),
        ("unless_refused", [True, False, True]),
        ("none", [True, False, True]),
    ],
)
def test_consent_may_be_a_yes_or_the_absence_of_a_no_which_stands_in_the_way_of_calls_always(
    workspace: Workspace, consent: str, allowed: list[bool]
) -> None:
    read = policy(workspace, {"channels": {"call": {"consent": consent}}})
    said = pl.DataFrame({"consent_call": [True, False, None]})
    holds = [all(rule.holds(sheet_of(said[row]))[0] for rule in read.rules("call")) for row in range(3)]
    assert holds == allowed


def test_a_channel_that_the_policy_does_not_mention_needs_consent(workspace: Workspace) -> None:
    assert [rule.sql for rule in policy(workspace, {}).rules("wecom")] == ["consent_wecom"]


def test_common_rules_hold_for_every_channel_and_come_after_consent(workspace: Workspace) -> None:
    read = policy(workspace, {"rules": {"adult": "age >= 18"}, "channels": {"call": {"rules": {"east": "vip"}}}})
    assert [rule.name for rule in read.rules("call")] == ["consent", "adult", "east"]
    assert [rule.name for rule in read.rules("wecom")] == ["consent", "adult"]


def test_content_that_customers_find_by_themselves_has_no_policy(workspace: Workspace) -> None:
    assert policy(workspace, {"rules": {"adult": "age >= 18"}}).rules("content") == ()


def test_without_a_policy_only_a_refusal_stands_in_the_way(workspace: Workspace) -> None:
    read = open_policy(workspace)
    assert [rule.sql for rule in read.rules("call")] == ["coalesce(consent_call, true)"]
    assert read.channels["wecom"].always_open


def test_a_workspace_without_channels_asks_of_a_call_that_there_is_a_number(workspace_document: dict[str, Any]) -> None:
    workspace_document["channels"] = []
    (call,) = open_policy(parse_workspace(workspace_document)).channels.values()
    assert (call.rules, call.address and call.address.name) == ((), "has_phone")


@pytest.mark.parametrize(
    ("channel", "declared", "needed"),
    [
        ("call", {}, "has_phone"), ("sms", {}, "has_phone"), ("wecom", {}, "has_wechat"), ("email", {}, "has_email"),
        ("push", {}, None), ("push", {"needs": "email"}, "has_email"), ("wecom", {"needs": "none"}, None),
    ],
)  # fmt: skip
def test_a_channel_needs_an_address_of_its_kind(
    workspace_document: dict[str, Any], channel: str, declared: dict[str, str], needed: str | None
) -> None:
    workspace_document["channels"] = [channel]
    section = Section.of("actions.yaml", "contact", {"channels": {channel: declared}})
    policy = parse_contact(section, parse_workspace(workspace_document)).channels[channel]
    assert (policy.address and policy.address.name) == needed


@pytest.mark.parametrize(
    ("document", "key", "allowed"),
    [
        ({"quiet": True}, "contact.quiet", "one of rules, channels, cases, rests, caps"),
        ({"channels": {"fax": {}}}, "contact.channels.fax", "one of call, wecom"),
        ({"channels": {"call": {"hours": "nine to five"}}}, "contact.channels.call.hours", "09:00-20:00"),
        ({"channels": {"call": {"hours": "20:00-09:00"}}}, "contact.channels.call.hours", "the first before"),
        (
            {"channels": {"call": {"hours": "09:00-12:00-20:00"}}},
            "contact.channels.call.hours",
            "09:00-20:00",
        ),
        ({"channels": {"call": {"hours": 9}}}, "contact.channels.call.hours", "09:00-20:00"),
        ({"channels": {"call": {"days": ["funday"]}}}, "contact.channels.call.days", "one of mon"),
        ({"channels": {"call": {"consent": "maybe"}}}, "contact.channels.call.consent", "one of required"),
        ({"channels": {"call": {"cap": 3}}}, "contact.channels.call.cap", "one of consent"),
        ({"rules": {"x": "age >"}}, "contact.rules.x", "a SQL condition"),
    ],
)
def test_a_wrong_policy_is_refused_by_key(
    workspace: Workspace, document: dict[str, Any], key: str, allowed: str
) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        policy(workspace, document)
    assert refused.value.key == key
    assert allowed in str(refused.value)


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"), [(8, 59, False), (9, 0, True), (20, 59, True), (21, 0, False), (0, 0, False)]
)
@pytest.mark.parametrize("declared", [None, {}, {"channels": {"call": {"consent": "none", "hours": None}}}])
def test_calls_are_made_from_nine_to_nine_where_nothing_else_is_declared(
    workspace: Workspace, declared: dict[str, Any] | None, hour: int, minute: int, is_open: bool
) -> None:
    read = open_policy(workspace) if declared is None else policy(workspace, declared)
    assert open_at(read, "call", ["Asia/Shanghai"], shanghai(4, hour, minute)).tolist() == [is_open]


@pytest.mark.parametrize(
    ("hours", "told"),
    [("09:00-21:00", False), ("10:00-18:00", False), ("08:30-20:00", True), ("09:00-21:01", True)],
)
def test_hours_beyond_nine_to_nine_hold_and_are_told_of(workspace: Workspace, hours: str, told: bool) -> None:
    read = policy(workspace, {"channels": {"call": {"hours": hours}, "wecom": {"hours": "07:00-23:00"}}})
    found = list(beyond_usual(read))
    assert len(found) == told
    assert all("09:00–21:00" in text[language] for text in found for language in ("zh", "en"))
    assert read.channels["call"].opens is not None


def test_without_a_channel_of_calls_a_do_not_call_is_kept_for_half_a_year(workspace_document: dict[str, Any]) -> None:
    workspace_document["channels"] = []
    read = open_policy(parse_workspace(workspace_document))
    (rule,) = read.rules("call")
    assert rule.name == "do_not_call"
    left = pl.DataFrame({"kept__do_not_call_days": [184.0, 0.5, 0.0, -3.0]})
    assert rule.holds(sheet_of(left)).tolist() == [False, False, True, True]
    (limit,) = read.limits
    assert limit.window.rest == timedelta(days=184)
