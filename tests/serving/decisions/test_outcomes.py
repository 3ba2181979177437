"""What came of decisions, and what is learned from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.configuration import Configuration
from features.lake import append_events
from leads.history import TIME
from monitoring.offpolicy.ledger import evaluate_policy
from serving.composition import Composition
from serving.decisions.attribution import attributed, earned
from serving.decisions.batch import Request
from serving.decisions.outcomes import evidence_of
from tests.serving.small_home import NOW, write_workspace

AT = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = timedelta(days=14)
_DECIDED: dict[str, Any] = {"id": pl.String, "customer_id": pl.String, "time": TIME, "objective": pl.String,
                            "product": pl.String}  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return write_workspace(tmp_path_factory.mktemp("small") / "workspace")


def decision(
    name: str, days: float, objective: str | None = "conversion", product: str | None = None
) -> dict[str, Any]:
    return {"id": name, "customer_id": "a", "time": AT + timedelta(days=days), "objective": objective,
            "product": product}  # fmt: skip


def happened(kind: str, days: float, names: str | None = None, product: str | None = None) -> dict[str, Any]:
    return {"id": f"{kind}{days}", "source": "t", "type": kind, "customer_id": "a", "time": AT + timedelta(days=days),
            "product": product, "decision_id": names}  # fmt: skip


def successes(small: Configuration, decisions: list[dict[str, Any]], events: list[dict[str, Any]]) -> list[str]:
    text = pl.String()
    decided = pl.DataFrame(
        decisions, {"id": text, "customer_id": text, "time": TIME, "objective": text, "product": text}
    )
    schema = {"id": text, "source": text, "type": text, "customer_id": text, "time": TIME, "product": text,
              "decision_id": text}  # fmt: skip
    found = attributed(decided, pl.DataFrame(events, schema), small.workspace.objectives, AT + timedelta(days=40))
    return found.filter("success")["id"].to_list()


def test_an_outcome_counts_for_every_decision_whose_horizon_it_falls_in_as_was_predicted(small: Configuration) -> None:
    made = [decision("d1", 0), decision("d2", 3), decision("d3", 9)]
    assert successes(small, made, [happened("policy.purchased", 5)]) == ["d1", "d2"]
    assert successes(small, made, [happened("policy.purchased", 5, names="d1")]) == ["d1", "d2"]


def test_an_outcome_after_the_horizon_of_its_objective_counts_for_nobody(small: Configuration) -> None:
    for names in (None, "d1"):
        assert successes(small, [decision("d1", 0)], [happened("policy.purchased", 30.1, names=names)]) == []
        assert successes(small, [decision("d1", 0)], [happened("policy.purchased", 30, names=names)]) == ["d1"]
    renewal = decision("r1", 0, "renewal")
    assert successes(small, [renewal], [happened("policy.renewed", 44)]) == ["r1"]


def test_a_decision_is_settled_once_the_horizon_of_its_own_objective_is_over(small: Configuration) -> None:
    made = pl.DataFrame([decision("d1", 0), decision("r1", 0, "renewal"), decision("n1", 0, None)], _DECIDED)
    found = attributed(made, pl.DataFrame([happened("policy.purchased", 1)]), small.workspace.objectives,
                       AT + timedelta(days=31))  # fmt: skip
    assert found["settled"].to_list() == [True, False, False]


def test_touches_that_await_the_same_event_are_one_episode_and_a_horizon_ends_it(small: Configuration) -> None:
    made = pl.DataFrame([decision(f"d{day}", day) for day in (0, 3, 9, 29, 31)], _DECIDED)
    objectives = small.workspace.objectives
    bought = attributed(made, pl.DataFrame([happened("policy.purchased", 5)]), objectives, AT)["episode"].to_list()
    assert bought[0] == bought[1] != bought[2] == bought[3] == bought[4]
    quiet = attributed(made, pl.DataFrame([happened("call.completed", 5)]), objectives, AT)["episode"].to_list()
    assert quiet[0] == quiet[1] == quiet[2] == quiet[3] != quiet[4]


def test_a_calibrated_model_is_confirmed_whichever_step_of_a_cadence_an_action_is(small: Configuration) -> None:
    """Three touches a customer, of which each expects what then comes in its horizon: no ratio is far from 1."""
    rng = np.random.default_rng(2)
    rows, events = [], []
    for customer in range(4_000):
        bought = rng.exponential(200)
        if bought <= 60:
            events.append(happened("policy.purchased", bought) | {"id": f"p{customer}", "customer_id": str(customer)})
        for step, day in enumerate((0, 3, 7)):
            if bought > day:
                rows.append(decision(f"{customer}-{step}", day) | {"customer_id": str(customer), "action": f"s{step}"})
    decided = attributed(pl.DataFrame(rows), pl.DataFrame(events), small.workspace.objectives, AT + timedelta(days=60))
    decided = decided.with_columns(carried_out=pl.lit(True), predicted=pl.lit(1 - np.exp(-30 / 200)))
    evidence = evidence_of(decided)
    for action in ("s0", "s1", "s2"):
        assert evidence.of(action).trials > 3_000
        assert evidence.of(action).ratio(50) == pytest.approx(1, abs=0.08), action


def test_an_outcome_of_another_objective_or_product_counts_for_neither(small: Configuration) -> None:
    made = [decision("d1", 0, "renewal"), decision("d2", 1, "cross_sell", "health")]
    assert successes(small, made, [happened("policy.purchased", 2, product="motor")]) == []
    assert successes(small, made, [happened("policy.purchased", 2, product="health")]) == ["d2"]
    assert successes(small, made, [happened("policy.renewed", 2, product="motor")]) == ["d1"]


def test_what_comes_by_itself_is_earned_too(small: Configuration) -> None:
    decided = pl.DataFrame([decision("d1", 0, None), decision("d2", 3, None)], _DECIDED)
    bought = pl.DataFrame([happened("policy.purchased", 1, product="motor"), happened("policy.renewed", 9),
                           happened("policy.purchased", 18, product="motor")])  # fmt: skip
    margins = {"motor": 300.0}
    assert earned(decided, bought, small.workspace.objectives, margins, WINDOW).to_list() == [300.0, 1.0]


def test_evidence_counts_what_was_carried_out_and_is_settled() -> None:
    decided = pl.DataFrame(
        {"action": ["a", "a", "a", "b", None], "episode": [1, 2, 3, 4, 5],
         "carried_out": [True, True, False, True, True],
         "settled": [True, True, True, False, True], "predicted": [0.1, 0.3, 0.5, 0.2, None],
         "success": [True, False, True, True, False]}
    )  # fmt: skip
    assert evidence_of(decided).document == {"a": {"trials": 2, "expected": 0.4, "successes": 1}}


def test_what_is_repeated_in_an_episode_counts_once() -> None:
    decided = pl.DataFrame(
        {"action": ["a", "a", "b", "a"], "episode": [1, 1, 1, 2], "carried_out": True, "settled": True,
         "predicted": [0.2, 0.4, 0.5, 0.1], "success": [True, True, True, False]}
    )  # fmt: skip
    assert evidence_of(decided).document == {
        "a": {"trials": 2, "expected": pytest.approx(0.4), "successes": 1.0},
        "b": {"trials": 1, "expected": 0.5, "successes": 1.0},
    }


def test_a_home_learns_from_its_ledger_and_values_policies_on_it(parts: Composition) -> None:
    request = Request("next-action")
    scored = parts.scorer.score([f"c{i:03d}" for i in range(200)], NOW)
    made = parts.entries.enter(scored, parts.decider.decide(scored, request, NOW), request, NOW)
    bought = [d for d in made if d.chosen and d.chosen[0]["action"] == "call_first"][:20]
    rows = [{"id": f"x{i}", "source": "t", "type": "policy.purchased", "customer_id": d.customer_id,
             "time": NOW + timedelta(days=2), "product": "health"} for i, d in enumerate(bought)]  # fmt: skip
    schema = parts.configuration.workspace.event_schema
    append_events(parts.home, pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema))
    later = NOW + timedelta(days=62)
    value = evaluate_policy(parts.home, parts.outcomes, parts.experience, parts.configuration, None, later)
    # Nothing was drawn, so the policy is the one that was logged.
    assert value.evaluation.ips.value == pytest.approx(value.evaluation.logged.value)
    assert value.evaluation.logged.value == pytest.approx(
        (150 * len(bought) - sum(d.chosen[0]["cost"] for d in made if d.chosen)) / len(made)
    )
    assert parts.outcomes.learn(later).digest == parts.experience.evidence.digest


def test_customers_left_with_nothing_are_counted_by_rule(parts: Composition) -> None:
    from serving.decisions.coverage import coverage

    found = coverage(parts.contacts, parts.scorer, parts.decider, NOW)
    assert found.customers == 240
    assert found.nothing == sum(row["customers"] for row in found.rules)
    assert {row["lifecycle"] for row in found.lifecycle} == {"renewing", "potential"}
    assert sum(row["customers"] for row in found.lifecycle) == 240
