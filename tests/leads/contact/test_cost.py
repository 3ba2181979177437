"""What an action costs: minutes, money, and the customer's patience."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from leads.actions.catalogue import Catalogue
from leads.actions.reading import parse_catalogue
from leads.arbitration.counterfactual import changes_of
from leads.configuration.workspace import Workspace
from leads.contact.cost import Cost
from leads.errors import InvalidWorkspace
from leads.reasons.decision_wording import describe_change
from tests.frames import arbitrate

TIRING = "1 + 0.5 * call_completed__count_7d"


def priced(document: dict[str, Any], workspace: Workspace, price: Any, **changes: Any) -> Catalogue:
    document = deepcopy(document) | {"fatigue_price": price}
    document["actions"]["win_call"] |= changes
    return parse_catalogue(document, workspace)


def cost_of(catalogue: Catalogue, name: str) -> Cost:
    (action,) = (action for action in catalogue.actions if action.name == name)
    return action.cost


def test_a_contact_weighs_by_its_channel_and_content_that_is_found_weighs_nothing(catalogue: Catalogue) -> None:
    weights = {name: cost_of(catalogue, name).fatigue for name in ("win_call", "keep_motor", "win_content", "wait")}
    assert weights == {"win_call": 1.0, "keep_motor": 0.4, "win_content": 0.0, "wait": 0.0}


def test_weights_are_declared_by_channel_and_by_action(actions_document: dict[str, Any], workspace: Workspace) -> None:
    actions_document["contact"]["channels"]["call"]["fatigue"] = 2
    catalogue = priced(actions_document, workspace, 1, cost={"minutes": 5, "fatigue": 3})
    assert cost_of(catalogue, "keep_call") == Cost(money=4, fatigue=2)
    assert cost_of(catalogue, "win_call") == Cost(minutes=5, agent=5, fatigue=3)


def test_without_a_price_nothing_changes(catalogue: Catalogue, customers: Any, now: datetime) -> None:
    decisions = arbitrate(customers(), catalogue, now)
    parts = [decisions.parts(0, position) for position in range(len(catalogue.actions))]
    assert [(part.cost, part.fatigue) for part in parts] == [(action.cost.fixed, 0) for action in catalogue.actions]
    assert any(part.cost > 0 for part in parts)


@pytest.mark.parametrize("rows", [2, 20])
def test_the_price_of_patience_grows_with_what_is_declared(
    actions_document: dict[str, Any], workspace: Workspace, customers: Any, now: datetime, rows: int
) -> None:
    frame = customers(*[{"call_completed__count_7d": calls} for calls in (0.0, 1.5)] * (rows // 2))
    usual = arbitrate(frame, parse_catalogue(actions_document, workspace), now)
    tired = arbitrate(frame, priced(actions_document, workspace, TIRING), now)
    names = [action.name for action in tired.catalogue.actions]
    call, message = names.index("keep_call"), names.index("win_content")
    for row, price in ((0, 1.0), (1, 1.75)):
        assert usual.priority[row, call] - tired.priority[row, call] == pytest.approx(price)
        assert tired.priority[row, message] == usual.priority[row, message]
        parts = tired.parts(row, call)
        assert (parts.agent, parts.money, parts.fatigue) == (0, 4, price)
        assert parts.cost == pytest.approx(parts.agent + parts.money + parts.fatigue)


def test_a_price_below_zero_pays_nobody_to_call(
    actions_document: dict[str, Any], workspace: Workspace, customers: Any, now: datetime
) -> None:
    decisions = arbitrate(customers(), priced(actions_document, workspace, "0 - age"), now)
    assert decisions.fatigue_price.tolist() == [0]
    with pytest.raises(InvalidWorkspace, match="fatigue_price"):
        priced(actions_document, workspace, -1)


def test_a_priority_without_cost_counts_no_fatigue(
    actions_document: dict[str, Any], workspace: Workspace, customers: Any, now: datetime
) -> None:
    catalogue = priced(actions_document | {"priority": ["propensity", "value"]}, workspace, 50)
    decisions = arbitrate(customers(), catalogue, now)
    assert not decisions.cost(0).any()


def test_fatigue_is_told_where_it_decides(
    actions_document: dict[str, Any], workspace: Workspace, customers: Any, now: datetime
) -> None:
    # A call is worth 500 × 0.12 − 5.5 = 54.5, content 12 − 0; a patience of 50 turns that round.
    catalogue = priced(actions_document, workspace, 50)
    frame = customers({"score_win": 0.12, "score_keep": None, "policy_health_active": True})
    decisions = arbitrate(frame, catalogue, now)
    first = int(decisions.order[0, 0])
    changes = {change.part: catalogue.actions[change.action] for change in changes_of(decisions, 0, first)}
    assert catalogue.actions[first].name == "win_content"
    assert changes["fatigue"].name == "win_call"
    assert describe_change("fatigue", changes["fatigue"]) == {
        "zh": "若不计触达疲劳，则会选“首单电话”", "en": "without the fatigue of contact it would be: first call",
    }  # fmt: skip


def test_the_sample_insurer_prices_patience(insurer: Any, random_frame: Any) -> None:
    frame = random_frame(40, 3)
    whole = arbitrate(frame, insurer.catalogue, datetime.fromisoformat("2026-07-01T02:00:00+00:00"))
    assert whole.fatigue_price.min() == 2.2
    assert whole.fatigue_price.max() > 2.2


def test_what_contact_takes_of_the_next_renewal_is_part_of_the_price(insurer: Any, random_frame: Any) -> None:
    known = {"cap__monthly_contacts": 0.0, "policy_next_product": "health", "toll_renewal": 0.02}
    left = [10.0, 90.0, 91.0, -1.0, None]
    frame = random_frame(len(left), 3).with_columns(
        *(pl.lit(value).alias(name) for name, value in known.items()),
        pl.Series("policy_next_expiry_days", left, dtype=pl.Float64),
    )
    now = datetime.fromisoformat("2026-07-01T02:00:00+00:00")
    kept = insurer.workspace.products["health"].margin * 3 + 300
    dear = 2.2 + 0.02 * kept
    assert arbitrate(frame, insurer.catalogue, now).fatigue_price.tolist() == pytest.approx([dear, dear, 2.2, 2.2, 2.2])
    unknown = frame.with_columns(pl.lit(None, pl.Float64).alias("toll_renewal"))
    assert arbitrate(unknown, insurer.catalogue, now).fatigue_price.tolist() == [2.2] * len(left)
    assert arbitrate(frame.drop("toll_renewal"), insurer.catalogue, now).fatigue_price.tolist() == [2.2] * len(left)
