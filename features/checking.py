"""What an adapter gives, checked as the live door checks: what is good is kept, and why the rest is not is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from features.admission import HAPPENED, KEYS, rules
from features.cells import Column, among, between, read_column
from features.consents import column as consent_column
from features.consents import one_a_moment
from features.declared_words import in_words
from features.identity import parse_customer_id, parse_identity
from features.refused import SCHEMA, Refused
from leads.configuration.bounds import TOLERANCE
from leads.configuration.recognition import Recognition
from leads.configuration.workspace import Workspace
from leads.errors import InvalidInput
from leads.history import FILE, IDENTITIES, LAST_ROW, ROW, History
from leads.words.zones import zone_named

_PLACES = {FILE: pl.String(), ROW: pl.Int64()}
_REQUIRED = {table: (*KEYS[table], HAPPENED[table]) for table in KEYS}
_SAYING = ("category", "text", "boolean")


@dataclass(frozen=True)
class Checked:
    """history: the good of it, with exactly the workspace's columns and types. refused: what is not in it, and why.
    given: rows per table as the adapter gave them. left_out: how many of them are not in it at all. notes: what was
    decided on the way, for people to see.
    """

    history: History
    refused: Refused
    given: dict[str, int]
    left_out: dict[str, int]
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether there is anything good in it."""
        return len(self.history.customers) + len(self.history.events) > 0


@dataclass
class _Table:
    """A table under way. columns: as they have been read. whole: the columns without which a row says nothing."""

    name: str
    frame: pl.DataFrame
    whole: Sequence[str]
    columns: dict[str, Column] = field(default_factory=dict)


def check(workspace: Workspace, history: History, now: datetime) -> Checked:
    """The history as the workspace declares it, without what the door would refuse at `now`.

    A value that cannot be is left out of its row, of a customer's consent it counts as a no; a row without a good id,
    time or type, or with a wrong value in what makes its event what it is (a category or a consent), is left out whole.
    The first of two events of one source and id counts, and the last of two rows of one customer and time, with a
    refusal of either. A record that is said to reach beyond now, or to LAST_ROW, reaches to its last row. Raises
    InvalidInput naming a column that is not declared, is missing, of another type, or written so that it can be read in
    two ways.
    """
    customers = _customers(workspace, _begin(workspace, "customers", history.customers, now))
    events = _events(workspace, _begin(workspace, "events", history.events, now))
    known, refused_customers = _parted(customers)
    happened, refused_events = _parted(events)
    left_out = {"customers": customers.frame.height - known.height, "events": events.frame.height - happened.height}
    happened, repeated = _once(happened)
    left_out["events"] += len(repeated)
    notes = [note for table in (customers, events) for column in table.columns.values() for note in column.notes]
    notes += _notes(known, happened)
    known = one_a_moment(workspace.purposes, known.drop(*_PLACES))
    good = History(
        known.sort("customer_id", "at"),
        happened.drop(*_PLACES).sort("time", "id"),
        _reach(history.observed_until, known["at"], happened["time"], now),
    )
    refused = pl.concat([refused_customers, refused_events, repeated])
    given = {"customers": len(history.customers), "events": len(history.events)}
    return Checked(good, Refused(refused), given, left_out, tuple(notes))


def _begin(workspace: Workspace, name: str, frame: pl.DataFrame, now: datetime) -> _Table:
    """The table with every declared column read by its type, within bounds; those that are absent become null."""
    if not isinstance(frame, pl.DataFrame):
        raise InvalidInput(name, type(frame).__name__, "a Polars DataFrame")
    schema = workspace.customer_schema if name == "customers" else workspace.event_schema
    whole = _REQUIRED[name]
    for column in frame.columns:
        if column not in schema and column not in _PLACES:
            raise InvalidInput(f"{name}.{column}", column, f"a declared column: {', '.join(schema)}")
    for column in whole:
        if column not in frame.columns:
            raise InvalidInput(f"{name}.{column}", None, "a column that the adapter gives")
    frame = frame.with_columns(
        pl.lit(None, dtype).alias(column) for column, dtype in (schema | _PLACES).items() if column not in frame.columns
    )
    table = _Table(name, frame, whole)
    for column, dtype in schema.items():
        found = read_column(name, frame, column, dtype, workspace.files)
        for wrong, allowed in rules(name, column, dtype, workspace.bounds, now):
            found = found.also(wrong, allowed)
        table.columns[column] = found
    return table


def _customers(workspace: Workspace, table: _Table) -> _Table:
    for tag in workspace.tags.values():
        if tag.values:
            table.columns[tag.name] = among(table.columns[tag.name], tag.values)
        if tag.type == "number":
            table.columns[tag.name] = between(table.columns[tag.name], tag.range)
    for name in map(consent_column, workspace.purposes):
        table.columns[name] = _guarded(table.columns[name])
    table.columns["customer_id"] = _mapped(table.columns["customer_id"], None, _own_id)
    table.columns["timezone"] = _mapped(table.columns["timezone"], None, _zone)
    zones = table.columns["timezone"].values
    for kind in IDENTITIES:
        table.columns[kind] = _mapped(table.columns[kind], zones, _identity(kind, workspace.recognition))
    return table


def _guarded(consent: Column) -> Column:
    """What was said of a channel and cannot be read counts as a no: nobody is called who may have said so."""
    unread = consent.reasons.is_not_null()
    values = pl.select(pl.when(unread).then(False).otherwise(consent.values).alias(consent.values.name)).to_series()
    return Column(values, consent.reasons + ", so it counts as a no", consent.notes)


def _events(workspace: Workspace, table: _Table) -> _Table:
    table.columns["customer_id"] = _mapped(table.columns["customer_id"], None, _own_id)
    table.columns["type"] = among(table.columns["type"], tuple(workspace.events))
    for item in workspace.fields.values():
        if item.type == "number":
            table.columns[item.name] = between(table.columns[item.name], item.range)
    words = in_words(
        workspace, table.columns, [name for name, item in workspace.fields.items() if item.type in _SAYING]
    )
    table.columns |= words
    table.whole = (*table.whole, *words, *(name for name, item in workspace.fields.items() if item.type == "category"))
    return table


_Reader = Callable[[str, str | None], str]
"""From a text and the zone that its row tells to the value as it is kept; raises InvalidInput with the reason."""


def _mapped(column: Column, zones: pl.Series | None, read: _Reader) -> Column:
    """Each different text is read once."""
    told = pl.repeat(None, len(column.values), dtype=pl.String, eager=True) if zones is None else zones
    pairs = pl.DataFrame({"text": column.values, "zone": told})
    distinct = pairs.filter(pl.col("text").is_not_null()).unique(maintain_order=True)
    found = [_attempt(read, text, zone) for text, zone in distinct.iter_rows()]
    answers = distinct.with_columns(
        pl.Series("value", [value for value, _ in found], dtype=pl.String),
        pl.Series("why", [why for _, why in found], dtype=pl.String),
    )
    joined = pairs.join(answers, on=["text", "zone"], how="left", maintain_order="left", nulls_equal=True)
    reasons = pl.select(pl.coalesce(column.reasons, joined["why"]).alias("reason")).to_series()
    return Column(joined["value"].alias(column.values.name), reasons, column.notes)


def _attempt(read: _Reader, text: str, zone: str | None) -> tuple[str | None, str | None]:
    try:
        return read(text, zone), None
    except InvalidInput as error:
        return None, error.errors[0].reason


def _own_id(text: str, _: str | None) -> str:
    return parse_customer_id(text)


def _zone(text: str, _: str | None) -> str:
    zone = zone_named(text)
    if zone is None:
        raise InvalidInput("timezone", text, "an IANA time zone such as Asia/Shanghai")
    return zone


def _identity(kind: str, recognition: Recognition) -> _Reader:
    return lambda text, zone: parse_identity(kind, text, recognition, zone).value


def _parted(table: _Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The good rows with their places, and what was refused in the columns of SCHEMA."""
    values = pl.DataFrame([column.values.alias(name) for name, column in table.columns.items()])
    places = table.frame.select(pl.col(name).cast(dtype) for name, dtype in _PLACES.items())
    good = values.hstack(places)
    reasons = {name: _reasons(table, name) for name in table.columns}
    lost = {name: reason.is_not_null() for name, reason in reasons.items() if reason.null_count() < len(reason)}
    broken = pl.repeat(False, len(good), eager=True)
    for name in lost.keys() & set(table.whole):
        broken = broken | lost[name]
    refused = [_rows(table, name, reasons[name], lost[name], broken) for name in lost]
    return good.filter(~broken), pl.concat(refused) if refused else pl.DataFrame(schema=SCHEMA)


def _reasons(table: _Table, name: str) -> pl.Series:
    """Why values of a column are not taken; those that every row must have are missed too."""
    column = table.columns[name]
    absent = pl.when(column.values.is_null() & (name in _REQUIRED[table.name])).then(pl.lit("present in every row"))
    return pl.select(pl.coalesce(column.reasons, absent).alias("reason")).to_series()


def _rows(table: _Table, name: str, reason: pl.Series, lost: pl.Series, broken: pl.Series) -> pl.DataFrame:
    """What was refused of a column, as rows of SCHEMA."""
    frame = table.frame.with_columns(reason.alias("\0reason"), broken.alias("\0row")).filter(lost)
    event_id = pl.col("id").cast(pl.String) if table.name == "events" else pl.lit(None, pl.String)
    return frame.select(
        pl.col(FILE).cast(pl.String).alias("file"), pl.col(ROW).cast(pl.Int64).alias("row"),
        pl.lit(table.name).alias("table"), pl.col("customer_id").cast(pl.String), event_id.alias("event_id"),
        pl.lit(name).alias("column"), pl.col(name).cast(pl.String).alias("value"), pl.col("\0reason").alias("reason"),
        pl.when("\0row").then(pl.lit("row")).otherwise(pl.lit("value")).alias("left_out"),
    )  # fmt: skip


def _once(events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first event of each source and id, and as refused those that say something else under the same."""
    first = events.unique(["source", "id"], keep="first", maintain_order=True)
    if len(first) == len(events):
        return events, pl.DataFrame(schema=SCHEMA)
    content = [name for name in events.columns if name not in _PLACES]
    others = events.join(first.select(content), on=content, how="anti", nulls_equal=True, maintain_order="left")
    reason = "another event of this source and id stands before it"
    return first, others.select(
        pl.col(FILE).alias("file"), pl.col(ROW).alias("row"), pl.lit("events").alias("table"), "customer_id",
        pl.col("id").alias("event_id"), pl.lit("id").alias("column"), pl.col("id").alias("value"),
        pl.lit(reason).alias("reason"), pl.lit("row").alias("left_out"),
    )  # fmt: skip


def _notes(customers: pl.DataFrame, events: pl.DataFrame) -> Iterator[str]:
    again = len(customers) - customers.select("customer_id", "at").n_unique() if len(customers) else 0
    if again:
        yield f"customers: {again:,} rows repeat a customer and time; the last counts, and of consents the refusal"
    strangers = events.join(customers, on="customer_id", how="anti")
    if len(strangers) and len(customers):
        yield (
            f"events: {len(strangers):,} are of {strangers['customer_id'].n_unique():,} customers of whom this import "
            "tells nothing else"
        )


def _reach(told: datetime, known: pl.Series, happened: pl.Series, now: datetime) -> datetime:
    if told.tzinfo is None:
        raise InvalidInput("observed_until", str(told), "a time with a zone")
    if LAST_ROW < told <= now + TOLERANCE:
        return told
    rows = [time for time in (known.max(), happened.max()) if isinstance(time, datetime)]
    return max(rows, default=LAST_ROW)
