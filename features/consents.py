"""Consents: what a customer said of each channel, and of profiling, last. Every word has its own time, whenever the
rest was told.

Of two words the later counts, and of a yes and a no at the same moment the no. Taking a word away is a word too, which
ends a yes that was said until then, never a no that was said in an event or of another id of the same person. So their
order of arrival does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from features.slots import StateLayout
from leads.sheet.sheet import Sheet

YES, TAKEN, NO = range(3)
"""Words in the order in which they count at the same moment."""

_GIVEN = {YES: True, TAKEN: None, NO: False}

_WORDS = 4
"""A word and its time (microseconds) in one number, so that the greatest is the last: time times this, and the word."""


def column(channel: str) -> str:
    """Whether a customer consents to a channel, null where nobody said."""
    return f"consent_{channel}"


def time_column(channel: str) -> str:
    """When that was said, in microseconds; null where nobody said."""
    return f"consent_{channel}__told"


Word = tuple[int, bool | None]
"""When it was said of a channel, in microseconds, and what; None took away what had been said."""


def weight(given: bool | None) -> int:
    """How much a word counts against another one of the same moment; None is one that is taken away."""
    return TAKEN if given is None else YES if given else NO


def together(words: Collection[Word]) -> Word:
    """The word of a person by those of their ids: the last, but what one takes back is no other's no."""
    last = max(words, key=lambda word: (word[0], weight(word[1])))
    refused = [word for word in words if word[1] is False]
    return max(refused) if last[1] is None and refused else last


def with_times(channels: Iterable[str], customers: pl.DataFrame) -> pl.DataFrame:
    """Customers with the times of their consents; where a frame has none, they were said with the record (`at`)."""
    at = pl.col("at").to_physical().cast(pl.Float64)
    missing = [channel for channel in channels if time_column(channel) not in customers.columns]
    return customers.with_columns(
        pl.when(pl.col(column(channel)).is_not_null()).then(at).alias(time_column(channel)) for channel in missing
    )


def said_of(channels: Iterable[str], row: Mapping[str, Any]) -> dict[str, int]:
    """The times of a row's consents as the lake keeps them."""
    return {
        f"consent:{channel}": int(row[time_column(channel)])
        for channel in channels
        if row[time_column(channel)] is not None
    }


def last_words(channels: Sequence[str], records: pl.DataFrame, merges: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Records of the lake, each with the last words of its customer until then.

    records: ordered by time. merges: per id that was merged away the one that survives, whose words are then its own.
    A record that was told live says itself when each word was said. In an import an empty consent says nothing, and one
    that a later row of the customer merely repeats is no new word; of its rows of one moment a no counts.
    """
    records = one_a_moment(channels, records)
    spoken = records.with_columns(_word(channel).alias(time_column(channel)) for channel in channels)
    running = (pl.col(time_column(c)).cum_max().forward_fill().over("customer_id") for c in channels)
    spoken = spoken.with_columns(running)
    if merges:
        several = pl.col("customer_id").is_in([*merges, *merges.values()])
        spoken = spoken.with_columns(_of_people(channel, spoken, several, merges) for channel in channels)
        spoken = spoken.with_columns(pl.col("customer_id").replace(merges))
    return decoded(channels, spoken)


def one_a_moment(channels: Sequence[str], records: pl.DataFrame) -> pl.DataFrame:
    """The last of a customer's records of one moment; of imported ones (those without `said`) with the no that any of
    them says, else the last yes.
    """
    moment = ["customer_id", "at"]
    if not records.select(moment).is_duplicated().any():
        return records
    imported = pl.col("said").is_null() if "said" in records.columns else pl.lit(value=True)
    for name in map(column, channels):
        given = pl.col(name)
        refused = (imported & ~given).any().over(moment)
        last = pl.when(imported).then(given).forward_fill().over(moment)
        records = records.with_columns(pl.when(imported).then(last & ~refused).otherwise(given).alias(name))
    return records.unique(moment, keep="last", maintain_order=True)


def _of_people(channel: str, spoken: pl.DataFrame, several: pl.Expr, merges: Mapping[str, str]) -> pl.Expr:
    """The running words of a channel, of those who have several ids the person's."""
    numbered = spoken.select("customer_id", word=time_column(channel), several=several).with_row_index("row")
    mine = numbered.filter("several").select("row", "customer_id", "word")
    words = pl.DataFrame(_running(mine.iter_rows(), merges), schema={"row": pl.UInt32, "word": pl.Int64}, orient="row")
    both = numbered.update(words, on="row", how="left", include_nulls=True)
    return pl.lit(both["word"]).alias(time_column(channel))


def _running(
    rows: Iterable[tuple[int, str, int | None]], merges: Mapping[str, str]
) -> Iterator[tuple[int, int | None]]:
    known: dict[str, dict[str, Word]] = defaultdict(dict)
    for row, name, word in rows:
        words = known[merges.get(name, name)]
        if word is not None:
            words[name] = (word // _WORDS, _GIVEN[word % _WORDS])
        yield row, _number(together(words.values())) if words else None


def _number(word: Word) -> int:
    return word[0] * _WORDS + weight(word[1])


def decoded(channels: Sequence[str], words: pl.DataFrame) -> pl.DataFrame:
    """The consents and their times of words, which stand where the times come to stand."""
    spoken = [pl.col(time_column(channel)) for channel in channels]
    given = [
        pl.when(word % _WORDS == YES).then(True).when(word % _WORDS == NO).then(False).alias(column(channel))
        for channel, word in zip(channels, spoken, strict=True)
    ]
    return words.with_columns(*given, *((word // _WORDS).cast(pl.Float64) for word in spoken))


def encoded(channels: Sequence[str], customers: pl.DataFrame) -> pl.DataFrame:
    """The words of consents and their times, the last of which is the greatest."""
    return customers.with_columns(
        (pl.col(time_column(channel)).cast(pl.Int64) * _WORDS + _weight(channel)).alias(time_column(channel))
        for channel in channels
    )


def _weight(channel: str) -> pl.Expr:
    given = pl.col(column(channel))
    return pl.when(given).then(YES).when(~given).then(NO).otherwise(TAKEN).cast(pl.Int64)


def _word(channel: str) -> pl.Expr:
    """The word that a record says anew, with its time; null where it says none."""
    live, at = pl.col("said").is_not_null(), pl.col("at").to_physical()
    given = pl.col(column(channel))
    own = pl.col("said").str.json_path_match(f"$['consent:{channel}']").cast(pl.Int64)
    imported = pl.when(~live).then(given)
    before = imported.shift().forward_fill().over("customer_id")
    fresh = given.is_not_null() & given.ne_missing(before)
    when = pl.when(live).then(pl.coalesce(own, pl.when(given.is_not_null()).then(at))).when(fresh).then(at)
    return when * _WORDS + _weight(channel)


def consents_at(channels: Sequence[str], layout: StateLayout, profile: Sheet, standing: np.ndarray) -> np.ndarray:
    """Per channel the last word of record and events: (n, channels), 1 or 0, NaN where nothing is known.

    profile: the consents, and their times where they are known; any event is later than one without.
    """
    return _last_words(channels, layout, profile, standing)[0].T


def agreed_at(channel: str, layout: StateLayout, profile: Sheet, standing: np.ndarray) -> np.ndarray:
    """When the last word on a channel was said, in microseconds (n,), where it is a yes; NaN elsewhere."""
    (given,), (at,) = _last_words([channel], layout, profile, standing)
    return np.where(given == 1.0, at, np.nan)


def _last_words(
    channels: Sequence[str], layout: StateLayout, profile: Sheet, standing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The last of a record's word and an event's, and when it was said: (channels, n) each."""
    about = [column(channel) for channel in channels]
    given = _rows(profile.values, profile.columns.places, about)
    when = _rows(profile.values, profile.columns.places, [f"{name}__told" for name in about])
    at = _rows(standing.T, layout.offsets, [f"{name}__at" for name in about])
    no = _rows(standing.T, layout.offsets, [f"{name}__refused" for name in about])
    known = np.where(np.isnan(when), -np.inf, when)
    said_no, taken = no > 0, np.isnan(given)
    later = (at > known) | ((at == known) & said_no) | (taken & said_no & ~np.isnan(at))
    return np.where(later, 1.0 - no, given), np.where(later, at, when)


def _rows(values: np.ndarray, places: Mapping[str, int], names: Sequence[str]) -> np.ndarray:
    """(names, n) NaN where nothing is kept under a name."""
    found = np.array([places.get(name, -1) for name in names], dtype=np.intp)
    rows: np.ndarray = values[np.maximum(found, 0)] if len(values) else np.empty((len(names), values.shape[1]))
    rows[found < 0] = np.nan
    return rows
