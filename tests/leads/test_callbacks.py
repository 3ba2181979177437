"""A promised callback passes the rests and caps that the workspace names, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from features.configuration import Configuration
from leads.arbitration import decide
from leads.catalogue import parse_catalogue
from leads.contact import CALLBACK_DUE
from leads.errors import InvalidWorkspace
from leads.workspace import Workspace

EASED = {"rest_after_dial", "rest_after_talk", "rest_after_no_answers", "weekly_calls", "weekly_contacts"}


def test_a_due_callback_is_refused_by_no_eased_rule_and_by_all_others_as_before(
    insurer: Configuration, random_frame: Callable[[int, int], pl.DataFrame], now: datetime
) -> None:
    limits = [limit.recall.feature for limit in insurer.catalogue.contact.limits if limit.rule.name not in EASED]
    frame = random_frame(400, 3).with_columns(pl.lit(0.0).alias(name) for name in limits)
    frame = frame.with_columns(consent_call=True, age=40.0)
    usual = decide(frame, insurer.catalogue, now)
    due = decide(frame.with_columns(pl.lit(True).alias(CALLBACK_DUE)), insurer.catalogue, now)
    passed = 0
    for position, action in enumerate(insurer.catalogue.actions):
        for row in range(len(frame)):
            before, after = usual.refusal(row, position), due.refusal(row, position)
            if before is None or action.channel != "call" or before.rule.name not in EASED:
                assert after == before
            else:
                assert after is None or after.rule.name not in EASED
                passed += after is None
    assert passed > 10


def test_consent_is_never_passed(actions_document: dict[str, Any], workspace: Workspace) -> None:
    actions_document["contact"]["callbacks"] = ["consent"]
    with pytest.raises(InvalidWorkspace, match=r"contact\.callbacks"):
        parse_catalogue(actions_document, workspace)


def test_a_time_that_leads_are_kept_for_is_not_negative(actions_document: dict[str, Any], workspace: Workspace) -> None:
    actions_document["queue"] = {"reserve": "-1h"}
    with pytest.raises(InvalidWorkspace, match=r"queue\.reserve.*0 or more"):
        parse_catalogue(actions_document, workspace)
