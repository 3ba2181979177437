from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.adapters import read_files
from features.checking import Checked
from features.configuration import load
from leads.errors import InvalidInput
from leads.history import History
from simulator import export
from simulator.events import EVENTS
from simulator.tags import CUSTOMERS

NOW = datetime(2026, 11, 28, tzinfo=UTC)
ADAPTER = Path(__file__).parents[2] / "workspaces" / "insurer" / "adapter.py"


@pytest.fixture(scope="module")
def adapter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("insurer_adapter", ADAPTER)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(ADAPTER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(*files: Path) -> Checked:
    return read_files(load("insurer"), files, NOW)


def assert_same(back: pl.DataFrame, written: pl.DataFrame, *keys: str) -> None:
    assert_frame_equal(back.select(written.columns).sort(*keys), written.sort(*keys))


def test_what_is_written_is_read_back_identically(history: History, tmp_path: Path) -> None:
    back = read(*export.write(history, tmp_path / "new"))
    assert len(back.refused) == 0
    assert_same(back.history.customers, history.customers, "customer_id", "at")
    assert_same(back.history.events, history.events, "id")
    assert back.history.observed_until == history.observed_until


def test_csv_files_are_read_in_any_order(history: History, tmp_path: Path) -> None:
    events, customers = tmp_path / "b.csv", tmp_path / "a.csv.gz"
    history.events.head(20_000).write_csv(events)
    history.customers.write_csv(customers, compression="gzip")
    back = read(events, customers)
    assert len(back.refused) == 0
    assert_same(back.history.customers, history.customers, "customer_id", "at")
    assert_same(back.history.events, history.events.head(20_000), "id")
    assert back.history.observed_until == history.customers["at"].max()


def test_the_adapter_and_the_simulator_agree_on_the_schemas(adapter: ModuleType) -> None:
    assert adapter.CUSTOMERS == CUSTOMERS
    assert adapter.EVENTS == EVENTS


def test_a_missing_column_is_named(history: History, adapter: ModuleType, tmp_path: Path) -> None:
    customers, events = export.write(history, tmp_path)
    history.customers.drop("region").write_parquet(customers)
    with pytest.raises(InvalidInput, match="region"):
        adapter.read([customers, events])


def test_an_export_may_say_nothing_of_languages(history: History, tmp_path: Path) -> None:
    customers, events = export.write(history, tmp_path)
    history.customers.drop("language").write_parquet(customers)
    back = read(customers, events).history.customers
    assert back["language"].null_count() == len(history.customers)
    assert_same(back, history.customers.drop("language"), "customer_id", "at")


def test_a_missing_file_kind_is_named(history: History, adapter: ModuleType, tmp_path: Path) -> None:
    customers, events = export.write(history, tmp_path)
    with pytest.raises(InvalidInput, match="events"):
        adapter.read([customers])
    with pytest.raises(InvalidInput, match="customers"):
        adapter.read([events])


def test_a_value_of_the_wrong_type_is_named_and_the_rest_of_its_row_kept(history: History, tmp_path: Path) -> None:
    customers, events = export.write(history, tmp_path)
    ages = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("old")).otherwise(pl.col("age").cast(pl.String))
    history.customers.with_columns(age=ages).write_parquet(customers)
    back = read(customers, events)
    (row,) = back.refused.rows.to_dicts()
    assert (row["file"], row["row"], row["column"], row["value"]) == ("customers.parquet", 1, "age", "old")
    assert len(back.history.customers) == len(history.customers)


def test_a_workbook_is_told_from_a_text(adapter: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04sheet")
    with pytest.raises(InvalidInput, match=r"xlsx.*an Excel workbook.*save it as CSV"):
        adapter.read([tmp_path / "book.xlsx"])
