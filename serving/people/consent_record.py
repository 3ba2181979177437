"""The record of consents: every word that a customer said on a purpose, with what shows that they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import polars as pl
from typing_extensions import TypedDict

from features.consents import column
from features.home import Home
from features.lake import data_of, read_events_of, read_own_of, read_records
from features.own_events import CONSENTED
from leads.configuration.spelling import CALLED, CHANGED
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.configuration.workspace import CHANNEL, CONSENT, DISPOSITION, Workspace
from leads.contact.policy import CALL
from serving.clock import from_microseconds, written
from serving.events.stream import Event
from serving.events.timeline import HotTimelines
from serving.meaning import Means, Time


class ConsentWord(TypedDict):
    """A yes or no, and what shows it."""

    purpose: Annotated[str, Means("a channel, all of them, or profiling")]
    given: Annotated[bool | None, Means("null takes an earlier word away")]
    at: Annotated[Time, Means("when it was said")]
    told: Annotated[Literal["customer", "event", "call", "import"], Means("how it came in")]
    source: Annotated[str | None, Means("where it was said, or which system told it")]
    by: Annotated[str | None, Means("who heard it")]
    text: Annotated[str | None, Means("what they said yes or no to")]
    told_by: Annotated[str | None, Means("who told us: a key's id, or a person's")]


class ConsentRecord:
    """Reads it from timelines and lake."""

    def __init__(self, home: Home, timelines: HotTimelines) -> None:
        self._home = home
        self._timelines = timelines

    def of(self, customer_ids: Sequence[str]) -> list[ConsentWord]:
        """All words of a person, the latest first. customer_ids: the id that survives, and those merged into it."""
        workspace = self._home.configuration.workspace
        live = self._timelines.kept(customer_ids[:1])
        proofs = _unique([*_own(self._home, customer_ids), *(event for event in live if event.type == CONSENTED)])
        shown = {tuple(event.data["of"]) for event in proofs if event.data.get("of")}
        told = _unique([*_declared(self._home, workspace, customer_ids), *live])
        words = [word for event in proofs for word in _proven(event)]
        words += [word for event in told if (event.source, event.id) not in shown for word in _word(event)]
        words += _imported(self._home, workspace, customer_ids)
        return sorted(words, key=lambda word: word["at"], reverse=True)


def _unique(events: Sequence[Event]) -> list[Event]:
    return list({(event.source, event.id): event for event in events}.values())


def _own(home: Home, customer_ids: Sequence[str]) -> Iterator[Event]:
    for row in (
        read_own_of(home, customer_ids, CONSENTED).with_columns(pl.col("time").to_physical()).iter_rows(named=True)
    ):
        yield Event(row["id"], row["source"], CONSENTED, row["customer_id"], row["time"], data_of(row["data"]))


def _declared(home: Home, workspace: Workspace, customer_ids: Sequence[str]) -> Iterator[Event]:
    found = read_events_of(home, customer_ids).filter(pl.col("type").is_in([CHANGED, CALLED]))
    names = [name for name in (CHANNEL, CONSENT, DISPOSITION, "agent_id") if name in workspace.fields]
    for row in found.with_columns(pl.col("time").to_physical()).iter_rows(named=True):
        data = {name: row[name] for name in names if row[name] is not None}
        yield Event(row["id"], row["source"], row["type"], row["customer_id"], row["time"], data)


def _proven(event: Event) -> Iterator[ConsentWord]:
    by_event = event.data.get("of") is not None
    for said in event.data["said"]:
        yield _said(
            said["purpose"], said.get("given"), said["at"], "event" if by_event else "customer", said,
            event.data.get("told_by"),
        )  # fmt: skip


def _word(event: Event) -> Iterator[ConsentWord]:
    """Of a declared event that says a word itself."""
    at, parts = written(from_microseconds(event.time)), {"source": event.source, "by": event.data.get("agent_id")}
    if event.type == CHANGED and event.data.get(CHANNEL) is not None:
        yield _said(event.data[CHANNEL], event.data.get(CONSENT), at, "event", parts)
    elif event.type == CALLED and event.data.get(DISPOSITION) == DO_NOT_CALL:
        yield _said(CALL, False, at, "call", parts)


def _imported(home: Home, workspace: Workspace, customer_ids: Sequence[str]) -> Iterator[ConsentWord]:
    mine = read_records(home).filter(pl.col("customer_id").is_in(list(customer_ids)) & pl.col("said").is_null())
    before: dict[tuple[str, str], bool] = {}
    for row in mine.sort("at").iter_rows(named=True):
        for purpose in workspace.purposes:
            given, key = row[column(purpose)], (row["customer_id"], purpose)
            if given is not None and before.get(key) is not given:
                before[key] = given
                yield _said(purpose, given, written(row["at"]), "import", {})


def _said(
    purpose: str, given: bool | None, at: str, told: Literal["customer", "event", "call", "import"],
    parts: Mapping[str, Any], told_by: str | None = None,
) -> ConsentWord:  # fmt: skip
    return {
        "purpose": purpose,
        "given": given,
        "at": at,
        "told": told,
        "source": parts.get("source"),
        "by": parts.get("by"),
        "text": parts.get("text"),
        "told_by": told_by,
    }
