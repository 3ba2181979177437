"""When an effect of contact may be used."""

from __future__ import annotations

import pytest

from training.contact.halves import Halves
from training.contact.verdict import Counts, judged

MANY = Counts(trials=1_000, treated=400, successes=100)


@pytest.mark.parametrize(
    ("interval", "alone", "shown"),
    [((0.01, 0.05), True, True), ((-0.02, 0.03), False, True), ((-0.05, -0.01), False, False)],
)
def test_what_other_outcomes_have_proven_is_used_unless_the_own_ones_speak_against_it(
    interval: tuple[float, float], alone: bool, shown: bool
) -> None:
    found = Halves(top=0.02, bottom=0.01, everyone=0.015, interval=interval)
    assert judged(MANY, MANY, found).used is alone
    assert judged(MANY, MANY, found, shown=True).used is shown
