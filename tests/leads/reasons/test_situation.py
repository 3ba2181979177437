"""Why actions that pursue no prediction are offered: in words, from what they ask for."""

from __future__ import annotations

from typing import Any

import pytest

from features.configuration import Configuration
from leads.reasons.known import Known
from leads.reasons.situation import situation
from leads.words.bilingual import Text
from tests.leads.reasons.conftest import LOCAL


def spoken(insurer: Configuration, name: str, **row: Any) -> list[Text]:
    (action,) = (action for action in insurer.catalogue.actions if action.name == name)
    known = Known(insurer.workspace, row, None, LOCAL)
    return [item.words.text() for item in situation(insurer.layout.repertoire, insurer.catalogue, action, known)]


def test_the_conditions_come_first_and_what_never_happened_is_passed_over(insurer: Configuration) -> None:
    row = {
        "policy_next_expiry_days": 12.0, "policy_next_product": "motor", "policy_motor_expiry_days": 12.0,
        "web_page_viewed__count_30d": 3.0, "web_page_viewed__since_last_days": 2.0, "complaint_opened__count_90d": 0.0,
    }  # fmt: skip
    assert spoken(insurer, "listening_call", **row) == [
        {"zh": "车险还有 12 天到期（12月13日）", "en": "the motor insurance ends in 12 days, on 13 December"},
        {"zh": "前天看过产品的页面，近来有好几次", "en": "looked at our products two days ago, several times lately"},
    ]


def test_a_step_of_a_play_is_told_by_its_day(insurer: Configuration) -> None:
    play = next(play for play in insurer.catalogue.cadence.plays if play.name == "onboarding")
    (only,) = spoken(insurer, "policy_review_wecom", play__onboarding_day=3.4, sent__policy_review_wecom_days=None)
    assert only == {"zh": f"{play.label['zh']}：第 3 天", "en": f"{play.label['en']}: day 3"}


@pytest.mark.parametrize("missing", [{}, {"policy_next_expiry_days": None}])
def test_of_what_is_unknown_nothing_is_told(insurer: Configuration, missing: dict[str, Any]) -> None:
    assert spoken(insurer, "listening_call", **missing) == []


def test_every_action_without_an_objective_can_say_why(insurer: Configuration) -> None:
    row = dict.fromkeys(insurer.layout.schema, 5.0) | {"policy_next_product": "motor"}
    names = [a.name for a in insurer.catalogue.actions if a.objective is None and a.name != "wait"]
    assert names and [name for name in names if not spoken(insurer, name, **row)] == []
