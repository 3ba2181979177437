"""Imported customers who share an identity are one person: noted in the lake, so that all who read it agree."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import polars as pl

from features import spans as spanning
from features.home import Home
from features.identity import distinct_values, identity_key, key_of
from features.lake import (
    ARRIVED,
    IMPORT,
    append_own,
    last_arrival,
    merges_of,
    read_merges,
    read_own,
    read_records,
    read_verdicts,
)
from features.number_reports import read_reports
from features.own_events import MERGED, UNMERGED
from features.people import Known, Unity, shared_keys, surviving
from features.people import unite as united
from features.spans import Spans, Telling, Told
from features.wrong_numbers import mistaken
from leads.history import IDENTITIES, TIME


def unite(home: Home) -> int:
    """Note who became one and who no longer is; how many ids were merged anew. Again, it changes nothing.

    What is reported of one of them is known of all, which may take them apart again.
    """
    before = read_merges(home)
    while _note_persons(home):
        pass
    return sum(before.get(name) != into for name, into in read_merges(home).items())


def _note_persons(home: Home) -> int:
    """Note who is one by what the lake tells now; how many ids were merged anew."""
    told = _without_mistakes(home, _told(home))
    verdicts, most = read_verdicts(home), home.configuration.workspace.shared_by_at_most
    everyone = [record.known(name, verdicts.get(name, {})) for name, record in told.items()]
    unity = united(everyone, shared_keys(everyone, most))
    return note(home, unity, {name: record.at for name, record in told.items()})


def note(home: Home, unity: Unity, times: Mapping[str, int]) -> int:
    """Write what the lake does not say yet of this, at the times (microseconds) at which the ids told something last,
    and as what arrived last; how many ids were merged anew.
    """
    noted = read_own(home, MERGED, UNMERGED)
    before = merges_of(noted)
    fresh = {name: into for name, into in unity.into.items() if name != into and surviving(before, name) != into}
    stale = {name: into for name, into in before.items() if unity.into.get(name) == name}
    events = [_event(UNMERGED, name, {"from": into}, times[name]) for name, into in sorted(stale.items())]
    events += [
        _event(MERGED, name, {"into": into}, max(times[name], times[into])) for name, into in sorted(fresh.items())
    ]
    if events:
        place = pl.lit(_place(last_arrival(home), noted), pl.Int64()).alias(ARRIVED)
        append_own(home, pl.DataFrame(events).with_columns(pl.col("time").cast(TIME), place))
    return len(fresh)


def _place(last: int | None, noted: pl.DataFrame) -> int | None:
    """Where notes arrive: after all that came live (last: of it), and after other notes; None for the first ones, whose
    people were one as soon as they told so.
    """
    return None if last is None and noted.is_empty() else (last or 0) + 1


@dataclass(frozen=True)
class _Record:
    """What an id told last. told: identities in normal form, by kind, and when."""

    at: int
    told: Told
    known_as: Sequence[str]
    spans: Spans
    distinct: Mapping[str, str]

    def known(self, customer_id: str, verdicts: Mapping[str, bool]) -> Known:
        ended, wrong = spanning.ended(self.spans), spanning.wrong(self.spans)
        return Known(customer_id, self.keys, ended, wrong, self.distinct, verdicts)

    @property
    def keys(self) -> dict[str, int]:
        return spanning.held(self.told, self.known_as, self.spans)

    @property
    def tellings(self) -> dict[str, Telling]:
        return spanning.tellings(self.told, self.known_as, self.spans)


def _told(home: Home) -> dict[str, _Record]:
    """The newest record of each id; what cannot be an identity is passed over."""
    workspace, found = home.configuration.workspace, {}
    records = spanning.with_beginnings(read_records(home).sort("at", maintain_order=True))
    latest = records.unique("customer_id", keep="last", maintain_order=True).sort("at", "customer_id")
    distinct = [tag.name for tag in workspace.tags.values() if tag.distinct]
    for row in latest.with_columns(pl.col("at").to_physical()).iter_rows(named=True):
        said, recognition = json.loads(row["said"] or "{}") | spanning.said_with(row), workspace.recognition
        keys = {kind: identity_key(kind, row[kind], recognition, row["timezone"]) for kind in IDENTITIES}
        told = {kind: (said.get(kind, row["at"]), key.removeprefix(f"{kind}:")) for kind, key in keys.items() if key}
        apart = distinct_values({name: row[name] for name in distinct}, recognition)
        others = [key for known in row["known_as"] or () if (key := key_of(known, recognition)) is not None]
        spans = spanning.normalised(spanning.read(row["spans"]), recognition)
        found[row["customer_id"]] = _Record(row["at"], told, others, spans, apart)
    return found


def _without_mistakes(home: Home, told: Mapping[str, _Record]) -> dict[str, _Record]:
    """The records with what calls say of wrong numbers."""
    found = dict(told)
    for report, _, ids in read_reports(home):
        key, times = mistaken(report, {name: found[name].tellings for name in ids if name in found})
        for name, at in times.items():
            found[name] = replace(found[name], spans=spanning.reported(found[name].spans, key, at))
    return found


def _event(kind: str, customer_id: str, data: Mapping[str, Any], at: int) -> dict[str, Any]:
    told = json.dumps({**data, "why": "identity"})
    return {"id": uuid4().hex, "source": IMPORT, "type": kind, "customer_id": customer_id, "time": at, "data": told}
