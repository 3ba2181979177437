"""What an adapter gives: customers as they became known, events as they happened, and how far the record reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

TIME = pl.Datetime("us", "UTC")
"""Every time in every frame: microseconds, UTC."""

IDENTITIES = ("phone", "wechat", "email")
"""Ways to reach or recognise a customer, beside the customer id."""

FILE, ROW = "_file", "_row"
"""Columns that an adapter may leave beside a frame's own: the file a row came from, and its row there as spreadsheets
count, the header being 1. What is left out is told by them."""

LAST_ROW = datetime.min.replace(tzinfo=UTC)
"""As `observed_until`: the record reaches as far as its last row."""


@dataclass(frozen=True)
class History:
    """A source's past.

    customers: one row per (`customer_id`, `at`): the tags as they became known at `at`, beside optional
        `phone`, `wechat`, `email`, `timezone` and `consent_<channel>` columns. A customer whose tags changed has
        several rows; a missing value is null. A consent counts from the first of the rows that say the same; an empty
        one says nothing, so that a no stands until a later row says yes.
    events: `id, source, type, customer_id, time` and one column per declared data field, null where the event
        does not carry it. (`source`, `id`) is unique.
    observed_until: the record is complete up to this time. A label whose horizon ends later is censored.

    From an adapter, numbers, booleans and times may still be the texts that its files hold: `features.checking` reads
    them, times without a zone in the one that the workspace declares for its files.
    """

    customers: pl.DataFrame
    events: pl.DataFrame
    observed_until: datetime = LAST_ROW
