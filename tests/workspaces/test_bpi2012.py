"""BPI Challenge 2012: the log as CSV and as XES, point in time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from features.configuration import load
from leads.errors import InvalidInput
from tests.workspaces.official import LOG, Row, history, written, zipped


def event(row: Row) -> str:
    _, _, _, activity, transition, resource, time = row
    who = f'<string key="org:resource" value="{resource}"/>' if resource else ""
    when = time.replace(" ", "T")
    return (
        f'<event>{who}<string key="lifecycle:transition" value="{transition}"/>'
        f'<string key="concept:name" value="{activity}"/><date key="time:timestamp" value="{when}"/></event>'
    )


def trace(case: str) -> str:
    rows = [row for row in LOG.rows if row[0] == case]
    registered = rows[0][2].replace(" ", "T")
    return (
        f'<trace><date key="REG_DATE" value="{registered}"/><string key="concept:name" value="{case}"/>'
        f'<string key="AMOUNT_REQ" value="{rows[0][1]}"/>{"".join(map(event, rows))}</trace>'
    )


XES = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<!-- made up -->\n'
    '<log xes.version="1.0" xmlns="http://www.xes-standard.org/">'
    '<string key="concept:name" value="made up"/>'
    '<global scope="event"><string key="concept:name" value="none"/></global>'
    f"{trace('1')}{trace('2')}</log>"
)


def test_the_xes_log_and_its_export_agree(tmp_path: Path) -> None:
    exported = LOG.history(tmp_path)
    for file in (written(tmp_path / "log.xes", XES), zipped(tmp_path / "log.xes.gz", XES)):
        original = history("bpi2012", file)
        assert_frame_equal(original.customers, exported.customers)
        assert_frame_equal(original.events, exported.events)


def test_times_are_brought_to_utc(tmp_path: Path) -> None:
    found = LOG.history(tmp_path)
    assert found.customers["at"][0] == datetime(2011, 9, 30, 22, 38, 44, 546_000, tzinfo=UTC)
    assert found.observed_until == datetime(2011, 10, 12, 9, tzinfo=UTC)


def test_states_are_types_and_work_items_are_typed_with_their_transition(tmp_path: Path) -> None:
    found = LOG.history(tmp_path)
    assert set(found.events["type"]) == {"a_submitted", "w_nabellen_offertes.start", "a_approved"}


def test_a_longer_log_keeps_the_ids_of_its_beginning(tmp_path: Path) -> None:
    short, long = LOG.only(0, 1, 3).history(tmp_path), LOG.history(tmp_path)
    known = long.events.filter(long.events["id"].is_in(short.events["id"].to_list()))
    assert_frame_equal(known, short.events)


def test_an_application_is_known_from_its_first_entry(tmp_path: Path) -> None:
    found = LOG.with_value(3, "case:REG_DATE", "").history(tmp_path)
    assert found.customers["at"].to_list()[1] == datetime(2011, 10, 3, 7, tzinfo=UTC)


def test_a_decided_application_leaves_the_population() -> None:
    configuration = load("bpi2012")
    population = configuration.workspace.objectives["conversion"].population
    assert population is not None
    assert set(population.columns) == {f"a_{state}__since_last_days" for state in ("approved", "declined", "cancelled")}


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("concept:name", "A_UNHEARD_OF", "concept:name"),
        ("lifecycle:transition", "SUSPEND", "lifecycle:transition"),
        ("time:timestamp", "yesterday", "time:timestamp"),
        ("time:timestamp", "2011-10-02 10:00:00", "time:timestamp"),
        ("time:timestamp", "", "time:timestamp"),
        ("case:AMOUNT_REQ", "much", "case:AMOUNT_REQ"),
        ("case:concept:name", "", "case:concept:name"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(column: str, value: str, field: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        LOG.with_value(1, column, value).history(tmp_path)
    assert caught.value.errors[0].field == field


def test_a_broken_xes_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="event log"):
        history("bpi2012", written(tmp_path / "log.xes", XES[:-10]))
