"""The events frame, from the log of codes."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from simulator import clock, products
from simulator import vocabulary as words
from simulator.arrays import Array
from simulator.log import NEVER, EventLog
from simulator.words import amounts, flags, names, spelled, times

EVENTS = pl.Schema(
    {
        "id": pl.String(),
        "source": pl.String(),
        "type": pl.String(),
        "customer_id": pl.String(),
        "time": pl.Datetime("us", "UTC"),
        "product": pl.String(),
        "channel": pl.String(),
        "disposition": pl.String(),
        "policy_id": pl.String(),
        "topic": pl.String(),
        "talk_seconds": pl.Float64(),
        "premium": pl.Float64(),
        "expires_at": pl.Datetime("us", "UTC"),
        "consent": pl.Boolean(),
    }
)
"""The exported schema; null where an event does not carry a column. Premiums are CNY."""

_SOURCE_OF_TYPE = np.array([words.code(words.SOURCES, source) for source in words.EVENT_SOURCES.values()], np.int8)


_FIRST_ID = 1_000_000_001


def events(log: EventLog, begin: datetime, horizon: int) -> pl.DataFrame:
    """All events before `horizon` (seconds), in order of time; ids count up with time."""
    order = log.order(horizon)
    kind, customer, policy = (log.column(name)[order] for name in ("type", "customer", "policy"))
    series = {
        "id": _ids(order.size),
        "source": spelled(_SOURCE_OF_TYPE[kind], words.SOURCES),
        "type": spelled(kind, words.EVENT_TYPES),
        "customer_id": spelled(customer, names("C", int(customer.max(initial=-1)) + 1, 7)),
        "time": times(clock.moment(begin, log.column("time")[order])),
        "product": spelled(log.column("product")[order], products.NAMES),
        "channel": spelled(log.column("channel")[order], words.EVENT_CHANNELS),
        "disposition": spelled(log.column("disposition")[order], words.DISPOSITIONS),
        "policy_id": spelled(policy, names("P", int(policy.max(initial=-1)) + 1, 8)),
        "topic": spelled(log.column("topic")[order], words.TOPICS),
        "talk_seconds": amounts(log.column("talk")[order], 0),
        "premium": amounts(log.column("premium")[order], 2),
        "expires_at": _expiries(log.column("expires")[order], begin),
        "consent": flags(log.column("consent")[order]),
    }
    return pl.DataFrame(series, schema=EVENTS)


def _ids(count: int) -> pl.Series:
    """Event ids of one width that count up; padding with zeros would take twice as long."""
    return "e" + pl.Series(np.arange(_FIRST_ID, _FIRST_ID + count)).cast(pl.String)


def _expiries(expires: Array, begin: datetime) -> pl.Series:
    moments = times(clock.moment(begin, expires))
    return moments.set(pl.Series(expires == NEVER), None)
