"""A wrong configuration is refused at load, with the file, the key and what is allowed."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.configuration import checked, load
from features.ready_workspaces import READY, find
from leads.errors import InvalidInput, InvalidWorkspace, NotFound
from leads.history import History
from tests.features.conftest import DOCUMENT, write_workspace


def changed(path: str, value: Any) -> dict[str, Any]:
    """The small insurer's document with one key set; keys are separated by slashes."""
    document = deepcopy(DOCUMENT)
    *parents, last = path.split("/")
    target = document
    for key in parents:
        target = target[key]
    target[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("tags/age", {"type": "integer"}, "tags.age.type = 'integer': one of category, text, number"),
        ("objectives/conversion/target", "policy.bought", "objectives.conversion.target = 'policy.bought': one of"),
        ("objectives/conversion/population", "policy_ever = 0", "policies_ever"),
        ("objectives/conversion/population", "region > 'x' + 1", "objectives.conversion.population"),
        ("objectives/conversion/horizon", "a month", "a number followed by s, m, h or d"),
        ("events/call.completed/values", ["talk"], "talk_seconds"),
        ("timezone", "Asia/Shangai", "an IANA time zone"),
        ("objectives/conversion/goal", 1, "objectives.conversion.goal"),
        (
            "objectives/conversion/uplift",
            {"treatments": {"call": ["call.completed"]}, "within": "7d", "about": "looked_at"},
            "objectives.conversion.uplift.about = 'looked_at'",
        ),
        (
            "objectives/conversion/toll",
            {"contacts": "calls_remembered", "since": "30d"},
            "objectives.conversion.toll.contacts = 'calls_remembered'",
        ),
    ],
)
def test_a_wrong_configuration_is_refused_by_file_and_key(tmp_path: Path, path: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidWorkspace) as refused:
        load(write_workspace(tmp_path / "wrong", changed(path, value)))
    assert "workspace.yaml" in str(refused.value)
    assert said in str(refused.value)


def test_a_workspace_that_is_not_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("name: [", encoding="utf-8")
    with pytest.raises(InvalidWorkspace, match="readable YAML"):
        load(tmp_path)


def test_an_unknown_workspace_names_those_that_are_ready() -> None:
    with pytest.raises(NotFound, match="insurer"):
        find("no_such_insurer")


@pytest.mark.parametrize("name", sorted(path.parent.name for path in READY.glob("*/workspace.yaml")))
def test_every_ready_workspace_loads(name: str) -> None:
    assert load(name).workspace.name == name


def test_an_undeclared_event_type_in_a_source_is_refused(tmp_path: Path) -> None:
    workspace = load(write_workspace(tmp_path, DOCUMENT)).workspace
    at = datetime(2025, 1, 1, tzinfo=UTC)
    customers = pl.DataFrame({"customer_id": ["a"], "at": [at]})
    events = pl.DataFrame({"id": ["1"], "source": ["s"], "type": ["sold"], "customer_id": ["a"], "time": [at]})
    with pytest.raises(InvalidInput, match="sold"):
        checked(workspace, History(customers, events, at))


def test_an_undeclared_column_in_a_source_is_refused_by_name(tmp_path: Path) -> None:
    workspace = load(write_workspace(tmp_path, DOCUMENT)).workspace
    at = datetime(2025, 1, 1, tzinfo=UTC)
    customers = pl.DataFrame({"customer_id": ["a"], "at": [at], "shoe_size": [41]})
    with pytest.raises(InvalidInput, match="shoe_size"):
        checked(workspace, History(customers, pl.DataFrame(schema=workspace.event_schema), at))
