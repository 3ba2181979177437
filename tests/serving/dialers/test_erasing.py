"""What is kept for dialers of a customer who is erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from serving.composition import Composition
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.vicidial.lead_records import LeadRecords
from serving.dialers.vicidial.ranks import LOWEST
from tests.serving.dialers.conftest import Fed
from tests.serving.small_service import NOW


@pytest.fixture
def patience() -> timedelta:
    """No worker runs beside these tests."""
    return timedelta(0)


def erased(parts: Composition, customer_id: str, apply: Callable[[], None]) -> None:
    parts.erasure.erase(customer_id, NOW)
    apply()
    assert parts.cleaning.step() == 1


def test_the_dead_letters_on_them_go_and_those_on_others_stay(parts: Composition, apply: Callable[[], None]) -> None:
    letters = [DeadLetters(parts.client, parts.keyspace, name) for name in ("vicidial:main", "other")]
    for about in letters:
        for customer_id, phone in (("c003", "9"), ("c004", "4"), (None, "5"), (None, "3")):
            about.put("dispo", "no such lead", customer_id, {"phone": f"1380000000{phone}"}, NOW)
    erased(parts, "c003", apply)
    assert [[letter.customer_id for letter in about.list()] for about in letters] == [["c004", None]] * 2


def test_their_numbers_leave_the_book_and_their_ranks_are_lowered_nonetheless(
    parts: Composition, fed: Fed, apply: Callable[[], None]
) -> None:
    fed.feeder.round()
    book = LeadRecords(parts.client, parts.keyspace, fed.settings.name)
    ranked = book.ranked()[0]
    erased(parts, ranked.customer_id, apply)
    kept = book.lead(ranked.customer_id)
    assert kept is not None and kept.phone == ""
    fed.feeder.round()
    lowered = book.lead(ranked.customer_id)
    assert lowered is not None and (lowered.lead_id, lowered.rank) == (ranked.lead_id, LOWEST)
