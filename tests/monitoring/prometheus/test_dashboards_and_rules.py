"""Alert rules speak when they should, and rules and dashboards ask for nothing that the service does not tell."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from console.wings import build
from leads.configuration.watch import KINDS
from monitoring.watching.kept import keep_answer
from serving.clock import written
from serving.composition import Composition
from serving.http.keys import KeyFile
from serving.webapp import web
from tests.serving.http.test_metrics import asked
from tests.serving.small_home import NOW
from tests.serving.small_service import with_other

ROOT = Path(__file__).parents[3] / "monitoring"
RULES = ROOT / "prometheus" / "alerts.yml"
BOARDS = sorted((ROOT / "grafana").glob("*.json"))
PROMTOOL = shutil.which("promtool")

_NAME = re.compile(r"nextlead_[a-z0-9_]+")
_ASKED = re.compile(r"(nextlead_[a-z0-9_]+)\{([^}]*(?:\{[^}]*\}[^}]*)*)\}")
_LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)")
_BY = re.compile(r"by \(([^)]*)\)")


@pytest.fixture
def exported(parts: Composition) -> Mapping[str, set[str]]:
    """Every series that the service tells, with its labels: after a sweep, requests, events and a look."""
    look: dict[str, Any] = {
        "at": written(NOW), "quality": {"until": written(NOW), "events": 1, "findings": []},
        "objectives": {"renewal": {"version": "1", "drifted": [], "performance": {"calibration": {"error": 0.1}}}},
    }  # fmt: skip
    keep_answer(parts.home, look)
    parts.placement.rescore([f"c{number:03d}" for number in range(30)], parts.clock.now(), tally=True)
    app = web(with_other(parts, settings=replace(parts.settings, metrics="open")), wings=build)
    key = KeyFile(parts.home.keys).create("admin", NOW).key
    headers = {"Authorization": f"Bearer {key}"}
    asked(app, "127.0.0.1", headers, "POST", "/v1/queues/all/claim", {"agent_id": "wang"})
    event = {"specversion": "1.0", "id": "e1", "source": "t", "type": "lead.created", "subject": "c001",
             "time": written(NOW), "data": {}}  # fmt: skip
    asked(app, "127.0.0.1", headers, "POST", "/v1/events", [event])
    found: dict[str, set[str]] = defaultdict(set)
    for family in text_string_to_metric_families(asked(app, "127.0.0.1", {}).text):
        for sample in family.samples:
            found[sample.name] |= set(sample.labels)
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """Where each stands, and what it asks."""
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for path in BOARDS:
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            for target in panel.get("targets", []):
                yield f"{path.name}: {panel['title']}", target["expr"]


def test_nothing_is_asked_that_is_not_told(exported: Mapping[str, set[str]]) -> None:
    for where, expression in expressions():
        names = _NAME.findall(expression)
        assert names, where
        for name in names:
            assert name in exported, f"{where}: {name}"
        for name, matchers in _ASKED.findall(expression):
            assert set(_LABEL.findall(re.sub(r'"[^"]*"', "", matchers))) <= exported[name], f"{where}: {matchers}"
        grouped = {label.strip() for labels in _BY.findall(expression) for label in labels.split(",")}
        assert grouped <= set().union(*(exported[name] for name in names)), f"{where}: {grouped}"


def test_every_gauge_and_histogram_of_ours_stands_on_a_dashboard(exported: Mapping[str, set[str]]) -> None:
    shown = {name for where, expression in expressions() if ".json" in where for name in _NAME.findall(expression)}
    families = {
        re.sub(r"_(bucket|count|sum|total|created)$", "", name) for name in exported if name.startswith("nextlead_")
    }
    drawn = {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in shown}
    assert families == drawn


def test_legends_name_labels_that_there_are(exported: Mapping[str, set[str]]) -> None:
    for path in BOARDS:
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            for target in panel.get("targets", []):
                labels = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
                known = set().union(*(exported[name] for name in _NAME.findall(target["expr"])))
                assert labels <= known, f"{path.name}: {panel['title']}"


def test_each_rule_says_what_to_do_in_both_languages_and_has_a_test_of_its_own() -> None:
    tested = {
        test["name"]
        for path in RULES.parent.glob("*_test.yml")
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]
    }
    rules = [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]
    assert {rule["alert"] for rule in rules} == tested
    for rule in rules:
        for text in rule["annotations"].values():
            assert re.search(r"[\u4e00-\u9fff]", text) and re.search(r"[a-z]{3}", text), rule["alert"]
        assert rule["labels"]["severity"] in ("warning", "critical")


def test_what_a_look_can_find_is_told_by_kind(exported: Mapping[str, set[str]]) -> None:
    assert exported["nextlead_findings"] == {"kind"}
    assert "clock_off" in KINDS


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed; CI installs Debian's prometheus")
def test_rules_keep_quiet_while_all_is_well_and_speak_once_it_is_not() -> None:
    tests = sorted(str(path) for path in RULES.parent.glob("*_test.yml"))
    for arguments in (["check", "rules", str(RULES)], ["test", "rules", *tests]):
        done = subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    config = str(RULES.parent / "prometheus.example.yml")
    done = subprocess.run([str(PROMTOOL), "check", "config", config], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
