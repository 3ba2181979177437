"""Others' record: what it says of merges with those who are erased, and what theirs says of others, stays under names
that tell nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from features.digest import Digests
from features.home import Home
from features.lake import append_own, data_of, writing
from features.lake_files import read_file, require_sound, scan_file, write_file
from features.own_events import DIALLED, MERGED, UNMERGED, fault_of
from features.traces import Traces
from serving.events.stream import Event
from serving.events.timeline import HotTimelines
from serving.live.reports_kept import reports_kept
from serving.people.contacts import Contacts

_LINKS = (MERGED, UNMERGED)
_ONE, _PAIRS = ("into", "from"), ("same", "apart")
"""Where such an event names other ids."""


class OthersRecord:
    """Keeps what stays true of others when somebody is erased, in the lake and in their timelines."""

    def __init__(self, home: Home, digests: Digests, contacts: Contacts, timelines: HotTimelines) -> None:
        self._home = home
        self._digests = digests
        self._contacts = contacts
        self._timelines = timelines

    def keep(self, customer_ids: Sequence[str], traces: Traces) -> None:
        """These are about to leave the lake. traces: how they were named."""
        names = {name: self._digests.of(name) for name in customer_ids}
        reports, others = reports_kept(self._home, names), set[str]()
        with writing(self._home):
            if len(reports):
                append_own(self._home, reports, f"reports-{reports['id'][0]}")
            for path in sorted((self._home.lake / "own").glob("date=*/*.parquet")):
                others.update(_rewritten(path, names, traces))
        people = sorted(set(self._contacts.surviving(sorted(others))))
        self._timelines.change(people, lambda event: _told(event, names, traces))


def _rewritten(path: Path, names: Mapping[str, str], traces: Traces) -> list[str]:
    """Whose rows of a file named them, which it does no more. Of their own rows those stay that say of others who is
    one, as nobody's.
    """
    require_sound([path])
    wanted = _naming(names) | (pl.col("type") == DIALLED)
    found = scan_file(path).filter(wanted).collect()
    frame = found.filter(_naming(names))
    dialled = [name for name, data in _dialled(found) if traces.within(data)]
    if frame.is_empty() and not dialled:
        return []
    new = pl.DataFrame(
        [row for told in frame.iter_rows(named=True) if (row := _row(told, names, traces))], frame.schema
    )
    rest = read_file(path).filter(~_naming(names) & ~pl.col("id").is_in(dialled))
    write_file(path, pl.concat([rest, new]))
    return [name for name in frame["customer_id"] if name not in names]


def _row(row: Mapping[str, Any], names: Mapping[str, str], traces: Traces) -> dict[str, Any] | None:
    """A row with other names; None where nothing is left of it, or nobody can read it."""
    if fault_of(*(row[name] for name in ("type", "id", "source", "customer_id", "data"))) is not None:
        return None
    name, told = row["customer_id"], renamed(data_of(row["data"]), names, traces)
    left = _said_of_others(told, names) if name in names else told
    return None if left is None else {**row, "customer_id": names.get(name, name), "data": json.dumps(left)}


def _dialled(own: pl.DataFrame) -> Iterable[tuple[str, str]]:
    """Id and data of what is kept of numbers that others dialled."""
    return own.filter(pl.col("type") == DIALLED).select("id", "data").iter_rows()


def _naming(names: Mapping[str, str]) -> pl.Expr:
    """Merges, and those taken back, of them or that name them."""
    texts = [text for name in names for text in (json.dumps(name), json.dumps(name, ensure_ascii=False))]
    theirs = pl.col("customer_id").is_in(list(names)) | pl.col("data").str.contains_any(texts)
    return pl.col("type").is_in(_LINKS) & theirs.fill_null(False)


def _said_of_others(told: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any] | None:
    """What stays of what their own rows tell, None where it is nothing; told: with other names."""
    gone = set(names.values())
    if not any(gone.isdisjoint(pair) for field in _PAIRS for pair in told.get(field, ())):
        return None
    return {field: told[field] for field in ("why", *_ONE, *_PAIRS) if field in told}


def _told(event: Event, names: Mapping[str, str], traces: Traces) -> Event:
    return replace(event, data=renamed(event.data, names, traces)) if event.type in _LINKS else event


def renamed(data: Mapping[str, Any], names: Mapping[str, str], traces: Traces) -> dict[str, Any]:
    """What a merge, or one taken back, tells, with other names for ids; what else names one of them goes."""
    ones = {field: names.get(data[field], data[field]) for field in _ONE if field in data}
    pairs = {field: [[names.get(n, n) for n in pair] for pair in data[field]] for field in _PAIRS if field in data}
    beside = {field: value for field, value in data.items() if field not in (*_ONE, *_PAIRS)}
    kept = {field: value for field, value in beside.items() if not traces.within(json.dumps(value))}
    return {field: _masked(value, traces) for field, value in kept.items()} | ones | pairs


def _masked(value: Any, traces: Traces) -> Any:
    return traces.masked(value.encode()).decode() if isinstance(value, str) else value
