"""What the hot store keeps of a decision is small, and gives the whole document back."""

from __future__ import annotations

import json

import msgspec
import pytest

from leads.errors import NotFound
from serving.composition import Composition
from serving.decisions.batch import Request
from serving.decisions.ledger import Decision
from serving.decisions.rows import DecisionRows
from tests.serving.small_home import NOW


def decided(parts: Composition) -> list[Decision]:
    scored = parts.scorer.score([f"c{i:03d}" for i in range(40)], NOW)
    request = Request("next-action", limit=2, explain=2)
    return parts.entries.enter(scored, parts.decider.decide(scored, request, NOW), request, NOW)


def test_a_decision_is_read_as_it_was_made(parts: Composition) -> None:
    for made in decided(parts):
        found = parts.ledger.read(made.id)
        assert found["inputs"] == made.inputs
        assert found["rejected"] == made.rejected
        assert found["chosen"] == json.loads(msgspec.json.encode(made.chosen))
        assert found["marginal_probability"] == made.marginal_probability


def test_it_takes_a_fraction_of_its_document(parts: Composition) -> None:
    made = decided(parts)
    kept = sum(parts.client.strlen(parts.keyspace.decision(one.id)) for one in made)
    whole = sum(len(json.dumps(parts.ledger.read(one.id))) for one in made)
    assert kept < whole / 2


def test_another_process_reads_it_and_so_does_the_lake(parts: Composition) -> None:
    made = decided(parts)
    kept = parts.client.get(parts.keyspace.decision(made[0].id))
    other = DecisionRows(parts.home, parts.configuration)
    assert json.loads(other.text(kept)) == parts.ledger.read(made[0].id)
    parts.recorder.drain()
    parts.client.delete(parts.keyspace.decision(made[0].id))
    assert parts.ledger.read(made[0].id) == json.loads(other.text(kept))


def test_what_its_contact_was_for_outlives_the_row(parts: Composition) -> None:
    made = next(one for one in decided(parts) if one.chosen)
    parts.client.delete(parts.keyspace.decision(made.id))
    (purpose,) = parts.purposes.of([made.id, "dec-none"])
    assert (purpose.id, purpose.action) == (made.id, made.chosen[0]["action"])
    with pytest.raises(NotFound):
        parts.ledger.read(made.id)


def test_a_document_of_the_version_before_is_read_as_it_is(parts: Composition) -> None:
    made = next(one for one in decided(parts) if one.chosen)
    document = parts.ledger.read(made.id)
    parts.client.delete(parts.keyspace.purpose(made.id))
    parts.client.set(parts.keyspace.decision(made.id), json.dumps(document))
    assert parts.ledger.read(made.id) == document
    (purpose,) = parts.purposes.of([made.id])
    assert purpose.customer_id == made.customer_id
