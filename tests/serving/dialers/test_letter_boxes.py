"""Dead letters of all endpoints and dialers in one place."""

from __future__ import annotations

import pytest

from leads.errors import InvalidInput, NotFound
from serving.composition import Composition
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.letter_boxes import LetterBox
from serving.events.stream import Event

EVENT = Event("q-1", "test", "quote.requested", "c002", 0, {})


def put(parts: Composition, name: str, kind: str, content: dict[str, str]) -> str:
    """The id of a letter."""
    letters = DeadLetters(parts.client, parts.keyspace, name)
    letters.put(kind, "status 500, 3 times", "c002", content, parts.clock.now())
    return letters.list()[-1].id


def test_every_declared_endpoint_and_dialer_has_its_box(parts: Composition) -> None:
    put(parts, "webhook:crm", "delivery", {"event": EVENT.written()})
    boxes = parts.letter_boxes.all()
    assert [(box.kind, box.name) for box in boxes] == [("webhook", "crm"), ("dialer", "main"), ("dialer", "other")]
    assert boxes[1] == LetterBox("dialer", "main", dead=0)
    assert boxes[0] == LetterBox("webhook", "crm", dead=1, waiting=0, disabled=None)


def test_a_webhooks_letter_waits_again_also_where_nothing_was_sent_any_more(parts: Composition) -> None:
    letter = put(parts, "webhook:crm", "delivery", {"event": EVENT.written()})
    parts.outbox.disable("crm", "status 410")
    parts.letter_boxes.retry("webhook", "crm", letter, parts.clock.now())
    assert parts.letter_boxes.all()[0] == LetterBox("webhook", "crm", dead=0, waiting=1, disabled=None)


def test_a_report_that_still_cannot_be_taken_stays(parts: Composition) -> None:
    letter = put(parts, "other", "report", {"body": "{"})
    with pytest.raises(InvalidInput):
        parts.letter_boxes.retry("dialer", "other", letter, parts.clock.now())
    assert [each.id for each in parts.letter_boxes.letters("dialer", "other", 10)] == [letter]


def test_a_letter_is_dropped_once(parts: Composition) -> None:
    letter = put(parts, "other", "report", {"body": "{"})
    parts.letter_boxes.drop("dialer", "other", letter)
    with pytest.raises(NotFound):
        parts.letter_boxes.drop("dialer", "other", letter)


@pytest.mark.parametrize(("kind", "name"), [("webhook", "moon"), ("dialer", "moon"), ("moon", "crm")])
def test_a_box_that_there_is_not_is_told(parts: Composition, kind: str, name: str) -> None:
    with pytest.raises(NotFound, match="moon"):
        parts.letter_boxes.letters(kind, name, 10)
