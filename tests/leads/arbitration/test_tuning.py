"""Arms and evidence as the arbitration takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from leads.actions.catalogue import Catalogue
from leads.actions.reading import parse_catalogue
from leads.arbitration.arms import assign
from leads.arbitration.evidence import NOTHING, Evidence, Response
from leads.arbitration.tuning import tune
from leads.configuration.workspace import Workspace
from tests.frames import arbitrate

IDS = [f"C{i}" for i in range(400)]


@pytest.fixture
def catalogue(actions_document: dict[str, Any], workspace: Workspace) -> Catalogue:
    actions_document["arms"] = {"gentle": {"share": 0.3, "levers": {"objective": {"keep": 0.1}}, "exploration": 0.2}}
    return parse_catalogue(actions_document, workspace)


def test_every_customer_is_in_one_arm_with_its_share(catalogue: Catalogue, now: datetime) -> None:
    arms = assign(catalogue.experiments, IDS, now, "Asia/Shanghai")
    shares = {arms.name(row): arms.share(row) for row in range(len(IDS))}
    assert shares == {"control": 0.1, "gentle": 0.3, "treatment": pytest.approx(0.6)}
    assert {arms.name(row): arms.exploration(row) for row in range(len(IDS))} == {
        "control": 0.0, "gentle": 0.2, "treatment": 0.0,
    }  # fmt: skip


def test_an_arms_levers_are_its_customers_own(catalogue: Catalogue, customers: Any, now: datetime) -> None:
    arms = assign(catalogue.experiments, IDS, now, "Asia/Shanghai")
    decisions = arbitrate(customers(*[{}] * 400), catalogue, now, tuning=tune(catalogue, NOTHING, IDS, arms))
    keep = [action.name for action in catalogue.actions].index("keep_call")
    for row in range(400):
        assert decisions.parts(row, keep).lever == pytest.approx(0.2 if arms.name(row) == "gentle" else 3.0)


def test_evidence_moves_the_propensity_that_is_shown(catalogue: Catalogue, customers: Any, now: datetime) -> None:
    arms = assign(catalogue.experiments, IDS[:1], now, "Asia/Shanghai")
    evidence = Evidence({"win_call": Response(1000, 80.0, 130)})
    decisions = arbitrate(customers(), catalogue, now, tuning=tune(catalogue, evidence, IDS[:1], arms))
    win = [action.name for action in catalogue.actions].index("win_call")
    assert decisions.parts(0, win).propensity == pytest.approx(0.1 * 150 / 100)
    assert np.all(decisions.propensity <= 1)


def test_no_arms_need_no_hashing(actions_document: dict[str, Any], workspace: Workspace, now: datetime) -> None:
    actions_document["control_share"] = 0
    arms = assign(parse_catalogue(actions_document, workspace).experiments, IDS, now, "Asia/Shanghai")
    assert {arms.name(row) for row in range(400)} == {"treatment"}
