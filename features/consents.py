"""Consents: what a customer said of each channel last. Every word has its own time, whenever the rest was told.

Of two words the later counts, and of a yes and a no at the same moment the no. Taking a word away is a word too, which
ends a yes that was said until then, never a no that was said in an event. So their order of arrival does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from features.slots import StateLayout

YES, TAKEN, NO = range(3)
"""Words in the order in which they count at the same moment."""

_WORDS = 4
"""A word and its time (microseconds) in one number, so that the greatest is the last: time times this, and the word."""


def column(channel: str) -> str:
    """Whether a customer consents to a channel, null where nobody said."""
    return f"consent_{channel}"


def told(channel: str) -> str:
    """When that was said, in microseconds; null where nobody said."""
    return f"consent_{channel}__told"


def weight(given: bool | None) -> int:
    """How much a word counts against another one of the same moment; None is one that is taken away."""
    return TAKEN if given is None else YES if given else NO


def with_times(channels: Iterable[str], customers: pl.DataFrame) -> pl.DataFrame:
    """Customers with the times of their consents; where a frame has none, they were said with the record (`at`)."""
    at = pl.col("at").to_physical().cast(pl.Float64)
    missing = [channel for channel in channels if told(channel) not in customers.columns]
    return customers.with_columns(
        pl.when(pl.col(column(channel)).is_not_null()).then(at).alias(told(channel)) for channel in missing
    )


def said_of(channels: Iterable[str], row: Mapping[str, Any]) -> dict[str, int]:
    """The times of a row's consents as the lake keeps them."""
    return {f"consent:{channel}": int(row[told(channel)]) for channel in channels if row[told(channel)] is not None}


def last_words(channels: Sequence[str], records: pl.DataFrame, merges: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Records of the lake, each with the last words of its customer until then.

    records: ordered by time. merges: per id that was merged away the one that survives, whose words are then its own.
    A record that was told live says itself when each word was said. In an import an empty consent says nothing, and one
    that a later row of the customer merely repeats is no new word.
    """
    records = records.unique(["customer_id", "at"], keep="last", maintain_order=True)
    spoken = records.with_columns(_word(channel).alias(told(channel)) for channel in channels)
    if merges:
        spoken = spoken.with_columns(pl.col("customer_id").replace(merges))
    running = (pl.col(told(c)).cum_max().forward_fill().over("customer_id") for c in channels)
    return decoded(channels, spoken.with_columns(running))


def decoded(channels: Sequence[str], words: pl.DataFrame) -> pl.DataFrame:
    """The consents and their times of words, which stand where the times come to stand."""
    spoken = [pl.col(told(channel)) for channel in channels]
    given = [
        pl.when(word % _WORDS == YES).then(True).when(word % _WORDS == NO).then(False).alias(column(channel))
        for channel, word in zip(channels, spoken, strict=True)
    ]
    return words.with_columns(*given, *((word // _WORDS).cast(pl.Float64) for word in spoken))


def encoded(channels: Sequence[str], customers: pl.DataFrame) -> pl.DataFrame:
    """The words of consents and their times, the last of which is the greatest."""
    return customers.with_columns(
        (pl.col(told(channel)).cast(pl.Int64) * _WORDS + _weight(channel)).alias(told(channel)) for channel in channels
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


def consents_at(
    channels: Sequence[str], layout: StateLayout, profile: pl.DataFrame, standing: np.ndarray
) -> np.ndarray:
    """Per channel the last word of record and events: (n, channels), 1 or 0, NaN where nothing is known.

    profile: the consents, and their times where they are known; any event is later than one without.
    """
    said = [_last_word(channel, layout, profile, standing)[0] for channel in channels]
    return np.column_stack(said) if said else np.empty((len(profile), 0))


def agreed_at(channel: str, layout: StateLayout, profile: pl.DataFrame, standing: np.ndarray) -> np.ndarray:
    """When the last word on a channel was said, in microseconds (n,), where it is a yes; NaN elsewhere."""
    given, at = _last_word(channel, layout, profile, standing)
    return np.where(given == 1.0, at, np.nan)


def _last_word(
    channel: str, layout: StateLayout, profile: pl.DataFrame, standing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The last of a record's word and an event's, and when it was said: (n,) each."""
    given, when = _numbers(profile, column(channel)), _numbers(profile, told(channel))
    name, refused = f"{column(channel)}__at", f"{column(channel)}__refused"
    if name not in layout.offsets:
        return given, when
    at, no = standing[:, layout.offsets[name]], standing[:, layout.offsets[refused]]
    known = np.where(np.isnan(when), -np.inf, when)
    said_no, taken = no > 0, np.isnan(given)
    later = (at > known) | ((at == known) & said_no) | (taken & said_no & ~np.isnan(at))
    return np.where(later, 1.0 - no, given), np.where(later, at, when)


def _numbers(frame: pl.DataFrame, name: str) -> np.ndarray:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return np.array(frame[name].to_list(), np.float64)
