"""What holds of every ready workspace's adapter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from features.configuration import load
from leads.errors import InvalidInput, NotFound
from leads.history import History
from tests.workspaces.official import LOG, TABLES, Table, history, written, zipped

each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.workspace)
each_file = pytest.mark.parametrize("table", [*TABLES, LOG], ids=lambda table: table.workspace)
NOT_READ = "duration"
REQUIRED = [
    (table, column) for table in (*TABLES, LOG) for column in table.header if column not in (table.target, NOT_READ)
]


def same(one: History, other: History) -> bool:
    assert_frame_equal(one.customers, other.customers)
    assert_frame_equal(one.events, other.events)
    return one.observed_until == other.observed_until


@each_file
def test_plain_and_gzip_files_agree_whatever_they_are_called(table: Table, tmp_path: Path) -> None:
    plain = written(tmp_path / "plain.csv.gz", table.text())
    packed = zipped(tmp_path / "packed.csv", table.text())
    assert same(history(table.workspace, plain), history(table.workspace, packed))


@pytest.mark.parametrize(("table", "column"), REQUIRED, ids=lambda value: getattr(value, "workspace", value))
def test_a_renamed_column_is_refused_by_its_official_name(table: Table, column: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        table.renamed(column, "other").history(tmp_path)
    assert caught.value.errors[0].field == column
    assert "other" in caught.value.detail


@each_file
def test_a_missing_file_is_said_to_be_missing(table: Table, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nowhere\.csv"):
        history(table.workspace, tmp_path / "nowhere.csv")


@each_file
@pytest.mark.parametrize("text", ["", "\0\1\2"])
def test_a_file_of_another_kind_is_refused(table: Table, text: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        history(table.workspace, written(tmp_path / "other.csv", text))


@each_file
def test_a_torn_archive_is_refused(table: Table, tmp_path: Path) -> None:
    torn = zipped(tmp_path / "torn.csv.gz", table.text())
    torn.write_bytes(torn.read_bytes()[:-12])
    with pytest.raises(InvalidInput, match=r"torn\.csv\.gz"):
        history(table.workspace, torn)


@each_table
def test_a_file_with_a_header_only_is_refused(table: Table, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="at least one row"):
        table.only().history(tmp_path)


@each_table
def test_a_target_that_is_neither_is_refused_by_name(table: Table, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=f"^{table.target} = 'perhaps'"):
        table.with_value(0, table.target, "perhaps").history(tmp_path)


@each_table
def test_rows_without_target_are_censored_and_come_without_events(table: Table, tmp_path: Path) -> None:
    objective = next(iter(load(table.workspace).workspace.objectives.values()))
    found = table.without(table.target).history(tmp_path)
    assert found.events.is_empty()
    assert len(found.customers) == len(table.rows)
    assert (found.customers["at"] <= found.observed_until).all()
    assert (found.customers["at"] + objective.horizon > found.observed_until).all()


@each_table
def test_outcomes_settle_within_the_horizon_and_the_record(table: Table, tmp_path: Path) -> None:
    objective = next(iter(load(table.workspace).workspace.objectives.values()))
    found = table.history(tmp_path)
    settled = found.events.join(found.customers.select("customer_id", "at"), on="customer_id")
    assert len(settled)
    assert (settled["time"] > settled["at"]).all()
    assert (settled["time"] <= settled["at"] + objective.horizon).all()
    assert (found.customers["at"] + objective.horizon <= found.observed_until).all()


@each_table
def test_labelled_rows_stay_labelled_beside_rows_to_be_scored(table: Table, tmp_path: Path) -> None:
    objective = next(iter(load(table.workspace).workspace.objectives.values()))
    renumbered = table.without(table.target)
    if table.key:
        for row in range(len(table.rows)):
            renumbered = renumbered.with_value(row, table.key, str(100 + row))
    known = written(tmp_path / "known.csv", table.text())
    to_score = written(tmp_path / "to_score.csv", renumbered.text())
    both = history(table.workspace, known, to_score)
    censored = both.customers["at"] + objective.horizon > both.observed_until
    assert censored.sum() == len(table.rows)
    assert_frame_equal(both.events, history(table.workspace, known).events)


@pytest.mark.parametrize("table", [t for t in TABLES if not t.key], ids=lambda table: table.workspace)
def test_customers_are_numbered_from_one_over_all_files(table: Table, tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.csv", table.text()), written(tmp_path / "b.csv", table.text())
    ids = history(table.workspace, first, second).customers["customer_id"].cast(int).sort().to_list()
    assert ids == list(range(1, 2 * len(table.rows) + 1))


@each_file
def test_event_ids_are_unique_and_the_same_in_every_run(table: Table, tmp_path: Path) -> None:
    one, other = table.history(tmp_path), table.history(tmp_path)
    assert one.events["id"].is_unique().all()
    assert same(one, other)


@each_table
def test_a_column_that_nobody_reads_changes_nothing(table: Table, tmp_path: Path) -> None:
    more = replace(table, header=(*table.header, "note"), rows=tuple((*row, "x") for row in table.rows))
    assert same(table.history(tmp_path), more.history(tmp_path))


def test_the_fixed_moment_of_a_source_without_times_lets_every_label_settle(tmp_path: Path) -> None:
    found = [table.history(tmp_path) for table in TABLES[1:]]
    assert len(found) > 2
    assert {history.customers["at"].n_unique() for history in found} == {1}
    assert {history.observed_until - history.customers["at"][0] for history in found} == {timedelta(days=30)}
