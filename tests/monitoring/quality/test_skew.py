"""What decisions went by is the same when it is worked out again from the lake, and where it is not that is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from monitoring.population.sample import Sample
from monitoring.quality.skew import Skew, findings, skew
from monitoring.record.tables import Tables, reading
from serving.clock import Clock, microseconds
from serving.composition import Composition
from serving.decisions.batch import Request
from serving.events.stream import Event
from tests.serving.small_home import NOW
from tests.serving.small_service import with_other

CUSTOMERS = [f"c{number:03d}" for number in range(40)]
END = NOW + timedelta(hours=2)


@pytest.fixture
def parts(parts: Composition) -> Composition:
    """Its clock shows NOW, as its home's does."""
    clock = Clock.starting_at(NOW)
    clock.keep(parts.home)
    return with_other(parts, clock=clock)


def decide(parts: Composition, minutes: float = 60) -> None:
    """Decisions about 40 customers, so long after now, to the microsecond; recorded."""
    request, at = Request("next-action"), NOW + timedelta(minutes=minutes, microseconds=1234)
    scored = parts.scorer.score(CUSTOMERS, at)
    parts.entries.enter(scored, parts.decider.decide(scored, request, at), request, at)
    parts.recorder.drain()


def tell(parts: Composition, customer: str, name: str, minutes: float) -> None:
    """An event of so long after now, which is applied and recorded."""
    at = microseconds(NOW + timedelta(minutes=minutes))
    parts.stream.accept([Event(name, "web", "quote.requested", customer, at, {"product": "motor"})], NOW)
    applied = parts.stream.applied()
    for partition in range(parts.stream.partitions):
        entries = parts.stream.read(partition, applied[partition])
        if entries:
            parts.application.apply(entries, NOW)
    parts.recorder.drain()


def looked(parts: Composition) -> tuple[Skew, list[str]]:
    def look(tables: Tables) -> tuple[Skew, list[str]]:
        found = skew(tables, Sample.of(parts.home, END))
        return found, [one.key for one in findings(tables, found)]

    return reading(parts.home, END, look)


def test_logged_features_are_those_of_the_record_to_one_in_a_thousand_million(parts: Composition) -> None:
    tell(parts, "c001", "q-live", 0)
    decide(parts)
    found, told = looked(parts)
    assert (found.compared, found.differing) == (len(CUSTOMERS), 0)
    assert told == []


def test_what_was_on_its_way_when_it_was_decided_is_left_out(parts: Composition) -> None:
    decide(parts, minutes=0.5)
    tell(parts, "c002", "q-late", -30)
    found, told = looked(parts)
    assert (found.compared, found.left_out, found.differing) == (len(CUSTOMERS) - 1, 1, 0)
    assert told == []


def test_a_state_that_is_not_the_records_is_found_with_its_feature(parts: Composition) -> None:
    decide(parts)
    for path in (parts.home.lake / "decisions").rglob("*.parquet"):
        frame = pl.read_parquet(path)
        frame.with_columns(pl.col("document").map_elements(_moved, pl.String)).write_parquet(path)
    found, told = looked(parts)
    assert found.differing == len(CUSTOMERS)
    assert told == ["skew:quote_requested__count_7d"]


def _moved(document: str) -> str:
    made = json.loads(document)
    made["inputs"]["quote_requested__count_7d"] += 1e-6
    return json.dumps(made)


def test_decisions_under_another_workspace_say_nothing(parts: Composition) -> None:
    decide(parts)
    found = reading(parts.home, END, lambda tables: skew(_other(tables), Sample.of(parts.home, END)))
    assert found.compared == found.left_out == 0


def _other(tables: Tables) -> Tables:
    other = replace(tables.configuration.workspace, digest="another")
    configuration = replace(tables.configuration, workspace=other)

    class Elsewhere(Tables):
        @property
        def configuration(self):  # type: ignore[no-untyped-def]
            return configuration

    return Elsewhere(tables.connection, tables.home, tables.until)
