"""Priorities that count what an action changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.actions.catalogue import Catalogue
from leads.actions.reading import parse_catalogue
from leads.arbitration.counterfactual import changes_of
from leads.configuration.workspace import parse_workspace
from leads.errors import InvalidWorkspace
from leads.reasons.decision_wording import describe_change, describe_effect
from tests.frames import arbitrate

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)

WORKSPACE: dict[str, Any] = {
    "name": "w", "channels": ["call", "sms"],
    "events": {"call.attempted": {}, "sms.sent": {}, "policy.renewed": {}},
    "objectives": {
        "renewal": {
            "target": "policy.renewed", "horizon": "45d", "moments": {"known": True},
            "uplift": {"treatments": {"call": ["call.attempted"], "sms": ["sms.sent"]}, "within": "7d"},
        }
    },
}  # fmt: skip

RENEW: dict[str, Any] = {"objective": "renewal", "scene": "renewal", "value": 100}

ACTIONS: dict[str, Any] = {
    "scenes": {"renewal": {"zh": "续保", "en": "renewal"}},
    "passive_channels": ["content"],
    "contact": {"channels": {"call": {"consent": "none"}, "sms": {"consent": "none"}}},
    "actions": {
        "wait": {},
        "talk": RENEW | {"channel": "call", "cost": 5, "context": 1.2},
        "ring": RENEW | {"channel": "call", "cost": 5, "context": 0.6},
        "text": RENEW | {"channel": "sms", "cost": 0.1},
        "page": RENEW | {"channel": "content", "cost": 0.1},
    },
}


def catalogue(actions: dict[str, Any] = ACTIONS, workspace: dict[str, Any] = WORKSPACE) -> Catalogue:
    return parse_catalogue(actions | {"value_by": "uplift"}, parse_workspace(workspace))


WHOLE = ACTIONS | {"unproven": 1.0}
"""Where no effect is known, all of the chance counts."""


def effects(call: list[float | None], sms: list[float | None], score: float = 0.9) -> pl.DataFrame:
    return pl.DataFrame(
        {"uplift_renewal__call": call, "uplift_renewal__sms": sms, "score_renewal": [score] * len(call)},
        schema_overrides={"uplift_renewal__call": pl.Float64, "uplift_renewal__sms": pl.Float64},
    )


def chosen(call: list[float | None], sms: list[float | None], score: float = 0.9) -> list[str]:
    decisions = arbitrate(effects(call, sms, score), catalogue(), NOW)
    return [decisions.catalogue.actions[action].name for action in decisions.order[:, 0]]


def test_who_is_moved_by_a_call_is_called_and_who_is_driven_away_is_left_alone() -> None:
    assert chosen([0.2, -0.2, 0.0], [0.0, -0.1, 0.0]) == ["talk", "wait", "wait"]


def test_a_cheap_channel_wins_where_it_does_as_well_as_a_call() -> None:
    assert chosen([0.2, 0.3], [0.18, 0.05]) == ["text", "talk"]


def test_where_nothing_is_known_and_the_whole_chance_counts_so_do_the_own_contexts() -> None:
    plain = parse_catalogue(ACTIONS, parse_workspace(WORKSPACE))
    frame = effects([None, 0.0], [None, 0.01])
    counted, by_chance = (arbitrate(frame, each, NOW).priority for each in (catalogue(WHOLE), plain))
    np.testing.assert_array_equal(counted[0], by_chance[0])
    assert (counted[1, 1:] < by_chance[1, 1:]).all()


def test_a_home_without_effects_that_counts_the_whole_chance_decides_as_if_they_had_not_been_asked_for() -> None:
    plain = parse_catalogue(ACTIONS, parse_workspace(WORKSPACE))
    frame = pl.DataFrame({"score_renewal": [0.9, 0.1, None]})
    counted, by_chance = (arbitrate(frame, each, NOW).priority for each in (catalogue(WHOLE), plain))
    np.testing.assert_array_equal(counted, by_chance)


def test_where_no_effect_is_known_the_declared_share_of_the_chance_counts() -> None:
    cautious = catalogue(ACTIONS | {"unproven": 0.1})
    priority = arbitrate(effects([None, 0.2], [None, 0.1]), cautious, NOW).priority
    np.testing.assert_allclose(priority[0], [0, 0.1 * 0.9 * 120 - 5, 0.1 * 0.9 * 60 - 5, 8.9, 8.9])
    np.testing.assert_array_equal(priority[1], arbitrate(effects([0.2], [0.1]), catalogue(), NOW).priority[0])


def test_a_home_without_effects_counts_the_declared_share_for_everyone() -> None:
    frame = pl.DataFrame({"score_renewal": [0.9, 0.1]})
    priority = arbitrate(frame, catalogue(ACTIONS | {"unproven": 0.1}), NOW).priority
    np.testing.assert_allclose(priority[:, 3], [0.1 * 0.9 * 100 - 0.1, 0.1 * 0.1 * 100 - 0.1])


def test_by_default_contact_is_taken_to_move_the_log_odds_evenly() -> None:
    frame = pl.DataFrame({"score_renewal": [0.72, 0.95, 0.5, None]})
    priority = arbitrate(frame, catalogue(), NOW).priority
    np.testing.assert_allclose(priority[:2, 3], [0.0797 * 100 - 0.1, 0.0172 * 100 - 0.1], atol=0.02)
    assert priority[2, 3] > priority[0, 3] > priority[1, 3]


def test_who_renews_anyway_is_ranked_behind_those_whom_an_even_change_of_log_odds_moves_most() -> None:
    chance = np.random.default_rng(4).beta(5, 1.5, 2_000)
    moved = chance * np.exp(0.5) / (1 - chance + chance * np.exp(0.5)) - chance
    frame = pl.DataFrame({"score_renewal": chance})
    shares = {}
    for name, unproven in (("log_odds", {"log_odds": 0.44}), ("share", 0.1)):
        priority = arbitrate(frame, catalogue(ACTIONS | {"unproven": unproven}), NOW).priority[:, 1]
        shares[name] = moved[np.argsort(-priority)[:600]].sum() / moved.sum()
    assert shares["log_odds"] > 0.36
    assert shares["share"] < 0.3


def hinted(hint: list[float | None], effect: float | None = None, **more: Any) -> list[float]:
    """The priorities of a text, by what is hinted at beyond the declared."""
    nothing: list[float | None] = [effect] * len(hint)
    hints = pl.Series("hint_renewal__sms", hint, dtype=pl.Float64)
    frame = effects([None] * len(hint), nothing, score=0.72).with_columns(hints)
    priority = arbitrate(frame, catalogue(ACTIONS | more), NOW).priority
    found: list[float] = priority[:, 3].tolist()
    return found


def test_what_is_hinted_at_of_each_is_added_to_what_is_declared_for_all() -> None:
    moved, usual, driven_away, unknown = hinted([0.44, 0.0, -0.64, None])
    assert usual == unknown == pytest.approx(0.0797 * 100 - 0.1, abs=0.02)
    assert moved == pytest.approx(0.1411 * 100 - 0.1, abs=0.02)
    assert driven_away == pytest.approx(-0.0420 * 100 - 0.1, abs=0.02)


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=20))
def test_of_equal_chances_who_is_hinted_to_be_moved_more_never_comes_later(hints: list[float]) -> None:
    priority = np.array(hinted(list(hints)))
    assert (np.diff(priority[np.argsort(hints, kind="stable")]) >= 0).all()


def test_a_hint_at_one_channel_leaves_the_others_as_declared() -> None:
    frame = effects([None], [None], score=0.72).with_columns(pl.Series("hint_renewal__sms", [1.0]))
    _, talk, ring, text, page = arbitrate(frame, catalogue(), NOW).priority[0]
    assert (talk, ring, page) == pytest.approx((0.0797 * 120 - 5, 0.0797 * 60 - 5, 0.0797 * 100 - 0.1), abs=0.02)
    assert text > page


@pytest.mark.parametrize("unproven", [{"log_odds": 0.44, "hints": False}, 0.1])
def test_hints_do_not_count_where_the_catalogue_wants_none_or_takes_a_share(unproven: object) -> None:
    first, second = hinted([2.0, None], unproven=unproven)
    assert first == second


def test_a_hint_is_no_effect_and_nobody_is_said_to_be_known_by_it() -> None:
    frame = effects([None], [None]).with_columns(pl.Series("hint_renewal__sms", [1.0]))
    assert not arbitrate(frame, catalogue(), NOW).by_effect(0).any()


def test_an_effect_that_is_proven_on_average_is_each_customers_own_as_far_as_hinted() -> None:
    moved, usual, driven_away = hinted([0.5, None, -0.8], effect=0.1)
    assert usual == pytest.approx(0.1 * 100 - 0.1)
    assert moved == pytest.approx((0.1 + 0.5 * 0.72 * 0.28) * 100 - 0.1)
    assert driven_away == pytest.approx((0.1 - 0.8 * 0.72 * 0.28) * 100 - 0.1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"unproven": {"log_odds": 0.4, "hints": "some"}},
        {"unproven": -0.1},
        {"unproven": 1.2},
        {"unproven": "little"},
        {"unproven": {"log_odds": -1}},
        {"unproven": {"odds": 1}},
        {"unproven": 0.1, "value_by": "propensity"},
    ],
)
def test_a_share_that_cannot_count_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidWorkspace, match="unproven"):
        declared(**({"value_by": "uplift"} | wrong))


def test_a_treatment_that_nobody_measured_changes_nothing_beside_one_that_was() -> None:
    assert chosen([0.2, None], [None, 0.2]) == ["talk", "text"]
    assert chosen([-0.1], [None]) == ["wait"]


def test_the_priority_is_uplift_times_value_less_cost_whatever_the_propensity() -> None:
    frame = pl.DataFrame(
        {"uplift_renewal__call": [0.2, 0.2], "uplift_renewal__sms": [0.0, 0.0], "score_renewal": [0.9, 0.01]}
    )
    priority = arbitrate(frame, catalogue(), NOW).priority
    np.testing.assert_allclose(priority[:, 1], 0.2 * 100 - 5)
    np.testing.assert_allclose(priority[:, 2], 0.1 * 100 - 5)


def test_an_unknown_event_of_a_treatment_is_refused_by_name() -> None:
    wrong = {"treatments": {"call": ["call.imagined"]}, "within": "7d"}
    document = WORKSPACE | {"objectives": {"renewal": WORKSPACE["objectives"]["renewal"] | {"uplift": wrong}}}
    with pytest.raises(InvalidWorkspace, match=r"call\.imagined"):
        parse_workspace(document)


def test_contact_of_any_kind_is_shared_by_channels_and_content_is_no_contact() -> None:
    asked = {"treatments": {"any": ["call.attempted", "sms.sent"]}, "within": "7d"}
    document = WORKSPACE | {"objectives": {"renewal": WORKSPACE["objectives"]["renewal"] | {"uplift": asked}}}
    pooled = catalogue(workspace=document)
    frame = pl.DataFrame({"uplift_renewal__any": [0.12], "score_renewal": [0.5]})
    priority = arbitrate(frame, pooled, NOW).priority[0]
    np.testing.assert_allclose(priority, [0, 0.12 * 100 - 5, 0.06 * 100 - 5, 0.1 * 100 - 0.1, -0.1], rtol=1e-4)


def test_an_actions_own_context_in_sql_takes_its_share_of_the_uplift() -> None:
    document = ACTIONS | {
        "actions": ACTIONS["actions"] | {"ring": ACTIONS["actions"]["ring"] | {"context": "warm * 2"}}
    }
    counted = catalogue(document)
    frame = pl.DataFrame(
        {"uplift_renewal__call": [0.2], "uplift_renewal__sms": [0.0], "score_renewal": [0.5], "warm": [0.3]}
    )
    priority = arbitrate(frame, counted, NOW).priority[0]
    np.testing.assert_allclose(priority[2], 0.2 * 0.6 / 1.2 * 100 - 5, rtol=1e-4)


def test_an_uplift_of_an_actions_own_is_added_to_that_of_contact_where_it_is_counted() -> None:
    document = WHOLE | {"actions": ACTIONS["actions"] | {"talk": ACTIONS["actions"]["talk"] | {"uplift": 0.1}}}
    priority = arbitrate(effects([-0.04, None], [None, None], 0.5), catalogue(document), NOW).priority
    np.testing.assert_allclose(priority[0, 1], (-0.04 + 0.1) * 100 - 5)
    np.testing.assert_allclose(priority[0, 2], -0.04 * 0.5 * 100 - 5)
    np.testing.assert_allclose(priority[1, 1], 0.5 * 1.2 * 100 - 5)


def test_an_uplift_beside_a_propensity_of_its_own_is_refused() -> None:
    care = {"propensity": 0.1, "uplift": 0.1, "scene": "renewal", "channel": "call"}
    with pytest.raises(InvalidWorkspace, match="uplift"):
        catalogue(ACTIONS | {"actions": ACTIONS["actions"] | {"care": care}})


@pytest.mark.parametrize("like", ["renewal", "imagined"])
def test_an_effect_like_one_that_tells_no_answers_is_refused(like: str) -> None:
    renewal = WORKSPACE["objectives"]["renewal"]
    other = renewal | {"uplift": renewal["uplift"] | {"like": like}}
    with pytest.raises(InvalidWorkspace, match=r"uplift\.answers"):
        parse_workspace(WORKSPACE | {"objectives": {"renewal": renewal, "cross_sell": other}})


def test_an_effect_like_one_that_tells_answers_is_accepted() -> None:
    renewal = WORKSPACE["objectives"]["renewal"]
    told = renewal | {"uplift": renewal["uplift"] | {"answers": {"talk": "ln(talked + 1)"}}}
    other = renewal | {"uplift": renewal["uplift"] | {"like": "renewal"}}
    workspace = parse_workspace(WORKSPACE | {"objectives": {"renewal": told, "cross_sell": other}})
    uplift = workspace.objectives["cross_sell"].uplift
    assert uplift is not None and uplift.like == "renewal"


def declared(**more: Any) -> Catalogue:
    return parse_catalogue(ACTIONS | more, parse_workspace(WORKSPACE))


def test_a_catalogue_values_by_propensity_unless_it_says_otherwise() -> None:
    frame = effects([0.2], [0.0])
    usual, told, asked = (
        arbitrate(frame, each, NOW).priority
        for each in (declared(), declared(value_by="propensity"), declared(value_by="uplift"))
    )
    np.testing.assert_array_equal(usual, told)
    np.testing.assert_array_equal(asked, arbitrate(frame, catalogue(), NOW).priority)
    assert usual[0, 1] == pytest.approx(0.9 * 1.2 * 100 - 5)


@pytest.mark.parametrize(
    "wrong", [{"value_by": "luck"}, {"value_by": "uplift", "priority": ["propensity", "value", "cost"]}]
)
def test_what_cannot_be_valued_by_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidWorkspace, match="value_by"):
        declared(**wrong)


def test_uplift_that_no_objective_declares_is_refused() -> None:
    renewal = {key: value for key, value in WORKSPACE["objectives"]["renewal"].items() if key != "uplift"}
    workspace = parse_workspace(WORKSPACE | {"objectives": {"renewal": renewal}})
    with pytest.raises(InvalidWorkspace, match="no objective"):
        parse_catalogue(ACTIONS | {"value_by": "uplift"}, workspace)


def test_the_effect_of_contact_is_what_a_decision_is_told_to_rest_on() -> None:
    # 0.2 × 100 − 5 by a call, 0.1 × 100 − 0.1 by a text; by the chance alone 0.9 × 100 − 5 and 0.9 × 100 − 0.1.
    decisions = arbitrate(effects([0.2], [0.1]), catalogue(), NOW)
    first = int(decisions.order[0, 0])
    changes = {c.part: decisions.catalogue.actions[c.action] for c in changes_of(decisions, 0, first)}
    assert decisions.catalogue.actions[first].name == "talk"
    assert changes["effect"].name == "text"
    assert describe_change("effect", changes["effect"])["en"].startswith("without the effect of contact")
    assert "触达效果" in describe_change("effect", changes["effect"])["zh"]
    assert "context" not in changes


def test_without_the_chance_there_is_no_effect_either() -> None:
    decisions = arbitrate(effects([0.2], [0.0], score=0.01), catalogue(), NOW)
    changes = {c.part: decisions.catalogue.actions[c.action].name for c in changes_of(decisions, 0, 1)}
    assert changes["propensity"] == "text"


@pytest.mark.parametrize(
    ("effect", "zh", "en"),
    [
        (0.0523, "触达使续保可能提高 5.2 个百分点", "contact raises the chance of a renewal by 5.2 points"),
        (-0.01, "触达使续保可能降低 1.0 个百分点", "contact lowers the chance of a renewal by 1.0 points"),
        (0.0001, "触达对续保可能几乎没有影响", "contact hardly changes the chance of a renewal"),
    ],
)
def test_an_effect_is_told_in_both_languages(effect: float, zh: str, en: str) -> None:
    document = WORKSPACE | {
        "objectives": {"renewal": WORKSPACE["objectives"]["renewal"] | {"label": {"zh": "续保", "en": "renewal"}}}
    }
    assert describe_effect(parse_workspace(document), "renewal", effect) == {"zh": zh, "en": en}


def test_what_an_action_adds_by_itself_is_said_too() -> None:
    told = describe_effect(parse_workspace(WORKSPACE), "renewal", -0.02, 0.03)
    assert told["zh"].endswith("；此动作本身提高 3.0 个百分点")
    assert told["en"].endswith("; this action by itself raises it by 3.0")


uplifts = st.none() | st.floats(-1, 1)


@given(
    rows=st.lists(st.tuples(uplifts, uplifts, st.none() | st.floats(0, 1)), min_size=1, max_size=20),
)
def test_one_customer_is_decided_on_as_among_others(rows: list[tuple[float | None, ...]]) -> None:
    names = ("uplift_renewal__call", "uplift_renewal__sms", "score_renewal")
    frame = pl.DataFrame(rows, dict.fromkeys(names, pl.Float64()), orient="row")
    whole = arbitrate(frame, catalogue(), NOW)
    for row in range(len(frame)):
        alone = arbitrate(frame[row : row + 1], catalogue(), NOW)
        np.testing.assert_array_equal(alone.priority[0], whole.priority[row])
        np.testing.assert_array_equal(alone.by_effect(0), whole.by_effect(row))


def test_content_counts_its_share_of_the_effect_of_the_channel_that_it_is_like() -> None:
    likened = catalogue(ACTIONS | {"passive_channels": {"content": "call"}})
    page = likened.actions.positions(channel="content")[0]
    priority = arbitrate(effects([0.12, -0.12], [0.0, 0.0]), likened, NOW).priority[:, page]
    np.testing.assert_allclose(priority, [0.12 / 1.2 * 100 - 0.1, -0.12 / 1.2 * 100 - 0.1])


def test_content_that_is_like_no_channel_of_contact_is_refused_by_name() -> None:
    with pytest.raises(InvalidWorkspace, match=r"passive_channels\.content.*call, sms"):
        catalogue(ACTIONS | {"passive_channels": {"content": "pigeon"}})
