"""A promised callback, and a retry, pass the rests and caps that the workspace names for them, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from features.configuration import Configuration
from leads.actions.reading import parse_catalogue
from leads.configuration.workspace import Workspace
from leads.contact.policy import CALLBACK_DUE, RETRY_DUE
from leads.errors import InvalidWorkspace
from tests.frames import arbitrate

EASED = {
    CALLBACK_DUE: {"rest_after_dial", "rest_after_talk", "rest_after_no_answers", "weekly_calls", "weekly_contacts"},
    RETRY_DUE: {"rest_after_dial", "weekly_calls"},
}


@pytest.mark.parametrize("column", EASED)
def test_a_due_call_is_refused_by_no_eased_rule_and_by_all_others_as_before(
    insurer: Configuration, random_frame: Callable[[int, int], pl.DataFrame], now: datetime, column: str
) -> None:
    eased = EASED[column]
    limits = [limit.window.feature for limit in insurer.catalogue.contact.limits if limit.rule.name not in eased]
    frame = random_frame(400, 3).with_columns(pl.lit(0.0).alias(name) for name in limits)
    frame = frame.with_columns(consent_call=True, age=40.0)
    usual = arbitrate(frame, insurer.catalogue, now)
    due = arbitrate(frame.with_columns(pl.lit(True).alias(column)), insurer.catalogue, now)
    passed = 0
    for position, action in enumerate(insurer.catalogue.actions):
        for row in range(len(frame)):
            before, after = usual.refusal(row, position), due.refusal(row, position)
            if before is None or action.channel != "call" or before.rule.name not in eased:
                assert after == before
            else:
                assert after is None or after.rule.name not in eased
                passed += after is None
    assert passed > 10


@pytest.mark.parametrize("key", ["callbacks", "retries"])
def test_consent_is_never_passed(actions_document: dict[str, Any], workspace: Workspace, key: str) -> None:
    actions_document["contact"][key] = ["consent"]
    with pytest.raises(InvalidWorkspace, match=rf"contact\.{key}"):
        parse_catalogue(actions_document, workspace)


def test_a_time_that_leads_are_kept_for_is_not_negative(actions_document: dict[str, Any], workspace: Workspace) -> None:
    actions_document["queue"] = {"reserve": "-1h"}
    with pytest.raises(InvalidWorkspace, match=r"queue\.reserve.*0 or more"):
        parse_catalogue(actions_document, workspace)
