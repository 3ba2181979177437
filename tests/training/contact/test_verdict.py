"""When an effect of contact may be used, and as what."""

from __future__ import annotations

import pytest

from training.contact.found import Estimate, Found
from training.contact.verdict import LEVEL, Asked, Counts, judged, proven

MANY = Counts(trials=1_000, treated=400, successes=100)


def found(average: float, slope: float, top: float = 0.05) -> Found:
    """Of errors of one point, and of 0.2 of the slope."""
    shares = (Estimate(value, 0.01) for value in (average, top, 2 * average - top, 2 * (top - average)))
    return Found(*shares, Estimate(slope, 0.2), said=average, open=1.0)


@pytest.mark.parametrize(
    ("shown", "form"),
    [
        (found(0.05, 1.0), "each"),
        (found(0.05, 0.1), "even"),
        (found(0.0, 1.0), "each"),
        (found(0.0, 0.1), None),
        (found(-0.05, 0.1, top=-0.04), None),
        (found(-0.05, 1.0, top=-0.01), None),
    ],
)
def test_what_helps_is_used_of_each_or_on_average_and_harm_never(shown: Found, form: str | None) -> None:
    assert judged(MANY, MANY, shown, Asked()).form == form


def test_harm_is_said() -> None:
    why = judged(MANY, MANY, found(-0.05, 0.1, top=-0.04), Asked()).why
    assert "contact does harm" in why.en
    assert "触达有损" in why.zh


@pytest.mark.parametrize(
    ("shown", "alone", "like_another"),
    [
        (found(0.05, 1.0), "each", "each"),
        (found(0.01, 0.2), None, "each"),
        (found(0.01, -1.0), None, None),
        (found(-0.05, 0.2), None, None),
    ],
)
def test_what_other_outcomes_have_proven_is_used_unless_the_own_ones_speak_against_it(
    shown: Found, alone: str | None, like_another: str | None
) -> None:
    assert judged(MANY, MANY, shown, Asked()).form == alone
    assert judged(MANY, MANY, shown, Asked(shown="each")).form == like_another


def test_two_claims_share_the_level() -> None:
    once = Found(*(Estimate(1.8, 1.0) for _ in range(4)), Estimate(-1.0, 1.0), said=0.0, open=1.0)
    assert once.average.chance == pytest.approx(0.036, abs=0.001)
    assert proven(once, 0.05) is None
    assert proven(once, 0.08) == "even"


def test_more_questions_and_more_looks_leave_less_to_each() -> None:
    first, others = Asked.of(1, 1), [Asked.of(2, 1), Asked.of(1, 3), Asked.of(9, 1)]
    assert all(other.level < first.level for other in others)
    assert sum(Asked.of(look, 3).level for look in range(1, 1_000)) * 3 <= LEVEL
