"""What an adapter gives is checked as the live door checks: the good is kept, the rest is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features.checking import Checked, check
from leads.configuration.workspace import Workspace, parse_workspace
from leads.errors import InvalidInput
from leads.history import FILE, LAST_ROW, ROW, TIME, History

NOW = datetime(2026, 3, 4, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {
    "name": "w",
    "timezone": "Asia/Shanghai",
    "channels": ["call"],
    "tags": {
        "age": {"type": "number", "least": 0, "most": 120}, "note": {"type": "text"},
        "born": {"type": "time"}, "car": {"type": "boolean"},
        "region": {"type": "category", "values": ["east", "west"]},
    },
    "fields": {
        "premium": {"type": "number", "least": 0}, "expires_at": {"type": "time"}, "product": {"type": "category"},
        "consent": {"type": "boolean"}, "channel": {"type": "category", "synonyms": {"call": ["phone"]}},
        "disposition": {"type": "category"},
    },
    "products": {"motor": {}},
    "events": {
        "quote": {}, "consent.changed": {}, "call.completed": {}, "policy.purchased": {"policy": "purchased"},
    },
    "bounds": {"text": 12},
}  # fmt: skip


def workspace() -> Workspace:
    return parse_workspace(DOCUMENT)


def customer(name: str, **more: Any) -> dict[str, Any]:
    return {"customer_id": name, "at": "2026-01-02 10:00:00"} | more


def event(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "source": "s", "type": "quote", "customer_id": "c", "time": "2026-01-02 10:00:00"} | more


def checked(
    customers: list[dict[str, Any]] | pl.DataFrame,
    events: list[dict[str, Any]] | pl.DataFrame = (),  # type: ignore[assignment]
    until: datetime = LAST_ROW,
) -> Checked:
    def frame(rows: Any, first: dict[str, Any]) -> pl.DataFrame:
        return rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows) or [first], infer_schema_length=None)

    given_events = frame(events, event("e"))
    return check(workspace(), History(frame(customers, customer("c")), given_events, until), NOW)


def refusals(found: Checked) -> list[tuple[str | None, str, str]]:
    """Whose value was left out, of which column, and how much of the row went with it."""
    rows = found.refused.rows.to_dicts()
    return [(row["event_id"] or row["customer_id"], row["column"], row["left_out"]) for row in rows]


def test_a_wrong_value_is_left_out_and_told_and_its_row_stays() -> None:
    rows = [
        customer("c", age="35", car="是", region="east", phone="139 1000 0001", consent_call="no", born="1990/5/6"),
        customer("d", age="old", car="maybe", region="华东", phone="call me", consent_call="?", born="x",
                 timezone="Mars", note="x" * 13, email="nobody", wechat="w x"),
    ]  # fmt: skip
    found = checked(rows)
    first, second = found.history.customers.to_dicts()
    assert (first["age"], first["car"], first["region"], first["consent_call"]) == (35.0, True, "east", False)
    assert first["phone"] == "+8613910000001"
    assert first["born"] == datetime(1990, 5, 5, 15, tzinfo=UTC)
    kept = {name for name, value in second.items() if value is not None}
    assert kept == {"customer_id", "at", "consent_call"}
    columns = ("age", "note", "born", "car", "region", "phone", "wechat", "email", "timezone", "consent_call")
    assert refusals(found) == [("d", column, "value") for column in columns]


def test_what_was_said_of_a_channel_and_cannot_be_read_counts_as_a_no() -> None:
    said = {"a": "ja", "b": "opt-out", "c": "yes", "d": "", "e": None, "f": "不同意"}
    found = checked([customer(name, consent_call=word) for name, word in said.items()])
    kept = dict(found.history.customers.select("customer_id", "consent_call").rows())
    assert kept == {"a": False, "b": False, "c": True, "d": None, "e": None, "f": False}
    reasons = found.refused.counts().to_dicts()
    assert [(row["count"], row["reason"]) for row in reasons] == [(3, "true or false, so it counts as a no")]


def test_a_tag_or_field_called_like_a_key_of_the_other_table_is_an_ordinary_value() -> None:
    words = {"type": "category", "values": ["search", "fair"]}
    tags = DOCUMENT["tags"] | {"source": words, "time": {"type": "time"}, "type": {"type": "text"}}
    own = parse_workspace(DOCUMENT | {"tags": tags, "fields": DOCUMENT["fields"] | {"at": {"type": "time"}}})
    rows = [
        customer("c", source="search", time="2026-04-01", type="x"), customer("d", source=None),
        customer("e", source="tv"),
    ]  # fmt: skip
    events = pl.DataFrame([event("e1", at=None), event("e2", at="2026-04-01")])
    found = check(own, History(pl.DataFrame(rows, infer_schema_length=None), events, LAST_ROW), NOW)
    assert refusals(found) == [("e", "source", "value")]
    assert found.left_out == {"customers": 0, "events": 0}
    assert found.history.customers["source"].to_list() == ["search", None, None]


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ({"customer_id": None}, "customer_id"), ({"customer_id": " "}, "customer_id"),
        ({"customer_id": "N/A"}, "customer_id"), ({"customer_id": "无"}, "customer_id"),
        ({"customer_id": "#REF!"}, "customer_id"),
        ({"customer_id": "a\nb"}, "customer_id"),
        ({"customer_id": "x" * 257}, "customer_id"), ({"at": None}, "at"), ({"at": "soon"}, "at"),
        ({"at": "2126-01-01"}, "at"), ({"at": "0001-01-01"}, "at"),
    ],
)  # fmt: skip
def test_a_customer_without_a_good_id_and_time_is_left_out(wrong: dict[str, Any], column: str) -> None:
    found = checked([customer("c"), customer("d") | wrong])
    assert found.history.customers["customer_id"].to_list() == ["c"]
    assert found.left_out == {"customers": 1, "events": 0}
    assert [(name, how) for _, name, how in refusals(found)] == [(column, "row")]


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ({"id": None}, "id"), ({"source": ""}, "source"), ({"type": "sold"}, "type"), ({"time": "2126-11-20"}, "time"),
        ({"time": "1900-01-01"}, "time"), ({"time": None}, "time"), ({"product": "mottor"}, "product"),
        ({"type": "consent.changed", "channel": "fax", "consent": "no"}, "channel"),
        ({"type": "consent.changed", "channel": "call", "consent": "perhaps"}, "consent"),
        ({"type": "consent.changed", "channel": None, "consent": "no"}, "channel"),
        ({"type": "call.completed", "disposition": "gone fishing"}, "disposition"),
        ({"type": "quote", "disposition": "do_not_call"}, "disposition"), ({"customer_id": None}, "customer_id"),
        ({"type": "quote", "consent": "no"}, "consent"), ({"type": "policy.purchased", "product": None}, "product"),
    ],
)  # fmt: skip
def test_an_event_that_the_door_would_not_understand_is_left_out(wrong: dict[str, Any], column: str) -> None:
    found = checked([customer("c")], [event("e"), event("f", product="motor", consent="true") | wrong])
    assert found.history.events["id"].to_list() == ["e"]
    assert found.left_out == {"customers": 0, "events": 1}
    assert [(name, how) for _, name, how in refusals(found)] == [(column, "row")]


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ({"premium": "much"}, "premium"), ({"premium": "1e300"}, "premium"), ({"premium": "inf"}, "premium"),
        ({"premium": "-1"}, "premium"),
        ({"expires_at": "9999-12-31"}, "expires_at"),
    ],
)  # fmt: skip
def test_an_event_stays_without_an_amount_or_date_that_cannot_be(wrong: dict[str, Any], column: str) -> None:
    found = checked([customer("c")], [event("e"), event("f") | wrong])
    assert found.history.events["id"].to_list() == ["e", "f"]
    assert refusals(found) == [("f", column, "value")]


def test_what_was_left_out_is_told_by_its_file_and_row() -> None:
    frame = pl.DataFrame([customer("c"), customer("d", age="x")]).with_columns(
        pl.lit("c.csv").alias(FILE), pl.Series(ROW, [2, 7])
    )
    (row,) = checked(frame).refused.rows.to_dicts()
    assert (row["file"], row["row"], row["value"]) == ("c.csv", 7, "x")


def test_each_file_may_write_times_in_its_own_order() -> None:
    frame = pl.DataFrame(
        {"customer_id": ["a", "b", "c", "d"], "at": ["05/01/2026", "01/05/2026", "20/01/2026", "01/20/2026"],
         FILE: ["eu", "us", "eu", "us"]}
    )  # fmt: skip
    at = checked(frame).history.customers.sort("customer_id")["at"].dt.convert_time_zone("Asia/Shanghai").dt.date()
    assert at.to_list() == [date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 20), date(2026, 1, 20)]


def test_times_that_tell_no_order_refuse_the_import_by_file_and_column() -> None:
    frame = pl.DataFrame([customer("c", at="05/01/2026")]).with_columns(pl.lit("leads.csv").alias(FILE))
    with pytest.raises(InvalidInput, match=r"leads\.csv: at = '05/01/2026'"):
        checked(frame)


def test_the_first_of_two_events_counts_and_only_another_content_is_told() -> None:
    rows = [event("e"), event("e"), event("e", product="motor"), event("f")]
    found = checked([customer("c")], rows)
    assert found.history.events.select("id", "product").rows() == [("e", None), ("f", None)]
    assert refusals(found) == [("e", "id", "row")]
    assert found.left_out["events"] == 1


def test_the_last_of_two_rows_of_a_customer_and_time_counts_and_is_noted() -> None:
    found = checked([customer("c", age="1"), customer("c", age="2")])
    assert found.history.customers["age"].to_list() == [2.0]
    assert "1 rows repeat a customer and time" in found.notes[0]


def test_of_two_rows_of_a_customer_and_time_a_refusal_in_either_counts() -> None:
    rows = [customer("c", consent_call="no"), customer("c", age="2", consent_call="yes"), customer("c", age="3")]
    for order in (rows, rows[1:] + rows[:1], [rows[2], rows[1], rows[0]]):
        found = checked(order).history.customers
        assert found["consent_call"].to_list() == [False]
    assert checked(rows[1:]).history.customers.select("age", "consent_call").rows() == [(3.0, True)]


def test_events_of_customers_of_whom_nothing_is_told_are_kept_and_noted() -> None:
    found = checked([customer("c")], [event("e"), event("f", customer_id="x")])
    assert len(found.history.events) == 2
    assert "1 are of 1 customers of whom this import tells nothing else" in found.notes[0]


@pytest.mark.parametrize("until", [LAST_ROW, datetime(2126, 1, 1, tzinfo=UTC)])
def test_a_record_reaches_to_its_last_good_row_and_never_beyond_now(until: datetime) -> None:
    found = checked([customer("c")], [event("e"), event("f", time="2126-01-01")], until)
    assert found.history.observed_until == datetime(2026, 1, 2, 2, tzinfo=UTC)


def test_a_record_reaches_as_far_as_the_source_says() -> None:
    until = NOW - timedelta(days=1)
    assert checked([customer("c")], [event("e")], until).history.observed_until == until


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pl.Series("at", [datetime(2026, 1, 2)]), "customers.at = .*times with a zone"),
        (pl.Series("at", [1.5]), "customers.at = 'Float64'"),
        (pl.Series("customer_id", [1.5]), "customers.customer_id = 'Float64'"),
        (pl.Series("age", [[1]]), "customers.age = 'List"),
        (pl.Series("shoe_size", [41]), "customers.shoe_size"),
    ],
)
def test_a_column_of_another_type_or_name_is_refused_as_a_whole(column: pl.Series, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        checked(pl.DataFrame([customer("c")]).with_columns(column))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"events\.source"):
        checked([customer("c")], pl.DataFrame([event("e")]).drop("source"))


def test_typed_columns_are_taken_as_they_are_and_dates_begin_where_the_files_are() -> None:
    frame = pl.DataFrame(
        {"customer_id": [1], "at": pl.Series([NOW], dtype=TIME), "age": [35], "car": [1], "born": [date(1990, 5, 6)]}
    )
    (row,) = checked(frame).history.customers.to_dicts()
    assert (row["customer_id"], row["at"], row["age"], row["car"]) == ("1", NOW, 35.0, True)
    assert row["born"] == datetime(1990, 5, 5, 15, tzinfo=UTC)


def test_words_are_understood_as_at_the_live_door() -> None:
    rows = [
        event("e", type="consent.changed", channel="Phone", consent="否"),
        event("f", type="call.completed", disposition="Do Not Call", product="MOTOR"),
    ]
    first, second = checked([customer("c")], rows).history.events.sort("id").to_dicts()
    assert (first["channel"], first["consent"]) == ("call", False)
    assert (second["disposition"], second["product"]) == ("do_not_call", "motor")


@pytest.mark.parametrize(("age", "kept"), [("0", 0.0), ("120", 120.0), ("-1", None), ("350", None)])
def test_a_number_lies_in_the_range_that_its_tag_declares(age: str, kept: float | None) -> None:
    found = checked([customer("c", age=age)])
    assert found.history.customers["age"].to_list() == [kept]
    assert found.refused.rows["reason"].to_list() == ([] if kept is not None else ["a number from 0 to 120"])
