"""BPI Challenge 2012's event log as a history: every application is a customer, every log entry an event."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import polars as pl

from features.tables import check_columns, numbers, read_texts, refuse_lost
from leads.errors import InvalidInput, NotFound
from leads.history import TIME, History

CASE, AMOUNT, REGISTERED = "case:concept:name", "case:AMOUNT_REQ", "case:REG_DATE"
ACTIVITY, TRANSITION, RESOURCE, WHEN = (
    "concept:name",
    "lifecycle:transition",
    "org:resource",
    "time:timestamp",
)
COLUMNS = (CASE, AMOUNT, REGISTERED, ACTIVITY, TRANSITION, RESOURCE, WHEN)
"""Of the log as pm4py exports it. The resource of an entry may be empty."""

STATES = (
    "a_submitted", "a_partlysubmitted", "a_preaccepted", "a_accepted", "a_finalized", "a_approved",
    "a_registered", "a_activated", "a_declined", "a_cancelled", "o_selected", "o_created", "o_sent",
    "o_sent_back", "o_accepted", "o_declined", "o_cancelled",
)  # fmt: skip
"""States of an application and of its offers; only their completion is logged."""

WORK = (
    "w_afhandelen_leads", "w_completeren_aanvraag", "w_nabellen_offertes", "w_nabellen_incomplete_dossiers",
    "w_valideren_aanvraag", "w_beoordelen_fraude", "w_wijzigen_contractgegevens",
)  # fmt: skip
TRANSITIONS = ("schedule", "start", "complete")
TYPES = (*STATES, *(f"{work}.{transition}" for work in WORK for transition in TRANSITIONS))
"""Every event type: a state, or what became of a work item, such as `w_nabellen_offertes.complete`."""


def read(files: Sequence[Path]) -> History:
    """The log from `.csv` or `.xes` files, plain or gzip. The record is complete up to its last entry.

    Raises NotFound for a missing file; InvalidInput for a missing column, an unknown activity, or a time,
    amount or case that cannot be read.
    """
    log = pl.concat([_log(Path(file)) for file in files])
    log = log.select(
        pl.col(CASE).alias("customer_id"),
        numbers(log[AMOUNT]).alias("amount_req"),
        _times(log[REGISTERED]).alias("registered"),
        _types(log).alias("type"),
        pl.col(RESOURCE).alias("resource"),
        _times(log[WHEN]).alias("time"),
    )
    for column, official in (("customer_id", CASE), ("time", WHEN)):
        if log[column].null_count():
            raise InvalidInput(official, None, "present in every row")
    log = log.sort("customer_id", "time", maintain_order=True)
    return History(_customers(log), _events(log), log.select(pl.col("time").max()).item())


def _customers(log: pl.DataFrame) -> pl.DataFrame:
    """One row per application, known from its registration or first entry, whichever is earlier."""
    return log.group_by("customer_id", maintain_order=True).agg(
        pl.min_horizontal(pl.col("time").min(), pl.col("registered").min()).alias("at"),
        pl.col("amount_req").first(),
    )


def _events(log: pl.DataFrame) -> pl.DataFrame:
    """The entries; an id is the application and the entry's number in it: a longer log keeps its ids."""
    number = pl.int_range(1, pl.len() + 1).over("customer_id").cast(pl.String)
    return log.select(
        pl.concat_str("customer_id", pl.lit("-"), number).alias("id"),
        pl.lit("bpi2012").alias("source"),
        "type",
        "customer_id",
        "time",
        "resource",
    )


def _types(log: pl.DataFrame) -> pl.Series:
    name = pl.col(ACTIVITY).str.to_lowercase().str.replace_all(" ", "_")
    work = pl.concat_str(name, pl.lit("."), pl.col(TRANSITION).str.to_lowercase())
    types = log.select(pl.when(name.is_in(WORK)).then(work).otherwise(name).alias("type"))["type"]
    unknown = log.filter(~types.is_in(TYPES).fill_null(False)).select(ACTIVITY, TRANSITION)
    if len(unknown):
        activity, transition = unknown.row(0)
        field, value = (TRANSITION, transition) if str(activity).startswith("W_") else (ACTIVITY, activity)
        raise InvalidInput(field, value, f"an activity and transition of the challenge, one of {', '.join(TYPES)}")
    return types


def _times(texts: pl.Series) -> pl.Series:
    """ISO 8601 with an offset, `T` or a space before the time, with or without fractions of a second."""
    written = texts.str.replace(" ", "T", literal=True).str.replace(r"Z$", "+00:00")
    times = written.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", strict=False).cast(TIME)
    refuse_lost(texts, times, "a time with its offset, such as 2011-10-01T00:38:44.546+02:00")
    return times


def _log(file: Path) -> pl.DataFrame:
    """The log of one file as texts, columns `COLUMNS`, its entries in the file's order."""
    if not file.is_file():
        raise NotFound("file", str(file))
    kind = "an event log as CSV with a header or as XES"
    try:
        with _opened(file) as stream:
            is_xml = stream.read(256).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        if is_xml:
            return _xes(file)
    except (OSError, EOFError, ElementTree.ParseError) as error:
        raise InvalidInput("file", str(file), f"{kind}, plain or gzip ({error})") from error
    table = read_texts(file, kind)
    check_columns(file, table, COLUMNS)
    return table.select(COLUMNS)


def _opened(file: Path) -> IO[bytes]:
    with file.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(file) if zipped else file.open("rb")  # type: ignore[return-value]


def _xes(file: Path) -> pl.DataFrame:
    with _opened(file) as stream:
        return pl.DataFrame(list(_entries(stream)), schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _entries(stream: IO[bytes]) -> Iterator[tuple[str | None, ...]]:
    """A row per event of the XML, with the attributes of its trace; each trace is dropped once read."""
    for _, element in ElementTree.iterparse(stream):
        if _tag(element) != "trace":
            continue
        trace = {f"case:{key}": value for key, value in _attributes(element).items()}
        for child in element:
            if _tag(child) == "event":
                entry = trace | _attributes(child)
                yield tuple(entry.get(column) for column in COLUMNS)
        element.clear()


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {child.attrib["key"]: child.attrib["value"] for child in element if "value" in child.attrib}


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
