"""The policy book and the consents, as they stand at a moment."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from features.configuration import Configuration
from features.history import states_at
from features.value import feature_frame
from leads.errors import InvalidInput
from tests.features.conftest import START, event, history_of
from tests.features.test_fold import features_at
from tests.frames import expand


def test_a_policy_is_active_from_purchase_to_expiry(small: Configuration) -> None:
    bought = [event("policy.purchased", 10, product="health", premium=600.0)]
    assert features_at(small, bought, 11)["policy_health_active"][0] is True
    assert features_at(small, bought, 10 + 366)["policy_health_active"][0] is False


def test_a_stated_expiry_wins_over_the_products_term(small: Configuration) -> None:
    bought = [event("policy.purchased", 0, product="motor", expires_at=START + timedelta(days=30))]
    assert features_at(small, bought, 10)["policy_next_expiry_days"][0] == pytest.approx(20)


def test_without_a_stated_expiry_the_products_term_counts(small: Configuration) -> None:
    assert features_at(small, [event("policy.purchased", 0, product="motor")], 30)["policy_motor_expiry_days"][
        0
    ] == pytest.approx(150)


def test_a_lapse_ends_a_policy_and_a_later_purchase_revives_it(small: Configuration) -> None:
    bought = event("policy.purchased", 0, product="health", premium=600.0)
    lapsed = event("policy.lapsed", 5, product="health")
    again = event("policy.purchased", 9, product="health", premium=650.0)
    after_lapse = features_at(small, [bought, lapsed], 6)
    assert (after_lapse["policies_active"][0], after_lapse["policies_lapsed"][0]) == (0.0, 1.0)
    revived = features_at(small, [again, lapsed, bought], 10)
    assert (revived["policies_active"][0], revived["policy_premium_active"][0]) == (1.0, 650.0)
    assert revived["policy_health_held_days"][0] == pytest.approx(10)


def test_the_next_product_is_that_of_the_policy_that_expires_first(small: Configuration) -> None:
    both = [event("policy.purchased", 0, product="health"), event("policy.purchased", 300, product="motor")]
    assert features_at(small, both, 310)["policy_next_product"][0] == "health"
    assert features_at(small, both[1:], 310)["policy_next_product"][0] == "motor"


@pytest.mark.parametrize(("days", "left"), [(179, 1.0), (185, -5.0), (193, -13.0), (195, None)])
def test_a_policy_in_its_days_of_grace_is_still_the_next_to_expire(
    small: Configuration, days: float, left: float | None
) -> None:
    frame = features_at(small, [event("policy.purchased", 0, product="motor")], days)
    assert frame["policy_next_expiry_days"][0] == (None if left is None else pytest.approx(left))
    assert frame["policy_next_product"][0] == (None if left is None else "motor")
    assert frame["policy_motor_active"][0] == (days < 180)


def test_who_lapsed_in_the_days_of_grace_has_nothing_left_to_renew(small: Configuration) -> None:
    ended = [event("policy.purchased", 0, product="motor"), event("policy.lapsed", 183, product="motor")]
    assert features_at(small, ended, 185)["policy_next_expiry_days"][0] is None


def test_someone_without_policies_has_none_and_no_expiry(small: Configuration) -> None:
    frame = features_at(small, [event("quote.requested", 0, product="health")], 1)
    assert (frame["policies_ever"][0], frame["policy_next_expiry_days"][0]) == (0.0, None)
    assert frame["policy_next_product"][0] is None


def test_the_disposition_do_not_call_withdraws_the_consent_to_calls(small: Configuration) -> None:
    calls = [event("call.completed", 1, disposition="do_not_call", talk_seconds=3.0)]
    assert features_at(small, calls, 2)["consent_call"][0] is False


def test_the_latest_word_on_consent_counts(small: Configuration) -> None:
    words = [
        event("consent.changed", 5, channel="call", consent=True),
        event("consent.changed", 2, channel="call", consent=False),
    ]
    assert features_at(small, words, 6)["consent_call"][0] is True


def test_a_consent_given_with_a_newer_profile_counts_over_an_older_event(small: Configuration) -> None:
    history = history_of(small, [event("consent.changed", 5, channel="call", consent=False)])
    layout = small.layout
    states = [
        states_at(small.workspace, view, pl.Series(["a"]), history.events)
        for view in (layout.interactions, layout.standing)
    ]
    for known_after, expected in ((4, False), (6, True)):
        profile = pl.DataFrame({
            "customer_id": ["a"], "age": [1.0], "region": ["x"], "consent_call": [True],
            "consent_call__told": [(START + timedelta(days=known_after)).timestamp() * 1e6],
        })  # fmt: skip
        frame = feature_frame(layout, profile, *states, START + timedelta(days=10))
        assert frame["consent_call"][0] is expected


def test_expansion_gives_each_row_what_is_known_of_its_product(small: Configuration) -> None:
    events = [
        event("policy.purchased", 0, product="health", premium=600.0),
        event("quote.requested", 1, product="motor"),
    ]
    frame = expand(small.layout, features_at(small, events, 8), "each", ["health", "motor"])
    assert frame["product"].to_list() == ["health", "motor"]
    assert frame["this__active"].to_list() == [True, False]
    assert frame["this__quote_requested__count_7d"].to_list() == [0.0, 0.5]
    assert frame["this__price"].to_list() == [600.0, 3000.0]
    assert dict(frame.schema) == {"customer_id": pl.String()} | small.layout.schema | small.layout.product_schema


def test_expansion_by_expiry_leaves_those_without_a_policy_without_a_product(small: Configuration) -> None:
    frame = expand(small.layout, features_at(small, [event("quote.requested", 0, product="motor")], 1), "expiring")
    assert (frame["product"][0], frame["this__price"][0], frame["this__active"][0]) == (None, None, None)


def test_an_unknown_way_of_expansion_is_refused(small: Configuration) -> None:
    with pytest.raises(InvalidInput, match="each"):
        expand(small.layout, features_at(small, [event("quote.requested", 0, product="motor")], 1), "all")
