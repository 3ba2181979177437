"""The door for events: what is out of bounds, unreadable, or not the sender's to tell is refused with a reason."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from features.configuration import Configuration, load
from leads.errors import InvalidInput
from serving.composition import Composition
from serving.events.stream import Event
from serving.events.values import parse_fields, parse_tags
from serving.intake.content import data_of
from serving.intake.intake import EventsAnswer
from serving.intake.senders import Sender
from tests.serving.small_home import NOW, changed


def cloud(name: str, **more: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": name, "source": "test", "type": "quote.requested", "subject": "c001",
            "time": NOW.isoformat()} | more  # fmt: skip


def coded(data: Any) -> str:
    return base64.b64encode(json.dumps(data).encode()).decode()


def stored(parts: Composition, customer_id: str = "c001") -> list[Event]:
    return [entry.event for entry in parts.stream.read(parts.stream.partition(customer_id), "0-0")]


def reason(taken: EventsAnswer) -> str:
    assert (taken.accepted, taken.duplicates) == (0, 0) and taken.nothing
    return taken.rejected[0].reason


@pytest.mark.parametrize(
    "time",
    ["0001-01-01T00:00:00+08:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "2026-03-04T04:01:01Z"],
)
def test_an_event_outside_the_calendar_that_is_taken_is_refused(parts: Composition, time: str) -> None:
    assert reason(parts.intake.accept([cloud("a", time=time)], NOW)).startswith("time")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"expires_at": "0001-01-01T00:00:00+08:00"}, "data.expires_at"),
        ({"expires_at": "9999-12-31T23:59:59Z"}, "data.expires_at"),
        ({"expires_at": "2026-03-04"}, "data.expires_at"),
        ({"premium": 1e308}, "data.premium"),
        ({"premium": -(10**400)}, "data.premium"),
        ({"premium": float("inf")}, "data.premium"),
        ({"premium": float("nan")}, "data.premium"),
        ({"product": "x" * 1001}, "data.product"),
    ],
)
def test_a_field_out_of_bounds_is_refused_by_its_name(parts: Composition, data: dict[str, Any], field: str) -> None:
    refused = reason(parts.intake.accept([cloud("a", data=data)], NOW))
    assert refused.startswith(field) and len(refused) < 400


@pytest.mark.parametrize(("tag", "value"), [("age", 1e300), ("age", float("nan")), ("nickname", "x" * 5_000_000)])
def test_a_tag_out_of_bounds_is_refused_by_its_name(parts: Composition, tag: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_tags(parts.configuration.workspace, {tag: value})
    assert refused.value.errors[0].field == f"tags.{tag}" and len(str(refused.value)) < 400


def test_undeclared_data_is_not_kept_however_large(parts: Composition) -> None:
    assert parse_fields(parts.configuration.workspace, {"more": "x" * 1_000_000, "premium": 2}) == {"premium": 2.0}


def test_data_in_base64_is_read_as_data(parts: Composition) -> None:
    content = {"channel": "call", "consent": False}
    told = {"type": "consent.changed", "data_base64": coded(content)}
    batch = [cloud("a", **told), cloud("b", **told, datacontenttype="application/json; charset=utf-8")]
    assert parts.intake.accept(batch, NOW).accepted == 2
    assert [event.data for event in stored(parts)] == [content, content]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"data_base64": "!!"}, "data_base64"),
        ({"data_base64": "e30"}, "data_base64"),
        ({"data_base64": base64.b64encode(b"{").decode()}, "data_base64"),
        ({"data_base64": base64.b64encode(b"\xff\xfe\xfd").decode()}, "data_base64"),
        ({"data_base64": {"channel": "call"}}, "data_base64"),
        ({"data_base64": coded([1])}, "data"),
        ({"data_base64": coded({}), "data": {}}, "data_base64"),
        ({"data_base64": coded({}), "datacontenttype": "application/xml"}, "datacontenttype"),
        ({"data": "channel=call", "datacontenttype": "text/plain"}, "datacontenttype"),
        ({"data": {}, "datacontenttype": 7}, "datacontenttype"),
        ({"data": '{"channel": "call"}'}, "data"),
        ({"data": []}, "data"),
    ],
)
def test_content_that_cannot_be_read_is_refused(item: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        data_of(item)
    assert refused.value.errors[0].field == field


def sender(configuration: Configuration, scope: str) -> Sender:
    return Sender.of(configuration, scope)


def test_by_default_a_dialer_tells_contacts_and_refusals_and_others_all(parts: Composition) -> None:
    insurer = load("insurer")
    assert sender(insurer, "dialer").types == {
        "call.attempted", "call.completed", "wecom.added", "wecom.message_received", "wecom.message_sent", "sms.sent",
        "sms.clicked", "consent.changed",
    }  # fmt: skip
    assert sender(insurer, "crm").types == sender(insurer, "admin").types == set(insurer.workspace.events)
    assert sender(parts.configuration, "dialer").types == {"call.completed", "consent.changed"}


def test_the_default_of_an_own_workspace_follows_its_channels_and_what_it_sends(parts: Composition) -> None:
    def own(document: dict[str, Any]) -> None:
        document["channels"] = ["phone", "letter"]
        document["events"] |= {"phone.rang": {}, "phone.sold": {}, "post.out": {}, "letterhead.seen": {}}
        document["objectives"]["conversion"]["target"] = "phone.sold"

    changed(parts.home, "workspace.yaml", own)
    (parts.home.workspace_folder / "actions.yaml").write_text(
        "contact: {channels: {letter: {sent: post.out}, phone: {sent: phone.rang}}}\n"
        "scenes: {first: {zh: 首次成交, en: first}}\n"
        "actions: {write: {objective: conversion, scene: first, channel: letter, value: 1}}",
        encoding="utf-8",
    )
    allowed = sender(load(parts.home.workspace_folder), "dialer").types
    assert allowed == {"call.completed", "consent.changed", "phone.rang", "post.out"}


def test_a_workspace_declares_what_a_scope_may_send(parts: Composition) -> None:
    declared = {"dialer": ["call.completed", "consent.changed", "lead.created"], "crm": ["lead.created"]}
    changed(parts.home, "workspace.yaml", lambda document: document.update(senders=declared))
    configuration = load(parts.home.workspace_folder)
    assert sender(configuration, "dialer").types == set(declared["dialer"])
    assert sender(configuration, "crm").types == {"lead.created"}
    with pytest.raises(InvalidInput, match=r"a key of scope dialer may report"):
        sender(configuration, "dialer").check(Event("a", "s", "consent.changed", "c", 0, {"consent": True}))


@pytest.mark.parametrize("declared", [{"dialer": ["moon.landed"]}, {"admin": []}, {"agent": []}, ["dialer"]])
def test_senders_that_cannot_be_are_refused_at_load(parts: Composition, declared: Any) -> None:
    changed(parts.home, "workspace.yaml", lambda document: document.update(senders=declared))
    with pytest.raises(InvalidInput, match="senders"):
        load(parts.home.workspace_folder)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("policy.purchased", {"premium": 999_999}),
        ("lead.created", {}),
        ("consent.changed", {"channel": "call", "consent": True}),
        ("consent.changed", {"channel": "call"}),
        ("decision.made", {}),
        ("customer.erased", {}),
        ("lease.completed", {}),
    ],
)
def test_what_is_not_a_dialers_to_tell_is_refused(parts: Composition, kind: str, data: dict[str, Any]) -> None:
    refused = reason(parts.intake.accept([cloud("a", type=kind, data=data)], NOW, "dialer"))
    assert refused.startswith(("type", "data.consent")) and stored(parts) == []


def test_a_dialer_may_report_a_refusal_and_a_call(parts: Composition) -> None:
    batch = [cloud("a", type="consent.changed", data={"channel": "call", "consent": False}),
             cloud("b", type="call.completed", data={"disposition": "do_not_call"})]  # fmt: skip
    assert parts.intake.accept(batch, NOW, "dialer").accepted == 2
