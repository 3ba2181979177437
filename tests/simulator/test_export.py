from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from leads.errors import InvalidInput
from leads.history import History
from simulator import export
from simulator.events import EVENTS
from simulator.tags import CUSTOMERS

ADAPTER = Path(__file__).parents[2] / "workspaces" / "insurer" / "adapter.py"


@pytest.fixture(scope="module")
def adapter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("insurer_adapter", ADAPTER)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(ADAPTER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_written_is_read_back_identically(history: History, adapter: ModuleType, tmp_path: Path) -> None:
    back = adapter.read(export.write(history, tmp_path / "new"))
    assert_frame_equal(back.customers, history.customers)
    assert_frame_equal(back.events, history.events)
    assert back.observed_until == history.observed_until


def test_csv_files_are_read_in_any_order(history: History, adapter: ModuleType, tmp_path: Path) -> None:
    events, customers = tmp_path / "b.csv", tmp_path / "a.csv.gz"
    history.events.head(20_000).write_csv(events)
    history.customers.write_csv(customers, compression="gzip")
    back = adapter.read([events, customers])
    assert_frame_equal(back.customers, history.customers)
    assert_frame_equal(back.events, history.events.head(20_000))
    assert back.observed_until == history.customers["at"].max()


def test_the_adapter_and_the_simulator_agree_on_the_schemas(adapter: ModuleType) -> None:
    assert adapter.CUSTOMERS == CUSTOMERS
    assert adapter.EVENTS == EVENTS


def test_a_missing_column_is_named(history: History, adapter: ModuleType, tmp_path: Path) -> None:
    customers, events = export.write(history, tmp_path)
    history.customers.drop("region").write_parquet(customers)
    with pytest.raises(InvalidInput, match="region"):
        adapter.read([customers, events])


def test_an_export_may_say_nothing_of_languages(history: History, adapter: ModuleType, tmp_path: Path) -> None:
    customers, events = export.write(history, tmp_path)
    history.customers.drop("language").write_parquet(customers)
    back = adapter.read([customers, events])
    assert back.customers["language"].null_count() == len(history.customers)
    assert_frame_equal(back.customers.drop("language"), history.customers.drop("language"))


def test_a_missing_file_kind_is_named(history: History, adapter: ModuleType, tmp_path: Path) -> None:
    customers, events = export.write(history, tmp_path)
    with pytest.raises(InvalidInput, match="events"):
        adapter.read([customers])
    with pytest.raises(InvalidInput, match="customers"):
        adapter.read([events])


def test_a_value_of_the_wrong_type_is_named(history: History, adapter: ModuleType, tmp_path: Path) -> None:
    customers, events = export.write(history, tmp_path)
    history.customers.with_columns(age=pl.lit("old")).write_parquet(customers)
    with pytest.raises(InvalidInput, match=r"age.*old"):
        adapter.read([customers, events])


def test_an_unknown_file_type_is_refused(adapter: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="xlsx"):
        adapter.read([tmp_path / "book.xlsx"])
