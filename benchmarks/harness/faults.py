"""Faults of the record, planted in what a source hands over: what it is, and what should be found of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from leads.history import History

Plant = Callable[[History, datetime], History]
"""Spoils what is told from a moment on."""


@dataclass(frozen=True)
class Fault:
    """plant: how the record is spoilt. kind, subject: of the finding that names its cause; subject is how it begins."""

    name: str
    plant: Plant
    kind: str
    subject: str


def _events(history: History, since: datetime, change: Callable[[pl.DataFrame], pl.DataFrame]) -> History:
    """The events from a moment on are changed."""
    after = pl.col("time") > since
    kept, spoilt = history.events.filter(~after), history.events.filter(after)
    return replace(history, events=pl.concat([kept, change(spoilt)], how="vertical_relaxed").sort("time", "id"))


def _silent(history: History, since: datetime) -> History:
    return _events(history, since, lambda events: events.filter(pl.col("source") != "web"))


def _flipped(history: History, since: datetime) -> History:
    """The nightly export of all customers tells women as men, and men as women."""
    latest = (
        history.customers.filter(pl.col("at") <= since).sort("at").group_by("customer_id", maintain_order=True).last()
    )
    exported = latest.with_columns(
        at=pl.lit(since + timedelta(hours=3)).cast(history.customers.schema["at"]),
        gender=pl.col("gender").replace({"f": "m", "m": "f"}),
    ).select(history.customers.columns)
    return replace(history, customers=pl.concat([history.customers, exported]).sort("customer_id", "at"))


def _twice(history: History, since: datetime) -> History:
    """The web's events come again under other ids."""
    return _events(history, since, lambda events: pl.concat(
        [events, events.filter(pl.col("source") == "web").with_columns(pl.col("id") + "-again")]))  # fmt: skip


def _dearer(history: History, since: datetime) -> History:
    return _events(history, since, lambda events: events.with_columns((pl.col("premium") * 1.2).round(0)))


def _channel(history: History, since: datetime) -> History:
    """Three in ten leads come by a channel that there was not before."""
    new = (pl.col("type") == "lead.created") & (pl.col("id").hash(7) % 10 < 3)
    return _events(history, since, lambda events: events.with_columns(
        channel=pl.when(new).then(pl.lit("live_stream")).otherwise("channel")))  # fmt: skip


def _doubled(history: History, since: datetime) -> History:
    """Twice as many buy: whoever buys, a customer who did not buys too."""

    def more(events: pl.DataFrame) -> pl.DataFrame:
        bought = events.filter(pl.col("type") == "policy.purchased")
        others = history.customers.select("customer_id").unique().sort("customer_id").sample(len(bought), seed=1)
        fresh = bought.with_columns(
            others["customer_id"], id=pl.col("id") + "-more", policy_id=pl.col("policy_id") + "-more",
            time=pl.col("time") + pl.duration(minutes=17),
        )  # fmt: skip
        return pl.concat([events, fresh])

    return _events(history, since, more)


def _clock(history: History, since: datetime) -> History:
    """The web's clock tells UTC as if it were Shanghai's time: eight hours early."""
    shifted = pl.when(pl.col("source") == "web").then(pl.col("time") - timedelta(hours=8)).otherwise("time")
    return _events(history, since, lambda events: events.with_columns(time=shifted))


def _renamed(history: History, since: datetime) -> History:
    return _events(history, since, lambda events: events.with_columns(pl.col("topic").replace({"price": "pricing"})))


def _unlogged(history: History, since: datetime) -> History:
    """The second team's agents no longer say how calls ended."""
    theirs = pl.col("agent_id").is_in([agent for agent, team in TEAMS.items() if team == "second"])
    return _events(history, since, lambda events: events.with_columns(
        disposition=pl.when(theirs).then(None).otherwise("disposition")))  # fmt: skip


TEAMS: Mapping[str, str] = {f"agent-{number:02d}": ("first", "second", "third")[number % 3] for number in range(12)}
"""The agents who called, with their teams."""

FAULTS = (
    Fault("a feed stops", _silent, "feed_silent", "web/"),
    Fault("a tag flips its meaning", _flipped, "tag_flipped", "gender"),
    Fault("events come twice", _twice, "twice", "web/"),
    Fault("prices rise by a fifth", _dearer, "amount_moved", "policy."),
    Fault("a new channel takes 30%", _channel, "unseen_value", "lead.created.channel=live_stream"),
    Fault("the base rate doubles", _doubled, "rate_moved", ""),
    Fault("a clock is 8 hours off", _clock, "clock_off", "web"),
    Fault("a category is renamed", _renamed, "renamed_value", "web.page_viewed.topic:price→pricing"),
    Fault("a team stops logging how calls end", _unlogged, "field_missing", "call.completed.disposition@team=second"),
)
"""What happens to insurers' feeds. That an older bundle is put in is planted in the home and not in the record."""


def with_agents(history: History) -> History:
    """Calls with the agents who made them."""
    names, called = list(TEAMS), pl.col("type") == "call.completed"
    agent = (pl.col("id").hash(3) % len(names)).replace_strict(dict(enumerate(names)), return_dtype=pl.String)
    return replace(history, events=history.events.with_columns(agent_id=pl.when(called).then(agent)))
