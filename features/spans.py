"""Spans: since when an identity is a customer's, when it was given up, and whether it was reported to be wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from features.identity import Identity, key_of
from features.people import kind_of
from leads.configuration.recognition import Recognition
from leads.history import IDENTITIES


class Span(NamedTuple):
    """Times in microseconds, 0 for never. since: it is theirs, where that is before it was told last. ended: it was
    replaced or taken away. wrong: somebody else was found there; what was told later counts again.
    """

    since: int = 0
    ended: int = 0
    wrong: int = 0


Spans = Mapping[str, Span]
"""By an identity's key, or a kind (`phone:`) of which all were taken away, where there is more to know than when an
identity was told."""

Told = Mapping[str, tuple[int, Any]]
"""By an identity's kind, when it was told last and what, None for taken away."""


def after(spans: Spans, before: Told, now: Told, news: Mapping[str, str | None], at: int) -> dict[str, Span]:
    """Spans after identities were told (`news`, by kind) at a time. before, now: what is known without and with it."""
    found = dict(spans)
    for kind in IDENTITIES:
        if kind not in news:
            continue
        when, value = before.get(kind, (at, None))
        if value is not None and value == news[kind]:
            key = Identity(kind, value).key
            found[key] = _retold(found.get(key, Span()), min(when, at), max(when, at))
        elif now.get(kind, (at, None))[1] == news[kind]:
            found |= _replaced(found, kind, when, value, news[kind], at)
    return found


def _retold(span: Span, before: int, at: int) -> Span:
    since = span.since or before
    if since <= span.wrong:
        since = before if before > span.wrong else at
    return span._replace(since=since)


def _replaced(spans: Spans, kind: str, when: int, old: str | None, new: str | None, at: int) -> dict[str, Span]:
    found = {}
    if old is not None:
        key = Identity(kind, old).key
        span = spans.get(key, Span())
        found[key] = span._replace(since=span.since or when, ended=at)
    if new is None:
        found[f"{kind}:"] = Span(ended=at)
    elif (key := Identity(kind, new).key) in spans:
        found[key] = spans[key]._replace(since=at)
    return found


def reported(spans: Spans, key: str, at: int) -> dict[str, Span]:
    """Spans after somebody else was found at an identity."""
    span = spans.get(key, Span())
    return {**spans, key: span._replace(wrong=max(span.wrong, at))}


def held(told: Told, known_as: Iterable[str], spans: Spans) -> dict[str, int]:
    """Identities that are or were theirs, each since when. known_as: further ones, theirs before all else."""
    times = dict.fromkeys(known_as, 0)
    times |= {Identity(kind, value).key: when for kind, (when, value) in told.items() if value is not None}
    found = {}
    for key in {*times, *(key for key in spans if key != kind_of(key))}:
        span = spans.get(key, Span())
        since = span.since or times.get(key, 0)
        if span.wrong and since <= span.wrong:
            since = times.get(key, 0)
        if not span.wrong or since > span.wrong:
            found[key] = since
    return found


class Telling(NamedTuple):
    """Of an identity: since when it is or was theirs whatever was reported, when it was told last, given up (0: never)
    and found to be somebody else's (0: never).
    """

    since: int
    told: int
    ended: int
    wrong: int


def tellings(told: Told, known_as: Iterable[str], spans: Spans) -> dict[str, Telling]:
    """Every identity that they told, by its key."""
    times = dict.fromkeys(known_as, 0)
    times |= {Identity(kind, value).key: when for kind, (when, value) in told.items() if value is not None}
    found = {}
    for key in {*times, *(key for key in spans if key != kind_of(key))}:
        span = spans.get(key, Span())
        since = span.since or times.get(key, 0)
        if key in times or span.since:
            found[key] = Telling(since, times.get(key, since), span.ended, span.wrong)
    return found


def since(kind: str) -> str:
    """Column of records: since when an import says the same of an identity, in microseconds; null where it was live."""
    return f"{kind}__since"


def with_beginnings(records: pl.DataFrame) -> pl.DataFrame:
    """Records of the lake, in order of time, with `since`: an imported row that repeats an identity tells nothing."""
    at, live = pl.col("at").to_physical(), pl.col("said").is_not_null()
    fresh = [pl.col(kind).ne_missing(pl.col(kind).shift().over("customer_id")) for kind in IDENTITIES]
    begun = [pl.when(new).then(at).forward_fill().over("customer_id") for new in fresh]
    return records.with_columns(
        pl.when(~live & pl.col(kind).is_not_null()).then(when).alias(since(kind))
        for kind, when in zip(IDENTITIES, begun, strict=True)
    )


def said_with(row: Mapping[str, Any]) -> dict[str, int]:
    """When the identities of such a record were told, where that was before it."""
    found = {kind: row.get(since(kind)) for kind in IDENTITIES}
    return {kind: when for kind, when in found.items() if when is not None and when != row["at"]}


def ended(spans: Spans) -> dict[str, int]:
    """When it was last said of an identity, or of a kind, that it is not theirs any more."""
    return {key: span.ended for key, span in spans.items() if span.ended}


def wrong(spans: Spans) -> dict[str, int]:
    """When somebody else was last found at an identity."""
    return {key: span.wrong for key, span in spans.items() if span.wrong}


def normalised(spans: Spans, recognition: Recognition) -> dict[str, Span]:
    """With keys in their normal form, in which versions before may not have kept them."""
    keys = {key: key if key == kind_of(key) else key_of(key, recognition) for key in spans}
    return {now: spans[key] for key, now in sorted(keys.items()) if now is not None}


def written(spans: Spans) -> str | None:
    """As the lake keeps them."""
    return json.dumps(dict(sorted(spans.items()))) if spans else None


def read(text: str | None) -> dict[str, Span]:
    """What `written` wrote."""
    return {key: Span(*span) for key, span in json.loads(text or "{}").items()}
