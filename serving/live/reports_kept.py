"""Reports kept: what calls said of wrong numbers of those who stay, where somebody who is erased was one with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from features.digest import Digests
from features.home import Home
from features.lake import ARRIVED, read_own
from features.number_reports import Heard, Note, note_rows, noted, read_reports
from features.own_events import ERASED, NUMBER_WRONG
from features.spans import Telling
from features.wrong_numbers import mistaken
from serving.live.last_records import last_records


def reports_kept(home: Home, customer_ids: Collection[str]) -> pl.DataFrame:
    """The own events, as rows of the lake, that keep it when these are about to leave: which number a report was about
    may hang by what they told. They name nobody who leaves.
    """
    gone = _gone(home, customer_ids)
    told = {record.customer_id: _whatever_was_reported(record.tellings) for record in last_records(home, None)}
    return note_rows([note for heard in read_reports(home) for note in _kept(heard, gone, told)])


def _gone(home: Home, customer_ids: Collection[str]) -> dict[str, float]:
    """Per id where that it was erased arrived."""
    places: dict[str, float] = dict(read_own(home, ERASED).select("customer_id", ARRIVED).rows())
    digest = Digests(home.folder).of
    return {name: places.get(digest(name)) or float("inf") for name in customer_ids}


def _whatever_was_reported(tellings: Mapping[str, Telling]) -> dict[str, Telling]:
    return {key: telling._replace(wrong=0) for key, telling in tellings.items()}


def _kept(heard: Heard, gone: Mapping[str, float], told: Mapping[str, Mapping[str, Telling]]) -> Iterator[Note]:
    there = {name for name in heard.ids if gone.get(name, float("inf")) > heard.arrived}
    if gone.keys().isdisjoint(there):
        return
    report = heard.report
    key, times = mistaken(report, {name: told[name] for name in there if name in told})
    about: dict[str, str | None] = {report.customer_id: None} | dict.fromkeys(times, key.removeprefix("phone:"))
    yield from (noted(NUMBER_WRONG, report, name, phone) for name, phone in about.items() if name not in gone)
