"""A history's rows are admitted by the rules of the live door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from features.admission import REASONS, admitted
from features.configuration import checked
from leads.history import TIME, History
from leads.workspace import Workspace, parse_workspace

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def workspace() -> Workspace:
    return parse_workspace(
        {
            "name": "w",
            "tags": {"age": {"type": "number"}, "note": {"type": "text"}, "born": {"type": "time"}},
            "fields": {"premium": {"type": "number"}, "expires_at": {"type": "time"}, "product": {"type": "category"}},
            "events": {"quote": {}},
            "bounds": {"text": 10},
        }
    )


def history(events: dict[str, dict[str, object]], customers: dict[str, dict[str, object]] | None = None) -> History:
    """By id what differs from a row that is right."""
    told = [{"id": name, "source": "s", "type": "quote", "customer_id": "c", "time": NOW, "premium": 1.0,
             "expires_at": None, "product": None} | more for name, more in events.items()]  # fmt: skip
    rows = [{"customer_id": name, "at": NOW, "age": 1.0, "note": None, "born": None} | more
            for name, more in (customers or {"c": {}}).items()]  # fmt: skip
    schema = {"id": pl.String, "source": pl.String, "type": pl.String, "customer_id": pl.String, "time": TIME,
              "premium": pl.Float64, "expires_at": TIME, "product": pl.String}  # fmt: skip
    profile = {"customer_id": pl.String, "at": TIME, "age": pl.Float64, "note": pl.String, "born": TIME}
    newest = max(row["time"] for row in told)  # type: ignore[type-var]
    frames = pl.DataFrame(rows, profile), pl.DataFrame(told, schema)
    return checked(workspace(), History(*frames, newest))  # type: ignore[arg-type]


def test_an_event_that_the_door_would_refuse_is_told_apart_with_its_reason() -> None:
    broken: dict[str, dict[str, object]] = {
        "future": {"time": datetime(2126, 1, 1, tzinfo=UTC)},
        "old": {"time": datetime(1, 1, 2, tzinfo=UTC)},
        "huge": {"premium": 1e308},
        "endless": {"expires_at": datetime(9999, 12, 31, tzinfo=UTC)},
        "long": {"product": "x" * 11},
        " ": {},
    }
    found = admitted(workspace(), history({"right": {}} | broken), NOW)
    assert found.history.events["id"].to_list() == ["right"]
    fields = dict(found.events.select("id", pl.col(REASONS).str.extract(r"^(\w+):")).rows())
    assert fields == {"future": "time", "old": "time", "huge": "premium", "endless": "expires_at", "long": "product",
                      " ": "id"}  # fmt: skip


def test_a_customer_whom_put_would_refuse_is_told_apart_too() -> None:
    rows: dict[str, dict[str, object]] = {
        "c": {"age": float("nan")}, "old": {"age": -1e300}, "novel": {"note": "x" * 11},
        "unborn": {"born": datetime(2300, 1, 1, tzinfo=UTC)}, "tomorrow": {"at": NOW + timedelta(days=1)},
    }  # fmt: skip
    found = admitted(workspace(), history({"right": {}}, rows), NOW)
    assert found.history.customers["customer_id"].to_list() == ["c"]
    assert sorted(found.customers["customer_id"]) == ["novel", "old", "tomorrow", "unborn"]


def test_a_record_does_not_reach_into_the_future() -> None:
    told = history({"a": {"time": NOW - timedelta(days=3)}, "b": {"time": datetime(2126, 1, 1, tzinfo=UTC)}},
                   {"c": {"at": NOW - timedelta(days=2)}})  # fmt: skip
    assert told.observed_until.year == 2126
    assert admitted(workspace(), told, NOW).history.observed_until == NOW - timedelta(days=2)


def test_what_is_right_stays_as_it_is() -> None:
    told = history({"a": {}, "b": {"time": NOW + timedelta(seconds=60), "expires_at": NOW + timedelta(days=400)}})
    found = admitted(workspace(), told, NOW)
    assert found.history.events.equals(told.events) and found.history.customers.equals(told.customers)
    assert found.events.is_empty() and found.customers.is_empty()
