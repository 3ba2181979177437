"""A callback has a time that somebody can keep; without one it is due when the workspace says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leads.configuration.section import Section
from leads.contact.attempts import Attempts
from leads.contact.policy import ChannelPolicy
from leads.contact.recycling import Reachable
from leads.distribution.queueing import Queueing, parse_queueing
from leads.errors import InvalidInput

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def queueing(**declared: Any) -> Queueing:
    return parse_queueing(Section.of("actions.yaml", "queue", declared))


def test_one_without_a_time_is_refused() -> None:
    with pytest.raises(InvalidInput, match="callback_at"):
        queueing().check_callback("callback", None, NOON)


def test_one_without_a_time_is_due_when_the_workspace_says() -> None:
    declared = queueing(recycling={"callback": "1d"})
    declared.check_callback("callback", None, NOON)
    anybody = Reachable(("+8613800000000",), ChannelPolicy(None, None, tuple(range(7)), ()), {})
    assert declared.recycling.next_try("callback", Attempts(), anybody, NOON) == NOON + timedelta(days=1)


@pytest.mark.parametrize(("declared", "days"), [({}, 90), ({"callback_horizon": "14d"}, 14)])
def test_one_may_be_promised_up_to_the_declared_horizon(declared: dict[str, str], days: int) -> None:
    queueing(**declared).check_callback("callback", NOON + timedelta(days=days), NOON)
    with pytest.raises(InvalidInput, match="within"):
        queueing(**declared).check_callback("callback", NOON + timedelta(days=days, seconds=1), NOON)
