"""The lake: every event and every customer record as Parquet, the source from which all else can be rebuilt.

lake/events/date=…/     declared events, under the ids by which they came, with their place of arrival; a folder a day,
                        and a folder a month (date=2026-03) for what was old when it was written
lake/customers/         customer records, a row each time something was told
lake/own/date=…/        the product's own events: merges, erasures, leases, with their data as JSON
"""

from __future__ import annotations

import fcntl
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import polars as pl

from features.consents import last_words, time_column, with_times
from features.digest import Digests
from features.home import Home
from features.lake_files import is_readable, read_file, require_sound, sources, write_file
from features.own_events import ERASED, FOLDED, MERGED, SET_ASIDE, UNMERGED, fault_of
from features.people import surviving
from features.persons import joined
from leads.configuration.workspace import Workspace
from leads.errors import DamagedFiles, InvalidInput
from leads.history import IDENTITIES, TIME, History

ARRIVED = "arrived"
"""Column of live events, and of merges that are noted after them: their order of arrival. Null for what a first import
brings, which comes before, by time.
"""

IMPORT = "nextlead/import"
"""Source of the merges that are noted because the records of the lake say so."""

_RECENT = timedelta(days=31)
"""What is older than that by the end of the record is kept a folder a month."""

_RECORD: dict[str, pl.DataType] = {"known_as": pl.List(pl.String()), "said": pl.String(), "spans": pl.String()}
"""Columns of live customer records beside the workspace's: further identities, when older values were told, and since
when and until when identities were theirs."""

_OWN: dict[str, pl.DataType] = {
    "id": pl.String(), "source": pl.String(), "type": pl.String(), "customer_id": pl.String(), "time": TIME,
    "data": pl.String(), ARRIVED: pl.Int64(),
}  # fmt: skip

_Read = TypeVar("_Read")

_ATTEMPTS = 5
"""A reader that meets a compaction reads again, at most so often."""

_BROKEN = (pl.exceptions.ComputeError, pl.exceptions.PanicException)
"""What polars raises for a file that it cannot make out."""


@contextmanager
def writing(home: Home, wait: bool = True) -> Iterator[bool]:
    """Of several processes that record, compact or erase one does at a time: whether it is this one now.

    With `wait` it is, once the others are done. A process that dies lets go; one that hangs does not, so that nothing
    is written behind its back: what was accepted waits in the streams.
    """
    home.lake.mkdir(parents=True, exist_ok=True)
    with (home.lake / ".writing").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def append_events(home: Home, events: pl.DataFrame, name: str | None = None, reached: datetime | None = None) -> None:
    """Add events (schema `workspace.event_schema`, and `arrived` for live ones), a file per date and call.

    reached: how far the record reaches; as the home says where it is not told. The same name and reach write the same
    files again: what is repeated after a crash is there once.
    """
    _write_dated(home, "events", events, name, reached)


def append_customers(home: Home, customers: pl.DataFrame, name: str | None = None) -> None:
    """Add customer records (schema `workspace.customer_schema`, and `known_as`, `said` for live ones)."""
    _write(home.lake / "customers", customers, name)


def append_own(
    home: Home, events: pl.DataFrame, name: str | None = None, folder: str = "own", reached: datetime | None = None
) -> None:
    """Add rows of the product's own, by the date of their `time`."""
    _write_dated(home, folder, events, name, reached)


def _write_dated(home: Home, folder: str, frame: pl.DataFrame, name: str | None, reached: datetime | None) -> None:
    """What is old by now goes a month together: back-dated rows never make more folders than there are months."""
    day, recent = pl.col("time").dt.strftime("%Y-%m-%d"), (reached or home.observed_until) - _RECENT
    dated = frame.with_columns(pl.when(pl.col("time") < recent).then(day.str.head(7)).otherwise(day).alias("date"))
    for (date,), part in dated.partition_by("date", as_dict=True).items():
        _write(home.lake / folder / f"date={date}", part.drop("date"), name)


def _write(folder: Path, frame: pl.DataFrame, name: str | None) -> None:
    """A file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / f"{name or uuid4().hex}.parquet", frame)


def read_events(
    home: Home,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    by_arrival: bool = False,
    as_came: bool = False,
) -> pl.DataFrame:
    """Events with `since` < time ≤ `until`, each (source, id) once, under the ids that survive merges.

    as_came: under the ids by which they came. Ordered by time, source and id; by_arrival: in the order in which they
    were folded online, with `arrived`.
    """
    schema = home.configuration.workspace.event_schema
    found = steady(home, lambda: _events(home, schema, since, until))
    found = _without(found, read_own(home, SET_ASIDE)).unique(["source", "id"], keep="any")
    merges = {} if as_came else read_merges(home, until)
    if merges:
        found = found.with_columns(pl.col("customer_id").replace(merges))
    if by_arrival:
        return found.sort(ARRIVED, "time", "source", "id", nulls_last=False)
    return found.drop(ARRIVED).sort("time", "source", "id")


def read_events_of(home: Home, customer_ids: Sequence[str]) -> pl.DataFrame:
    """All events of these ids under which they came, each once, with `arrived`, in no order."""
    schema = home.configuration.workspace.event_schema | {ARRIVED: pl.Int64()}
    mine = pl.col("customer_id").is_in(list(customer_ids))
    files = home.lake / "events"
    found = steady(home, lambda: _scan(sorted(files.glob("date=*/*.parquet")), schema).filter(mine).collect())
    return _without(found, read_own(home, SET_ASIDE)).unique(["source", "id"], keep="any")


def read_events_among(home: Home, customer_ids: Sequence[str], until: datetime) -> pl.DataFrame:
    """What `read_events` gives up to a time, of these surviving ids and of those merged into them alone."""
    merges, wanted = read_merges(home, until), set(customer_ids)
    names = [*wanted, *(name for name, into in merges.items() if into in wanted)]
    schema = home.configuration.workspace.event_schema
    theirs = pl.col("customer_id").is_in(names) & (pl.col("time") <= until)
    files = home.lake / "events"
    columns = schema | {ARRIVED: pl.Int64()}
    found = steady(home, lambda: _scan(sorted(files.glob("date=*/*.parquet")), columns).filter(theirs).collect())
    found = _without(found, read_own(home, SET_ASIDE))
    found = found.unique(["source", "id"], keep="any").with_columns(pl.col("customer_id").replace(merges))
    return found.drop(ARRIVED).sort("time", "source", "id")


def _events(home: Home, schema: dict[str, pl.DataType], since: datetime | None, until: datetime | None) -> pl.DataFrame:
    files = sorted((home.lake / "events").glob("date=*/*.parquet"))
    if since is not None or until is not None:
        files = [file for file in files if _may_hold(file.parent.name.removeprefix("date="), since, until)]
    lazy = _scan(files, schema | {ARRIVED: pl.Int64()})
    if since is not None:
        lazy = lazy.filter(pl.col("time") > since)
    if until is not None:
        lazy = lazy.filter(pl.col("time") <= until)
    return lazy.collect()


def _scan(files: Sequence[Path], schema: dict[str, pl.DataType]) -> pl.LazyFrame:
    """The columns of the schema, null where a file lacks them."""
    if not files:
        return pl.LazyFrame(schema=schema)
    require_sound(files)
    options = {"missing_columns": "insert", "extra_columns": "ignore"}
    return pl.scan_parquet(sources(files), hive_partitioning=False, schema=schema, **options)  # type: ignore[arg-type]


def steady(home: Home, read: Callable[[], _Read]) -> _Read:
    """The answer of a reader of the lake; once more when a file was compacted away between listing and reading.

    Raises DamagedFiles naming those that cannot be read at all.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return read()
        except (FileNotFoundError, *_BROKEN):
            continue
    try:
        return read()
    except _BROKEN as error:
        require_readable(home, error)
        raise


def require_readable(home: Home, cause: BaseException | None = None) -> None:
    """Raises DamagedFiles naming those of the lake that cannot be read, or are not as they were written."""
    files = sorted(home.lake.rglob("*.parquet"))
    damaged = [str(file.relative_to(home.folder)) for file in files if not is_readable(file)]
    if damaged:
        raise DamagedFiles(damaged) from cause


def _may_hold(date: str, since: datetime | None, until: datetime | None) -> bool:
    """Of a day, or of a month.

    >>> march = datetime(2026, 3, 14)
    >>> [_may_hold(date, march, march) for date in ("2026-03-14", "2026-03", "2026-03-13", "2026-02", "2026-04")]
    [True, True, False, False, False]
    """
    after = since is None or date >= since.date().isoformat()[: len(date)]
    return after and (until is None or date <= until.date().isoformat()[: len(date)])


def read_customers(home: Home, until: datetime | None = None) -> pl.DataFrame:
    """Customer records known by `until`, under the ids that survive merges, ordered by customer and time, each with
    the consents as the customer had last said them by then, and when (`consent_<channel>__told`).

    The last of two at the same time counts.
    """
    workspace, merges = home.configuration.workspace, read_merges(home, until)
    found = read_records(home, until).sort("at", maintain_order=True)
    if merges:
        fields = {tag: f"tag:{tag}" for tag in workspace.tags} | {name: name for name in (*IDENTITIES, "timezone")}
        found = joined(found, fields, merges)
    found = last_words(workspace.purposes, found, merges).drop(list(_RECORD))
    return found.unique(["customer_id", "at"], keep="last", maintain_order=True).sort("customer_id", "at")


def read_records(home: Home, until: datetime | None = None) -> pl.DataFrame:
    """Customer records as they were told, with `known_as` and `said`, in the order in which they were written."""
    schema = home.configuration.workspace.customer_schema | _RECORD
    lazy = steady(home, lambda: _scan(as_written(home.lake / "customers"), schema).collect()).lazy()
    if until is not None:
        lazy = lazy.filter(pl.col("at") <= until)
    return lazy.collect()


def as_written(folder: Path) -> list[Path]:
    """The files of a folder in the order in which they were written: of two records of one time the later counts."""
    return sorted(folder.glob("*.parquet"), key=lambda file: (file.stat().st_mtime_ns, file.name))


def read_own(home: Home, *types: str, until: datetime | None = None) -> pl.DataFrame:
    """The product's own events of some types, each once, in their order of arrival, without those set aside and those
    of which nothing can be made.
    """
    return _sound(_read_own(home, pl.col("type").is_in(list(types)), until))


def faults_of_own(home: Home) -> Iterator[tuple[Mapping[str, Any], InvalidInput]]:
    """Own events that a rebuild would be made of and of which nothing can be made, as rows, each with the reason."""
    found = _read_own(home, pl.col("type").is_in(list(FOLDED)), None)
    for row, fault in zip(found.iter_rows(named=True), _faults(found), strict=True):
        if fault is not None:
            yield row, fault


def _sound(own: pl.DataFrame) -> pl.DataFrame:
    return own.filter(pl.Series([fault is None for fault in _faults(own)], dtype=pl.Boolean))


def _faults(own: pl.DataFrame) -> Iterator[InvalidInput | None]:
    return (fault_of(*row) for row in own.select("type", "id", "source", "customer_id", "data").iter_rows())


def _read_own(home: Home, wanted: pl.Expr, until: datetime | None) -> pl.DataFrame:
    files = sorted((home.lake / "own").glob("date=*/*.parquet"))
    if until is not None:
        wanted &= pl.col("time") <= until
    found = steady(home, lambda: _scan(files, _OWN).filter(wanted | (pl.col("type") == SET_ASIDE)).collect())
    found = _without(found.filter(wanted), found.filter(pl.col("type") == SET_ASIDE))
    return found.unique(["source", "id"], maintain_order=True).sort(ARRIVED, "time", "id", nulls_last=False)


def last_arrival(home: Home) -> int | None:
    """The last place of arrival that the lake holds; None where it holds imports alone."""
    files = sorted(file for folder in ("events", "own") for file in (home.lake / folder).glob("date=*/*.parquet"))
    last = steady(home, lambda: _scan(files, {ARRIVED: pl.Int64()}).select(pl.col(ARRIVED).max()).collect().item())
    return None if last is None else int(last)


def set_aside(home: Home) -> pl.DataFrame:
    """What is set aside: `source, id, arrived` of each."""
    return _marked(read_own(home, SET_ASIDE))


def _marked(marks: pl.DataFrame) -> pl.DataFrame:
    of = {name: pl.col("data").str.json_path_match(f"$.of.{name}") for name in ("source", "id", ARRIVED)}
    return marks.select(of["source"].alias("source"), of["id"].alias("id"), of[ARRIVED].cast(pl.Int64).alias(ARRIVED))


def _without(events: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Without those of which an own event says that they are set aside."""
    if marks.is_empty():
        return events
    told = _marked(marks)
    return events.join(told, on=told.columns, how="anti", nulls_equal=True, maintain_order="left")


def read_own_of(home: Home, customer_ids: Sequence[str], *types: str, until: datetime | None = None) -> pl.DataFrame:
    """The same of these ids."""
    theirs = pl.col("type").is_in(list(types)) & pl.col("customer_id").is_in(list(customer_ids))
    return _sound(_read_own(home, theirs, until))


def read_merges(home: Home, until: datetime | None = None) -> Mapping[str, str]:
    """Per id that was merged away by `until`, the id that survives."""
    merged = merges_of(read_own(home, MERGED, UNMERGED, until=until))
    ends = {customer_id: surviving(merged, customer_id) for customer_id in merged}
    return {customer_id: into for customer_id, into in ends.items() if into != customer_id}


def merges_of(own: pl.DataFrame) -> dict[str, str]:
    """Per id that is merged away after these own events, the one it was merged into."""
    merged: dict[str, str] = {}
    for customer_id, kind, data in own.select("customer_id", "type", "data").rows():
        if kind == MERGED:
            into = into_of(data)
            if into not in (None, customer_id):
                merged[customer_id] = str(into)
        elif kind == UNMERGED:
            merged.pop(customer_id, None)
    return merged


def into_of(data: str) -> str | None:
    """Into whom a merge says that it is; None where it does not say so."""
    into = data_of(data).get("into")
    return into if isinstance(into, str) and into else None


def data_of(text: str) -> dict[str, Any]:
    """The data of an own event; nothing where they cannot be read."""
    try:
        data = json.loads(text)
    except (ValueError, TypeError):
        return {}
    return data if isinstance(data, dict) else {}


def read_verdicts(home: Home, until: datetime | None = None) -> dict[str, dict[str, bool]]:
    """What people decided by `until`: per id, other ids and whether they are the same person. Nothing of the erased,
    whom a decision on others may name, be it by what tells nobody who they were.

    Who was merged without a word why, in a record of an earlier version, stays merged.
    """
    verdicts: dict[str, dict[str, bool]] = defaultdict(dict)
    own = Digests(home.folder)
    told_of = (data_of(data).get("digests", ()) for data in read_own(home, ERASED)["data"])
    erased = {own.lifted(digest) for digests in told_of for digest in digests}
    rows = read_own(home, MERGED, UNMERGED, until=until).select("customer_id", "data").rows()
    for customer_id, data in rows:
        told, into = data_of(data), into_of(data)
        same = told.get("same", () if "why" in told or into is None else ((customer_id, into),))
        for pairs, verdict in ((same, True), (told.get("apart", ()), False)):
            for one, other in pairs:
                if not erased or erased.isdisjoint((one, other, own.of(one), own.of(other))):
                    verdicts[one][other] = verdicts[other][one] = verdict
    return dict(verdicts)


def import_history(home: Home, history: History) -> None:
    """Put an adapter's history into the lake. Importing the same files again changes nothing that is read.

    An event that was imported before and says something else now is replaced, so that a corrected file mends; one that
    arrived live stays.
    """
    with writing(home):
        told = _unknown(read_records(home), history.customers)
        if len(told):
            append_customers(home, told)
        events = steady(home, lambda: _events(home, home.configuration.workspace.event_schema, None, None))
        fresh = _unknown(events, history.events.join(events.filter(pl.col(ARRIVED).is_not_null()), on=_KEY, how="anti"))
        _remove_events(home, fresh.select(_KEY))
        append_events(home, fresh)


_KEY = ["source", "id"]


def _unknown(present: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that do not stand in the lake word for word."""
    return rows.join(present.select(rows.columns), on=rows.columns, how="anti", nulls_equal=True, maintain_order="left")


def _remove_events(home: Home, keys: pl.DataFrame) -> None:
    for file in sorted((home.lake / "events").glob("date=*/*.parquet")) if len(keys) else ():
        held = read_file(file)
        kept = held.join(keys, on=_KEY, how="anti", maintain_order="left")
        if kept.is_empty() and len(held):
            file.unlink()
        elif len(kept) < len(held):
            write_file(file, kept)


def latest_profiles(workspace: Workspace, customers: pl.DataFrame) -> pl.DataFrame:
    """Each customer's newest record with the times of its consents, one row per customer, ordered by customer id."""
    times = [time_column(channel) for channel in workspace.purposes]
    return (
        with_times(workspace.purposes, customers)
        .sort("customer_id", "at")
        .group_by("customer_id", maintain_order=True)
        .last()
        .select(*workspace.customer_schema, *times)
    )
