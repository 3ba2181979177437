"""What came of decisions, and what is learned from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features.configuration import Configuration
from features.lake import append_events
from leads.history import TIME
from monitoring.offpolicy.ledger import evaluate_policy
from serving.decisions.attribution import attributed, earned
from serving.decisions.deciding import Request
from serving.decisions.next_action import decide, record
from serving.decisions.outcomes import evidence_of, learn
from serving.services import Services
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
    found = attributed(
        decided, pl.DataFrame(events, schema), small.workspace.objectives, WINDOW, AT + timedelta(days=20)
    )
    return found.filter("success")["id"].to_list()


def test_an_outcome_counts_for_the_latest_decision_before_it(small: Configuration) -> None:
    made = [decision("d1", 0), decision("d2", 3), decision("d3", 9)]
    assert successes(small, made, [happened("policy.purchased", 5)]) == ["d2"]


def test_an_outcome_that_names_its_decision_counts_for_that_one(small: Configuration) -> None:
    made = [decision("d1", 0), decision("d2", 3)]
    assert successes(small, made, [happened("policy.purchased", 5, names="d1")]) == ["d1"]


def test_an_outcome_after_the_window_counts_for_nobody(small: Configuration) -> None:
    for names in (None, "d1"):
        assert successes(small, [decision("d1", 0)], [happened("policy.purchased", 14, names=names)]) == []
        assert successes(small, [decision("d1", 0)], [happened("policy.purchased", 13.9, names=names)]) == ["d1"]


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
        {"action": ["a", "a", "a", "b", None], "carried_out": [True, True, False, True, True],
         "settled": [True, True, True, False, True], "predicted": [0.1, 0.3, 0.5, 0.2, None],
         "success": [True, False, True, True, False]}
    )  # fmt: skip
    assert evidence_of(decided).document == {"a": {"trials": 2, "expected": 0.4, "successes": 1}}


def test_a_home_learns_from_its_ledger_and_values_policies_on_it(services: Services) -> None:
    request = Request("next-action")
    scored = services.scorer.score([f"c{i:03d}" for i in range(200)], NOW)
    made = record(services, scored, decide(services, scored, request, NOW), request, NOW)
    bought = [d for d in made if d.chosen and d.chosen[0]["action"] == "call_first"][:20]
    rows = [{"id": f"x{i}", "source": "t", "type": "policy.purchased", "customer_id": d.customer_id,
             "time": NOW + timedelta(days=2), "product": "health"} for i, d in enumerate(bought)]  # fmt: skip
    schema = services.configuration.workspace.event_schema
    append_events(services.home, pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema))
    later = NOW + timedelta(days=30)
    value = evaluate_policy(services, services.configuration, None, later, clip=10)
    # Nothing was drawn, so the policy is the one that was logged.
    assert value.evaluation.ips.value == pytest.approx(value.evaluation.logged.value)
    assert value.evaluation.logged.value == pytest.approx(
        (150 * len(bought) - sum(d.chosen[0]["cost"] for d in made if d.chosen)) / len(made)
    )
    assert learn(services, later).digest == services.experience.evidence.digest


def test_customers_left_with_nothing_are_counted_by_rule(services: Services) -> None:
    from serving.decisions.coverage import coverage

    found = coverage(services, NOW)
    assert found.customers == 240
    assert found.nothing == sum(row["customers"] for row in found.rules)
    assert {row["lifecycle"] for row in found.lifecycle} == {"renewing", "potential"}
    assert sum(row["customers"] for row in found.lifecycle) == 240
