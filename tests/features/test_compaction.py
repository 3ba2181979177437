"""Compaction: fewer files, the same rows, whatever interrupts it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from features.compaction import compact, finish_all
from features.configuration import Configuration
from features.home import Home
from features.lake import append_customers, append_events, read_customers, read_events
from tests.features.conftest import START, event, history_of


@pytest.fixture
def home(small: Configuration, tmp_path: Path) -> Home:
    """A home into which twenty events of one day came one by one."""
    made = Home.create(tmp_path / "home", small, START)
    history = history_of(small, [event("quote.requested", i / 100, product="motor") for i in range(20)])
    for row in range(20):
        append_events(made, history.events[row : row + 1])
    return made


def files(home: Home) -> list[Path]:
    return sorted(home.lake.glob("events/*/*.parquet"))


def rows(home: Home) -> int:
    return sum(len(pl.read_parquet(file)) for file in files(home))


def test_the_small_files_of_a_day_become_one(home: Home) -> None:
    before = read_events(home)
    assert compact(home) == 1
    assert len(files(home)) == 1
    assert read_events(home).equals(before)
    assert compact(home) == 0


def test_what_stops_after_the_joined_file_stands_is_completed(home: Home) -> None:
    parts = files(home)
    folder = parts[0].parent
    pl.concat([pl.read_parquet(part) for part in parts]).write_parquet(folder / "all.parquet")
    plan = {"into": "all.parquet", "files": [part.name for part in parts]}
    (folder / ".compact-all.json").write_text(json.dumps(plan))
    finish_all(home)
    assert (len(files(home)), rows(home)) == (1, 20)


def test_what_stops_before_it_stands_has_not_happened(home: Home) -> None:
    folder = files(home)[0].parent
    plan = {"into": "all.parquet", "files": [part.name for part in files(home)]}
    (folder / ".compact-all.json").write_text(json.dumps(plan))
    finish_all(home)
    assert (len(files(home)), rows(home)) == (20, 20)
    assert not list(folder.glob(".compact-*"))


def test_of_two_records_of_one_time_the_later_still_counts(small: Configuration, tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", small, START)
    customers = history_of(small, [event("quote.requested", 1, product="motor")]).customers
    for age in range(16):
        append_customers(home, customers.with_columns(age=pl.lit(float(age))))
    assert compact(home) == 1
    assert read_customers(home)["age"].to_list()[:1] == [15.0]
