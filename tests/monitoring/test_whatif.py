"""The ledger's decisions made again by a changed catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from experiments.levers import pulled
from features.configuration import Configuration, load
from features.home import Home
from leads.arbitration.evidence import Evidence, Response
from leads.errors import InvalidInput
from leads.sheet.columns import FLAG
from monitoring.whatif.comparison import Comparison
from monitoring.whatif.rehearsal import what_if
from serving.clock import microseconds
from serving.composition import Composition
from serving.decisions.batch import Request
from serving.decisions.ledger import Decision
from serving.events.stream import Event
from tests.serving.small_home import NOW

LATER = NOW + timedelta(days=1)
CAP = {"events": ["call.completed"], "within": "7d", "most": 2, "channels": ["call"]}


@pytest.fixture
def home(home: Home) -> Home:
    """With draws, a control group and a cap."""
    changed(home.workspace_folder, lambda document: document.update(learning={"exploration": 0.5}, control_share=0.1))
    contact = {"caps": {"weekly": CAP}, "retries": ["weekly"]}
    changed(home.workspace_folder, lambda document: document["contact"].update(contact))
    changed(home.workspace_folder, lambda document: document["actions"]["call_renew"].update(cost={"minutes": 4}))
    return Home.open(home.folder)


def changed(folder: Path, change: Callable[[dict[str, Any]], None]) -> Configuration:
    path = folder / "actions.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load(folder)


@pytest.fixture
def decided(parts: Composition) -> Sequence[Decision]:
    """Real decisions of 120 customers, some of them drawn, and claims of some."""
    parts.experience.keep(Evidence({"call_first": Response(40, 3.0, 5), "call_renew": Response(90, 60.0, 50)}))
    made: list[Decision] = []
    for request, ids in (
        (Request("next-action", limit=2), range(120)),
        (Request("claim", "call", queue="all"), range(9)),
    ):
        scored = parts.scorer.score([f"c{i:03d}" for i in ids], NOW)
        made += parts.entries.enter(scored, parts.decider.decide(scored, request, NOW), request, NOW)
    return made


@pytest.fixture
def copy(parts: Composition, tmp_path: Path) -> Path:
    """A workspace to be changed."""
    folder = tmp_path / "changed"
    folder.mkdir()
    for name in ("workspace.yaml", "actions.yaml"):
        (folder / name).write_text((parts.home.workspace_folder / name).read_text("utf-8"), "utf-8")
    return folder


def asked(parts: Composition, target: Configuration, sample: int = 10) -> Comparison:
    return what_if(parts.home, parts.outcomes, parts.experience, target, None, LATER, sample)


def volume(rows: Sequence[dict[str, Any]], name: str) -> tuple[int, int]:
    return next(((row["before"], row["after"]) for row in rows if row["name"] == name), (0, 0))


def acting(decided: Sequence[Decision], name: str) -> list[Decision]:
    return [decision for decision in decided if decision.chosen and decision.chosen[0]["action"] == name]


def test_without_a_change_nothing_moves_though_choices_are_drawn(
    parts: Composition, decided: Sequence[Decision], copy: Path
) -> None:
    assert any(decision.explored for decision in decided)
    # A comment is no change; a new label is, and draws would fall otherwise by its digest.
    target = changed(
        copy, lambda document: document["actions"]["call_first"].update(label={"zh": "首呼", "en": "call"})
    )
    assert target.catalogue.digest != parts.configuration.catalogue.digest
    found = asked(parts, target)
    assert (found.decisions, found.customers, found.moves, found.lost) == (129, 120, [], [])
    assert found.before == found.after


def test_a_retry_that_was_due_when_it_was_decided_is_due_again(parts: Composition, copy: Path) -> None:
    worker = parts.stream_worker()
    worker.tend()
    calls = [
        Event(f"call {i}", "test", "call.completed", "c004", microseconds(NOW) - i, {"channel": "call"}) for i in (1, 2)
    ]
    parts.stream.accept(calls, NOW)
    while worker.step():
        pass
    scored = parts.scorer.score(["c004"], NOW)
    request = Request("claim", "call", queue="all")
    for retry in (False, True):
        due = replace(scored, sheet=scored.sheet.plus({"retry_due": FLAG}, np.full((1, 1), float(retry))))
        parts.entries.enter(due, parts.decider.decide(due, request, NOW), request, NOW)
    same = asked(parts, load(copy))
    assert (same.before.nothing, same.after.nothing) == (1, 1)
    stricter = asked(parts, changed(copy, lambda document: document["contact"].update(retries=[])))
    assert [(row["rule"], row["decisions"]) for row in stricter.rules] == [("weekly", 1)]


def test_expected_value_and_minutes_are_those_of_what_was_chosen(
    parts: Composition, decided: Sequence[Decision], copy: Path
) -> None:
    found = asked(parts, load(copy))
    offers = [decision.chosen[0] for decision in decided if decision.chosen]
    assert found.before.expected == pytest.approx(sum(o["propensity"] * o["value"] - o["cost"] for o in offers))
    assert found.before.agent_minutes == 4 * len(acting(decided, "call_renew"))
    assert found.before.nothing == len(decided) - len(offers)


def test_a_rule_that_removes_an_action_is_told_with_who_loses_it_and_to_what(
    parts: Composition, decided: Sequence[Decision], copy: Path
) -> None:
    def forbid(document: dict[str, Any]) -> None:
        document["rules"] = {"west_only": {"zh": "只在西区", "en": "only in the west"}}
        document["actions"]["call_first"]["eligibility"] = {"west_only": "region = 'west'"}

    found = asked(parts, changed(copy, forbid), sample=3)
    lose = [d for d in acting(decided, "call_first") if d.inputs["region"] == "east"]
    assert lose
    assert found.rules == [
        {"stage": "eligibility", "rule": "west_only", "text": {"zh": "只在西区", "en": "only in the west"},
         "decisions": len(lose)}
    ]  # fmt: skip
    assert sum(move["decisions"] for move in found.moves) == len(lose)
    assert {move["from"] for move in found.moves} == {"call_first"}
    assert len(found.lost) == 3
    assert {row["decision_id"] for row in found.lost} <= {decision.id for decision in lose}
    before, after = volume(found.actions, "call_first")
    assert (before, after) == (len(acting(decided, "call_first")), len(acting(decided, "call_first")) - len(lose))
    assert found.after.customers_with_nothing > found.before.customers_with_nothing


def test_a_lever_moves_volumes_between_actions(parts: Composition, decided: Sequence[Decision]) -> None:
    configuration = parts.configuration
    moved = replace(configuration, catalogue=pulled(configuration.catalogue, {"scene": {"renew": 0.0}}))
    found = asked(parts, moved)
    before, after = volume(found.scenes, "renew")
    assert after < before
    assert {rule["rule"] for rule in found.rules} == {"outranked"}
    assert found.after.expected < found.before.expected


def test_an_action_that_is_gone_and_one_that_is_new_are_told(
    parts: Composition, decided: Sequence[Decision], copy: Path
) -> None:
    def swap(document: dict[str, Any]) -> None:
        document["actions"]["call_again"] = document["actions"].pop("call_renew")

    found = asked(parts, changed(copy, swap))
    count = len(acting(decided, "call_renew"))
    assert volume(found.actions, "call_renew") == (count, 0)
    assert volume(found.actions, "call_again")[1] >= count - sum(d.explored for d in decided)
    assert ("catalogue", "gone") in {(rule["stage"], rule["rule"]) for rule in found.rules}


@pytest.mark.usefixtures("decided")
def test_a_lower_cap_is_answered_from_what_was_counted(parts: Composition, copy: Path) -> None:
    found = asked(parts, changed(copy, lambda document: document["contact"]["caps"]["weekly"].update(most=1)))
    assert (found.decisions, found.skipped) == (129, {})


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize("change", [{"within": "14d"}, {"most": 90}, {"events": ["quote.requested"]}])
def test_a_cap_that_counts_otherwise_is_told_and_not_guessed(
    parts: Composition, copy: Path, change: dict[str, Any]
) -> None:
    target = changed(copy, lambda document: document["contact"]["caps"]["weekly"].update(change))
    with pytest.raises(InvalidInput, match="129 left out: inputs lack cap__weekly"):
        asked(parts, target)


@pytest.mark.usefixtures("decided")
def test_decisions_whose_inputs_lack_what_a_rule_reads_are_counted_by_what_is_missing(
    parts: Composition, copy: Path, home: Home
) -> None:
    def count(document: dict[str, Any]) -> None:
        document["counts"] = {"quotes": {"events": ["quote.requested"], "within": "14d", "most": 2}}
        document["actions"]["call_first"]["applicability"] = {"asked": "count__quotes >= 1"}

    target = changed(copy, count)
    with pytest.raises(InvalidInput, match="inputs lack count__quotes"):
        asked(parts, target)


def test_decisions_under_another_workspace_are_left_out(
    parts: Composition, decided: Sequence[Decision], copy: Path
) -> None:
    path = copy / "workspace.yaml"
    path.write_text(path.read_text("utf-8").replace("margin: 150", "margin: 160"), "utf-8")
    with pytest.raises(InvalidInput, match=f"{len(decided)} left out: another workspace"):
        asked(parts, load(copy))


@pytest.mark.usefixtures("decided")
def test_the_command_tells_it_in_both_languages_and_as_json(
    parts: Composition, engine_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from commands.main import main

    monkeypatch.setenv("NEXTLEAD_REDIS_URL", engine_url)
    until = (datetime(2026, 3, 9, tzinfo=UTC)).isoformat()
    arguments = ["what-if", parts.home.folder, "--levers", "scene.renew=0", "--until", until]
    monkeypatch.setattr("sys.argv", ["nextlead", *map(str, arguments), "--json", str(tmp_path / "w.json")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    told = json.loads((tmp_path / "w.json").read_text(encoding="utf-8"))
    assert told["decisions"] == 129
    assert told["moves"]
    shown = capsys.readouterr().out
    assert "期望价值" in shown
    assert "expected value" in shown
