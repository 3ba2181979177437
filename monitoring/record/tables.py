"""The lake as tables of DuckDB: events, own events and decisions up to a time, under the ids that survive merges."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import duckdb
import polars as pl

from features.configuration import Configuration
from features.home import Home
from features.lake import latest_profiles, read_customers, read_merges, require_readable, set_aside, steady
from features.lake_files import require_sound
from features.sealing import seal_of
from monitoring.record.sealed_names import named, path_of
from serving.desk.agents import Register

MEMORY = "2GB"
"""What one reading may take; what does not fit goes to the disk."""

THREADS = 2

_SQL_TYPES = {pl.String(): "VARCHAR", pl.Float64(): "DOUBLE", pl.Boolean(): "BOOLEAN", pl.Int64(): "BIGINT"}

_FIELDS = dict.fromkeys(
    ("product", "channel", "disposition", "agent_id", "action", "scene", "decision_id", "policy_id", "topic"),
    "VARCHAR",
) | {"talk_seconds": "DOUBLE", "premium": "DOUBLE", "expires_at": "TIMESTAMPTZ", "callback_at": "TIMESTAMPTZ"}
"""Fields that mean something to reports; null where a workspace does not declare one."""

_OWN = {"id": "VARCHAR", "source": "VARCHAR", "type": "VARCHAR", "customer_id": "VARCHAR", "time": "TIMESTAMPTZ",
        "data": "VARCHAR", "arrived": "BIGINT"}  # fmt: skip

_ARRIVED = {"customer_id": "VARCHAR", "time": "TIMESTAMPTZ", "arrived": "BIGINT"}

PLACES = 1 << 20
"""Places of arrival in a millisecond (`serving.events.stream`)."""

_DECISIONS = {"id": "VARCHAR", "customer_id": "VARCHAR", "time": "TIMESTAMPTZ"}

_TOLD = dict.fromkeys(("kind", "arm", "catalogue", "workspace"), "VARCHAR") | {"chosen": "BIGINT"}

_READ = ", ".join(
    [f"document->>'{name}' AS {name}" for name in ("kind", "arm", "catalogue", "workspace")]
    + ["json_array_length(document->'chosen')::BIGINT AS chosen"]
)
"""The same as SQL reads them from a document."""

Read = TypeVar("Read")


@dataclass(frozen=True)
class Tables:
    """The lake of a home as it was known at `until`, over one connection. Times are compared in UTC.

    Its table `customers` has who was known by then, with their latest tags, and `since` when; `agents` has the
    `agent` ids of the register with their `team`.
    """

    connection: duckdb.DuckDBPyConnection
    home: Home
    until: datetime

    @property
    def configuration(self) -> Configuration:
        return self.home.configuration

    def events(self, types: Collection[str], since: datetime | None = None) -> str:
        """SQL that gives the declared events of some types, each (source, id) once, with every column of the
        schema, and null for fields that reports know and the workspace does not declare.
        """
        kinds = {name: _sql_type(dtype) for name, dtype in self.configuration.workspace.event_schema.items()}
        return self._happened("events", {**_FIELDS, **kinds, "arrived": "BIGINT"}, types, since)

    def every_event(self) -> str:
        """SQL that gives all declared events as their files have them, for what counts none twice: words, first times.
        Ids are those by which events came.
        """
        kinds = {name: _sql_type(dtype) for name, dtype in self.configuration.workspace.event_schema.items()}
        return f"SELECT * FROM ({self._files('events', {**_FIELDS, **kinds})}) WHERE time <= {moment(self.until)}"

    def own(self, types: Collection[str], since: datetime | None = None) -> str:
        """SQL that gives the product's own events of some types, each once, with their `data` as JSON."""
        return self._happened("own", _OWN, types, since)

    def decisions(self, since: datetime | None = None) -> str:
        """SQL that gives decisions, each once: `id, customer_id, time, kind, arm, catalogue, workspace, chosen`, the
        last how many actions were offered. Rows of earlier versions, which have no such columns, are read by their
        documents.
        """
        files, within = sorted((self.home.lake / "decisions").glob("date=*/*.parquet")), self._within(since)
        told = self._with_column(files, "chosen")
        others = [file for file in files if file not in set(told)]
        read = _DECISIONS | {"document": "VARCHAR"}
        parts = [
            f"SELECT id, customer_id, time, {', '.join(_TOLD)} "
            f"FROM ({self._files('decisions', _DECISIONS | _TOLD, told)}) WHERE chosen IS NOT NULL AND {within}",
            f"SELECT id, customer_id, time, {_READ} FROM ({self._files('decisions', read, others)}) WHERE {within}",
        ]
        if told:  # Where files of both kinds were joined.
            mixed = self._files("decisions", read | {"chosen": "BIGINT"}, told)
            parts.append(
                f"SELECT id, customer_id, time, {_READ} FROM (SELECT * EXCLUDE (chosen) FROM ({mixed}) "
                f"WHERE chosen IS NULL AND {within})"
            )
        return (
            "SELECT told.* REPLACE (coalesce(into_id, customer_id) AS customer_id) FROM (SELECT DISTINCT ON (id) * "
            f"FROM ({' UNION ALL BY NAME '.join(parts)})) AS told LEFT JOIN merged USING (customer_id)"
        )

    def documents(self, ids: Sequence[str]) -> pl.DataFrame:
        """`id, document` of decisions, by id."""
        source, listed = self._files("decisions", {"id": "VARCHAR", "document": "VARCHAR"}), ", ".join(map(quoted, ids))
        wanted = f"SELECT DISTINCT ON (id) id, document FROM ({source}) WHERE id IN ({listed or 'NULL'}) ORDER BY id"
        return self.frame(wanted)

    def arrivals(self, since: datetime) -> str:
        """SQL of what arrived live, declared or our own: `customer_id, time, came`, the last in real milliseconds."""
        told = " UNION ALL ".join(
            f"SELECT customer_id, time, arrived // {PLACES} AS came FROM ({self._files(part, _ARRIVED)}) "
            f"WHERE arrived IS NOT NULL AND {self._within(since)}"
            for part in ("events", "own")
        )
        return (
            "SELECT coalesce(into_id, customer_id) AS customer_id, time, came "
            f"FROM ({told}) LEFT JOIN merged USING (customer_id)"
        )

    def rows(self, part: str) -> int:
        """How many rows the files of a part of the lake hold, by their footers."""
        files = sorted((self.home.lake / part).glob("date=*/*.parquet"))
        if not files:
            return 0
        return int(self.frame(f"SELECT sum(num_rows) AS n FROM parquet_file_metadata([{self._listed(files)}])")["n"][0])

    def frame(self, sql: str) -> pl.DataFrame:
        """The answer to a query. Raises FileNotFoundError where a file was compacted away meanwhile."""
        try:
            return pl.DataFrame(pl.from_arrow(self.connection.sql(sql).to_arrow_table()))
        except duckdb.IOException as error:
            raise FileNotFoundError(str(error)) from error

    def _happened(self, part: str, kinds: dict[str, str], types: Collection[str], since: datetime | None) -> str:
        listed = ", ".join(map(quoted, sorted(types))) or "NULL"
        source = self._files(part, kinds)
        return (
            "SELECT told.* EXCLUDE (arrived) REPLACE (coalesce(into_id, customer_id) AS customer_id) FROM "
            f"(SELECT DISTINCT ON (source, id) * FROM ({source}) AS every WHERE type IN ({listed}) "
            f"AND {self._within(since)} AND NOT EXISTS (SELECT 1 FROM aside WHERE aside.source = every.source "
            "AND aside.id = every.id AND aside.arrived IS NOT DISTINCT FROM every.arrived)) AS told "
            "LEFT JOIN merged USING (customer_id)"
        )

    def _within(self, since: datetime | None) -> str:
        before = f"time <= {moment(self.until)}"
        return before if since is None else f"{before} AND time > {moment(since)}"

    def _with_column(self, files: Sequence[Path], column: str) -> list[Path]:
        """Those of the files that have a column."""
        if not files:
            return []
        found = self.frame(
            f"SELECT file_name FROM parquet_schema([{self._listed(files)}]) WHERE name = {quoted(column)}"
        )
        return [path_of(name) for name in found["file_name"]]

    def _files(self, part: str, kinds: Mapping[str, str], some: Sequence[Path] | None = None) -> str:
        """Every file of a part of the lake, or some, with these columns, null where none of them has one."""
        files = sorted((self.home.lake / part).glob("date=*/*.parquet")) if some is None else some
        absent = ", ".join(f"NULL::{kind} AS {name}" for name, kind in kinds.items())
        if not files:
            return f"SELECT {absent} LIMIT 0"
        require_sound(files)
        there = self._columns(files)
        chosen = [
            f"CAST({_name(name)} AS {kind}) AS {_name(name)}" if name in there else f"NULL::{kind} AS {_name(name)}"
            for name, kind in kinds.items()
        ]
        return f"SELECT {', '.join(chosen)} FROM {self._parquet(files)}"

    def _columns(self, files: Sequence[Path]) -> set[str]:
        return set(self.frame(f"DESCRIBE SELECT * FROM {self._parquet(files)}")["column_name"])

    def _parquet(self, files: Sequence[Path]) -> str:
        return f"read_parquet([{self._listed(files)}], union_by_name = true, hive_partitioning = false)"

    def _listed(self, files: Sequence[Path]) -> str:
        name = str if seal_of(self.home.folder) is None else named
        return ", ".join(quoted(name(file)) for file in files)


def reading(home: Home, until: datetime, read: Callable[[Tables], Read], memory: str = MEMORY) -> Read:
    """What `read` makes of the lake; once more where a file was compacted away between listing and reading.

    Raises DamagedFiles naming those that cannot be read at all.
    """

    def once() -> Read:
        with opened(home, until, memory) as tables:
            return read(tables)

    try:
        return steady(home, once)
    except duckdb.Error as error:
        require_readable(home, error)
        raise


def _be_quiet(connection: duckdb.DuckDBPyConnection) -> None:
    """No bar of progress. In a notebook the setting can be looked at, and be changed only where widgets are installed,
    without which there is none.
    """
    ((shown,),) = connection.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    if shown:
        connection.execute("SET enable_progress_bar = false")


@contextmanager
def opened(home: Home, until: datetime, memory: str = MEMORY, threads: int = THREADS) -> Iterator[Tables]:
    """The tables, over a connection that fetches nothing and ends with this."""
    settings = {
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "memory_limit": memory,
        "threads": str(threads),
    }  # fmt: skip
    with duckdb.connect(config=settings) as connection:  # type: ignore[arg-type]
        connection.execute("SET TimeZone = 'UTC'")
        _be_quiet(connection)
        if seal_of(home.folder) is not None:
            _open_sealed(connection)
        tables = Tables(connection, home, until)
        merges = read_merges(home, until)
        merged = {"customer_id": list(merges), "into_id": list(merges.values())}
        records = read_customers(home, until)
        first = records.group_by("customer_id").agg(pl.col("at").min().alias("since"))
        profiles = latest_profiles(home.configuration.workspace, records).join(first, on="customer_id")
        register = Register(home.agents, home.configuration).all()
        agents = {"agent": [agent.id for agent in register], "team": [agent.team for agent in register]}
        kept = {
            "agents": pl.DataFrame(agents, schema=dict.fromkeys(agents, pl.String())),
            "merged": pl.DataFrame(merged, schema=dict.fromkeys(merged, pl.String())),
            "aside": set_aside(home),
            "customers": profiles,
        }
        for name, frame in kept.items():
            connection.register(name, frame.to_arrow())
        yield tables


def _open_sealed(connection: duckdb.DuckDBPyConnection) -> None:
    """Have it read sealed files. What does not fit into the memory then goes nowhere."""
    # Who has no encrypted home waits for no file system to be loaded.
    from monitoring.record.sealed_files import SealedFileSystem

    connection.execute("SET temp_directory = ''")
    connection.register_filesystem(SealedFileSystem())


def quoted(text: str) -> str:
    """A text as SQL writes it.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def moment(time: datetime) -> str:
    """A time as SQL writes it."""
    return f"TIMESTAMPTZ {quoted(time.isoformat())}"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _sql_type(dtype: pl.DataType) -> str:
    return "TIMESTAMPTZ" if dtype.is_temporal() else _SQL_TYPES[dtype]
