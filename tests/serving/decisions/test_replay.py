"""Decisions made again from the ledger."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from features.home import Home
from leads.arbitration.evidence import Evidence, Response
from leads.errors import NotFound
from serving.composition import Composition
from serving.decisions.batch import Request
from serving.decisions.ledger import Decision
from serving.decisions.versions import configuration_of, keep
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW

LEARNING = {"exploration": 0.5, "new": ["call_first"], "ramp_from": 0.5}
ARMS = {"gentle": {"share": 0.3, "levers": {"scene": {"renew": 0.2}}}}


@pytest.fixture
def home(home: Home) -> Home:
    """With exploration, a ramp, an experiment and a control group."""
    path = home.workspace_folder / "actions.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document |= {"learning": LEARNING, "arms": ARMS, "control_share": 0.1}
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return Home.open(home.folder)


def decided(parts: Composition, request: Request) -> list[Decision]:
    scored = parts.scorer.score([f"c{i:03d}" for i in range(60)], NOW)
    return parts.entries.enter(scored, parts.decider.decide(scored, request, NOW), request, NOW)


@pytest.mark.parametrize(
    "request_made",
    [
        Request("next-action", limit=3, explain=1),
        Request("claim", "call", queue="renewal"),
        Request("claim", "call", queue="all"),
    ],
)
def test_every_kind_of_decision_comes_out_the_same(parts: Composition, request_made: Request) -> None:
    parts.experience.keep(Evidence({"call_first": Response(40, 3.0, 5), "call_renew": Response(90, 60.0, 50)}))
    made = decided(parts, request_made)
    assert {decision.arm for decision in made} == {"control", "gentle", "treatment"}
    assert any(decision.explored for decision in made) or request_made.queue == "renewal"
    assert any(rejected["stage"] == "ramp" for decision in made for rejected in decision.rejected)
    for decision in made:
        assert parts.replay.of(decision.id).differences == {}


def test_a_decision_outlives_the_configuration_and_the_evidence_it_was_made_from(
    parts: Composition, home: Home
) -> None:
    made = decided(parts, Request("next-action"))
    parts.experience.keep(Evidence({"call_first": Response(400, 30.0, 5)}))
    (home.workspace_folder / "actions.yaml").write_text("actions: {wait: {}}", encoding="utf-8")
    assert parts.replay.of(made[0].id).same
    assert parts.replay.of(made[0].id).code_changed is False


def test_what_was_changed_in_the_ledger_is_found(parts: Composition) -> None:
    made = next(decision for decision in decided(parts, Request("next-action")) if decision.chosen)
    document: dict[str, Any] = parts.ledger.read(made.id)
    document["chosen"][0]["priority"] += 1
    document["selection_probability"] = 0.5
    parts.client.set(parts.keyspace.decision(made.id), json.dumps(document))
    assert set(parts.replay.of(made.id).differences) == {"chosen", "selection_probability"}


def test_probabilities_count_the_arm_and_the_choice(parts: Composition) -> None:
    made = decided(parts, Request("next-action"))
    for decision in made:
        share = {"control": 0.1, "gentle": 0.3, "treatment": 0.6}[decision.arm]
        assert 0 < decision.selection_probability <= share + 1e-12
    assert all(decision.chosen == [] for decision in made if decision.arm == "control")


def test_a_decision_nobody_made_is_not_found(parts: Composition) -> None:
    with pytest.raises(NotFound):
        parts.replay.of("dec-none")


def test_a_configuration_is_kept_once_whoever_comes_first(parts: Composition) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: keep(parts.home, parts.configuration), range(16)))
    (kept,) = (parts.home.folder / "versions").iterdir()
    configuration = parts.configuration
    found = configuration_of(parts.home, configuration.workspace.digest, configuration.catalogue.digest)
    assert kept.name[0] != "."
    assert found.catalogue.digest == configuration.catalogue.digest


def test_a_lease_tells_what_its_call_was_made_for(parts: Composition, tmp_path: Path) -> None:
    from serving.events.stream import Event
    from serving.queue.completions import Outcome

    (lease,) = parts.claims.claim("all", Wanted("wang"), NOW)["leases"]
    parts.completions.complete(lease["lease_id"], lease["token"], Outcome("no_answer", None, None, {}), NOW)
    entries = [entry for p in range(parts.settings.partitions) for entry in parts.stream.read(p, "0-0", 100)]
    told = {entry.event.type: entry.event for entry in entries}
    completed: Event = told["lease.completed"]
    assert completed.data["decision_id"] == lease["decision_id"]
    assert completed.data["action"] == lease["action"]["action"]
