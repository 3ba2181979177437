"""Back-dated events do not scatter the lake: what is old is kept a folder a month, and is read like the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.compaction import compact
from features.home import Home
from features.lake import append_events, read_events
from leads.history import TIME
from tests.serving.small_home import write_workspace

DAYS = st.integers(0, 400)
END = datetime(2026, 3, 4, 4, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home", write_workspace(tmp_path / "configuration"), END)


def events(times: list[datetime], stem: str = "e") -> pl.DataFrame:
    rows = {"id": [f"{stem}{i}" for i in range(len(times))], "time": pl.Series(times, dtype=TIME)}
    return pl.DataFrame(rows).with_columns(
        source=pl.lit("test"), type=pl.lit("lead.created"), customer_id=pl.lit("c"), product=pl.lit(None, pl.String)
    )


def folders(home: Home) -> list[str]:
    return sorted(folder.name for folder in (home.lake / "events").iterdir())


def test_a_thousand_events_on_a_thousand_days_make_a_folder_a_month(home: Home) -> None:
    append_events(home, events([END - timedelta(days=day) for day in range(1000)]))
    assert len(folders(home)) <= 32 + 1000 / 28
    assert folders(home)[-1] == "date=2026-03-04" and folders(home)[0] == "date=2023-06"
    assert len(read_events(home)) == 1000


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(DAYS, min_size=1, max_size=20), window=st.tuples(DAYS, DAYS))
def test_any_window_reads_what_lies_in_it(home: Home, days: list[int], window: tuple[int, int]) -> None:
    stem = f"{days}{window}"
    append_events(home, events([END - timedelta(days=day, hours=3) for day in days], stem))
    since, until = END - timedelta(days=max(window)), END - timedelta(days=min(window))
    everything, found = read_events(home), read_events(home, since, until)
    assert found["id"].to_list() == everything.filter(pl.col("time") > since, pl.col("time") <= until)["id"].to_list()


def test_old_days_of_an_earlier_version_are_read_beside_the_month(home: Home) -> None:
    old = END - timedelta(days=200)
    append_events(home, events([old], "day"), reached=old)
    append_events(home, events([old], "month"))
    assert folders(home) == [f"date={old:%Y-%m}", f"date={old:%Y-%m-%d}"]
    assert read_events(home, old - timedelta(hours=1), old)["id"].to_list() == ["day0", "month0"]


def test_files_of_a_month_are_joined_too(home: Home) -> None:
    for day in range(20):
        append_events(home, events([END - timedelta(days=200)], f"d{day}-"))
    assert compact(home) == 1
    assert len(list((home.lake / "events").glob("date=2025-08/*.parquet"))) == 1 and len(read_events(home)) == 20
