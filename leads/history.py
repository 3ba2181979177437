"""What an adapter gives: customers as they became known, events as they happened, and how far the record reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

TIME = pl.Datetime("us", "UTC")
"""Every time in every frame: microseconds, UTC."""

IDENTITIES = ("phone", "wechat", "email")
"""Ways to reach or recognise a customer, beside the customer id."""


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
    """

    customers: pl.DataFrame
    events: pl.DataFrame
    observed_until: datetime
