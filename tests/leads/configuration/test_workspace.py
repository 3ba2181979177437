"""A workspace from its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from leads.configuration.recognition import Recognition
from leads.configuration.workspace import Workspace, parse_workspace
from leads.errors import InvalidWorkspace
from leads.history import TIME


def test_a_workspace_gives_the_columns_of_its_frames(workspace: Workspace) -> None:
    assert workspace.event_schema["talk_seconds"] == pl.Float64()
    assert workspace.event_schema["time"] == TIME
    assert workspace.customer_schema["region"] == pl.String()
    assert workspace.customer_schema["consent_wecom"] == pl.Boolean()
    assert list(workspace.customer_schema)[:2] == ["customer_id", "at"]


def test_an_event_split_by_product_is_counted_for_every_product(workspace: Workspace) -> None:
    assert workspace.events["quote.requested"].by_values == ("health", "motor")


@pytest.mark.parametrize(("declared", "held"), [({}, 180), ({"erased_holds": "30d"}, 30)])
def test_how_long_a_number_of_an_erased_customer_is_nobodys_is_declared(
    workspace_document: dict[str, Any], declared: dict[str, str], held: int
) -> None:
    assert parse_workspace(workspace_document | declared).erased_holds == timedelta(days=held)


def test_an_events_column_can_stand_in_sql(workspace: Workspace) -> None:
    assert workspace.events["quote.requested"].column == "quote_requested"


def test_the_digest_tells_two_configurations_apart(workspace_document: dict[str, Any]) -> None:
    before = parse_workspace(workspace_document).digest
    assert parse_workspace(workspace_document).digest == before
    workspace_document["products"]["health"]["price"] = 601
    assert parse_workspace(workspace_document).digest != before


def test_a_workspace_says_which_country_it_serves_and_what_stands_for_nothing(
    workspace_document: dict[str, Any],
) -> None:
    workspace_document |= {"timezone": "asia/shanghai", "country": "CN", "no_identity": ["13800138000"]}
    found = parse_workspace(workspace_document)
    assert found.timezone == "Asia/Shanghai"
    assert found.recognition == Recognition("Asia/Shanghai", "CN", ("13800138000",))


@pytest.mark.parametrize(
    ("change", "key", "allowed"),
    [
        (lambda d: d.update(colour="red"), "colour", "one of name"),
        (lambda d: d.pop("name"), "name", "a text"),
        (lambda d: d.update(timezone="Mars/Base"), "timezone", "IANA"),
        (lambda d: d.update(country="XX"), "country", "in quotes"),
        (lambda d: d.update(country=False), "country", "in quotes"),
        (lambda d: d.update(no_identity="none"), "no_identity", "a list"),
        (lambda d: d["tags"].update(x={"type": "colour"}), "tags.x.type", "one of category"),
        (lambda d: d["tags"].update(x={"typ": "number"}), "tags.x.typ", "one of type"),
        (lambda d: d["tags"].update(x={"type": "number", "distinct": True}), "tags.x.distinct", "type text"),
        (lambda d: d["fields"].update(x={}), "fields.x.type", "one of category"),
        (lambda d: d.update(region_tag="where"), "region_tag", "one of age, region, vip"),
        (lambda d: d["products"]["health"].update(price=-1), "products.health.price", "at least 0"),
        (lambda d: d["events"].update(e={"values": ["talk_seconds"]}), "events.e.half_lives", "half-life"),
        (lambda d: d["events"].update(e={"half_lives": ["7d"], "values": ["product"]}), "events.e.values",
         "one of talk_seconds"),
        (lambda d: d["events"].update(e={"by": "talk_seconds"}), "events.e.by", "one of product"),
        (lambda d: d["events"].update(e={"by": "disposition"}), "events.e.by_values", "the values"),
        (lambda d: d["events"].update(e={"policy": "eaten"}), "events.e.policy", "one of purchased"),
        (lambda d: d["objectives"]["win"].update(target="sale"), "objectives.win.target",
         "one of call.completed"),
    ],
)  # fmt: skip
def test_a_wrong_workspace_is_refused_by_key(
    workspace_document: dict[str, Any], change: Callable[[dict[str, Any]], object], key: str, allowed: str
) -> None:
    change(workspace_document)
    with pytest.raises(InvalidWorkspace) as refused:
        parse_workspace(workspace_document, "here.yaml")
    assert (refused.value.file, refused.value.key) == ("here.yaml", key)
    assert allowed in str(refused.value)


@pytest.mark.parametrize("document", [None, [], "text", 3])
def test_what_is_no_workspace_at_all_is_refused(document: Any) -> None:
    with pytest.raises(InvalidWorkspace):
        parse_workspace(document)
