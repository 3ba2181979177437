"""Effects of contact in the service: shown, decided by, kept, and decided by again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
import pytest

from features.home import Home
from leads.actions.unproven import Unproven
from leads.arbitration.decisions import arbitrate
from models.effects import EffectInputs, Effects
from models.encoding import encoding_of
from models.uplift import Trees, UpliftModel
from monitoring.whatif.ledger_inputs import Reader
from monitoring.whatif.rehearsal import what_if
from serving.composition import Composition
from serving.decisions.batch import Request
from serving.decisions.ledger import Decision
from serving.queue.lease import Wanted
from tests.frames import expand
from tests.serving.small_home import NOW, changed, feature_frame, promote, save_bundle
from tests.serving.small_service import Served, with_other

UPLIFT = {"treatments": {"any": ["call.completed"]}, "within": "14d"}
HOLDERS = [f"c{i:03d}" for i in range(0, 120, 3)]
"""Their policies expire soon; those of even number live in the east."""


@pytest.fixture
def home(home: Home) -> Home:
    """It values by uplift, and calls are known to keep customers in the east and to put off those in the west."""
    changed(home, "workspace.yaml", lambda document: document["objectives"]["renewal"].update(uplift=UPLIFT))
    changed(home, "actions.yaml", lambda document: document.update(value_by="uplift"))
    opened = Home.open(home.folder)
    for objective in opened.configuration.workspace.objectives:
        shutil.rmtree(opened.models / objective)
        save_bundle(opened, objective, "1", planted(opened) if objective == "renewal" else None)
    promote(opened, "1")
    return opened


def planted(home: Home) -> Effects:
    objective = home.configuration.workspace.objectives["renewal"]
    frame = expand(home.configuration.layout, feature_frame(home, NOW), objective.product, objective.products)
    encoding = encoding_of(frame, ["region", "age"], {"region": ("east", "west")})
    parameters = {"verbosity": -1, "num_threads": 1, "seed": 1, "min_data_in_leaf": 5, "min_data_per_group": 5}
    east = (frame["region"] == "east").to_numpy()
    half = lightgbm.Dataset(encoding.matrix(frame), np.arange(len(frame)) % 2)
    base = lightgbm.train(parameters | {"objective": "binary"}, half, 2)
    moved = lightgbm.Dataset(encoding.matrix(frame), np.where(east, 1.0, -1.0), categorical_feature=[0])
    effect = lightgbm.train(parameters | {"objective": "regression"}, moved, 60)
    return Effects("renewal", encoding, EffectInputs(encoding), UpliftModel(base, {"any": Trees(effect)}))


def decided(parts: Composition, ids: Sequence[str], request: Request) -> list[Decision]:
    scored = parts.scorer.score(parts.known_customers.find(ids).kept, NOW)
    return parts.entries.enter(scored, parts.decider.decide(scored, request, NOW), request, NOW)


def is_east(customer: str) -> bool:
    return int(customer[1:]) % 2 == 0


def test_a_score_is_answered_with_what_contact_adds_to_it(served: Served) -> None:
    body = served.crm.post("/score", json={"customer_ids": ["c000", "c003", "c001"]}).json()
    east, west, no_holder = body["results"]
    assert east["uplift"]["renewal"]["any"]["effect"] > 0.1
    assert west["uplift"]["renewal"]["any"]["effect"] < -0.1
    assert no_holder["uplift"] == {"conversion": None, "renewal": None, "cross_sell": None}
    assert east["scores"]["renewal"]["probability"] > 0


def test_a_customers_page_shows_the_effect_too(served: Served) -> None:
    shown = served.crm.get("/customers/c000").json()
    asked = served.crm.post("/score", json={"customer_ids": ["c000"]}).json()["results"][0]
    assert shown["uplift"]["renewal"]["any"]["effect"] == pytest.approx(asked["uplift"]["renewal"]["any"]["effect"])


def test_who_is_moved_is_called_and_who_is_put_off_is_left_alone(served: Served) -> None:
    ids = ["c000", "c003"]
    moved, put_off = served.crm.post("/next-action", json={"customer_ids": ids, "limit": 5}).json()["results"]
    offers = [{o["action"]: o for o in item["actions"]} for item in (moved, put_off)]
    east, west = (found["call_renew"] for found in offers)
    assert east["valued_by"] == west["valued_by"] == "uplift"
    assert east["priority"] == pytest.approx(east["uplift"]["effect"] * east["value"] - east["cost"])
    assert east["priority"] > 0 > west["priority"]
    assert "raises the chance of a renewal by" in east["uplift"]["text"]["en"]
    assert "触达使" in west["uplift"]["text"]["zh"]
    assert "lowers" in west["uplift"]["text"]["en"]


def test_what_has_no_effect_is_valued_by_its_chance(served: Served) -> None:
    (result,) = served.crm.post("/next-action", json={"customer_ids": ["c000"], "limit": 5}).json()["results"]
    more = next(offer for offer in result["actions"] if offer["action"].startswith("call_more"))
    assert (more["valued_by"], more["uplift"]) == ("propensity", None)
    assert more["priority"] == pytest.approx(more["propensity"] * more["value"] * more["context"] - more["cost"])


def test_without_the_effect_another_action_would_come_first(served: Served) -> None:
    ids = [customer for customer in HOLDERS if not is_east(customer)]
    asked = {"customer_ids": ids, "limit": 1, "explain": 1}
    changes = [c for item in served.crm.post("/next-action", json=asked).json()["results"] for c in item["changes"]]
    told = {change["text"]["en"] for change in changes if change["part"] == "effect"}
    assert any(text.startswith("without the effect of contact it would be: ") for text in told)


def test_the_queue_ranks_by_what_calls_change(parts: Composition) -> None:
    leases = parts.claims.claim("renewal", Wanted("wang", limit=10), NOW)["leases"]
    assert len(leases) == 10
    assert all(is_east(lease["customer_id"]) for lease in leases)
    worth = [lease["priority"] for lease in leases]
    assert worth == sorted(worth, reverse=True)


@pytest.mark.parametrize("request_made", [Request("next-action", limit=3), Request("claim", "call", queue="renewal")])
def test_decisions_by_uplift_come_out_the_same_again(parts: Composition, request_made: Request) -> None:
    made = decided(parts, HOLDERS, request_made)
    assert len(made) == len(HOLDERS)
    for decision in made:
        assert isinstance(decision.inputs["uplift_renewal__any"], float)
        assert parts.replay.of(decision.id).differences == {}


def test_an_effect_that_was_changed_in_the_ledger_is_found(parts: Composition) -> None:
    made = decided(parts, ["c000"], Request("next-action"))[0]
    document: dict[str, Any] = parts.ledger.read(made.id)
    document["inputs"]["uplift_renewal__any"] += 0.01
    parts.client.set(parts.keyspace.decision(made.id), json.dumps(document))
    assert set(parts.replay.of(made.id).differences) == {"scores"}


def test_a_decision_from_before_there_were_effects_comes_out_the_same(parts: Composition, home: Home) -> None:
    save_bundle(home, "renewal", "2")
    promote_renewal(home, "2")
    parts.models.refresh()
    made = decided(parts, ["c000"], Request("next-action"))[0]
    document: dict[str, Any] = parts.ledger.read(made.id)
    del document["inputs"]["uplift_renewal__any"]
    for offer in document["chosen"]:
        del offer["uplift"], offer["valued_by"]
    parts.client.set(parts.keyspace.decision(made.id), json.dumps(document))
    assert parts.replay.of(made.id).differences == {}


def promote_renewal(home: Home, version: str) -> None:
    path = home.models / "aliases.json"
    aliases = json.loads(path.read_text("utf-8")) | {"renewal": {"champion": version}}
    path.write_text(json.dumps(aliases), encoding="utf-8")


def test_without_effects_in_the_bundle_what_contact_is_taken_to_change_decides(parts: Composition, home: Home) -> None:
    save_bundle(home, "renewal", "2")
    promote_renewal(home, "2")
    parts.models.refresh()
    declared = parts.configuration.catalogue
    usual = replace(declared, valuation=replace(declared.valuation, value_by="propensity"))
    scored = parts.scorer.score(HOLDERS, NOW)
    assert scored.sheet.known("uplift_renewal__any") == [None] * len(HOLDERS)
    by_chance = arbitrate(scored.sheet, usual, NOW).priority
    for unproven, same in ((Unproven(None, 1.0), True), (Unproven(0.44), False)):
        catalogue = replace(declared, valuation=replace(declared.valuation, unproven=unproven))
        changed = with_other(parts, configuration=replace(parts.configuration, catalogue=catalogue))
        made = changed.decider.decide(scored, Request("next-action"), NOW)
        assert np.array_equal(made.decisions.priority, by_chance) is same


def test_without_effects_hints_decide_are_told_as_no_effect_and_come_out_the_same_again(
    parts: Composition, home: Home
) -> None:
    save_bundle(home, "renewal", "2", hints=planted(home))
    promote_renewal(home, "2")
    parts.models.refresh()
    made = decided(parts, HOLDERS, Request("next-action", limit=5))
    called = {
        decision.customer_id: offer
        for decision in made
        for offer in decision.chosen
        if offer["action"] == "call_renew"
    }  # fmt: skip
    assert {is_east(customer) for customer in called} == {True, False}
    assert all((offer["context"] > 0) is is_east(customer) for customer, offer in called.items())
    assert {(offer["valued_by"], offer["uplift"]) for offer in called.values()} == {("propensity", None)}
    assert [parts.replay.of(decision.id).differences for decision in made] == [{}] * len(HOLDERS)
    document: dict[str, Any] = parts.ledger.read(made[0].id)
    document["inputs"]["hint_renewal__any"] += 0.01
    parts.client.set(parts.keyspace.decision(made[0].id), json.dumps(document))
    assert set(parts.replay.of(made[0].id).differences) == {"scores"}


def test_what_if_compares_valuing_by_uplift_with_valuing_by_propensity(parts: Composition) -> None:
    west = [customer for customer in HOLDERS if not is_east(customer)]
    decided(parts, west, Request("next-action"))
    declared = parts.configuration.catalogue
    usual = replace(declared, valuation=replace(declared.valuation, value_by="propensity"))
    same = what_if(parts.home, parts.outcomes, parts.experience, parts.configuration, None, NOW.replace(hour=5), 5)
    other = what_if(
        parts.home,
        parts.outcomes,
        parts.experience,
        replace(parts.configuration, catalogue=usual),
        None,
        NOW.replace(hour=5),
        5,
    )
    assert same.decisions == other.decisions == len(west)
    assert not same.moves
    assert {row["name"]: row["after"] for row in other.actions}.get("call_renew", 0) > 0
    assert {row["name"]: row["before"] for row in other.actions}.get("call_renew", 0) == 0


def test_what_is_expected_of_an_action_valued_by_uplift_is_what_it_changes(parts: Composition) -> None:
    made = decided(parts, [customer for customer in HOLDERS if is_east(customer)], Request("next-action"))
    chosen = [decision.chosen[0] for decision in made if decision.chosen]
    assert any(offer["valued_by"] == "uplift" for offer in chosen)
    found = what_if(parts.home, parts.outcomes, parts.experience, parts.configuration, None, NOW.replace(hour=5), 5)
    by_effect = sum(
        o["propensity"] * (o["context"] if o["valued_by"] == "uplift" else 1) * o["value"] - o["cost"] for o in chosen
    )
    assert found.before.expected == found.after.expected == pytest.approx(by_effect)
    assert by_effect != pytest.approx(sum(offer["propensity"] * offer["value"] - offer["cost"] for offer in chosen))


def test_a_decision_that_kept_no_effects_is_not_guessed_at(parts: Composition) -> None:
    made = decided(parts, ["c000"], Request("next-action"))[0]
    document: dict[str, Any] = parts.ledger.read(made.id)
    reader = Reader(parts.home, parts.configuration)
    assert reader.unusable(document) is None
    assert reader.sheet([document]).known("uplift_renewal__any")[0] == document["inputs"]["uplift_renewal__any"]
    del document["inputs"]["uplift_renewal__any"]
    assert reader.unusable(document) == "inputs lack uplift_renewal__any"
    declared = parts.configuration.catalogue
    usual = replace(declared, valuation=replace(declared.valuation, value_by="propensity"))
    assert Reader(parts.home, replace(parts.configuration, catalogue=usual)).unusable(document) is None


def test_the_effect_columns_are_there_for_everyone(parts: Composition) -> None:
    first, second = parts.scorer.score(["c000", "c001"], NOW).sheet.known("uplift_renewal__any")
    assert first is not None
    assert second is None
