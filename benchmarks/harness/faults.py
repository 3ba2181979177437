"""Faults of the record, planted in what a source hands over: what it is, and what should be found of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from leads.history import History


@dataclass(frozen=True)
class Handover:
    """What sources hand over for a time: what happened after `begins`, until `told.observed_until`. truth: all that
    had really happened by then.
    """

    told: History
    begins: datetime
    truth: History

    @property
    def ends(self) -> datetime:
        return self.told.observed_until

    def changed(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> History:
        """With its events as `change` makes them."""
        return replace(self.told, events=change(self.told.events).sort("time", "id"))


Plant = Callable[[Handover], History]
"""What is told instead of what happened."""


@dataclass(frozen=True)
class Fault:
    """plant: how the record is spoilt. kind, subject: of the finding that names its cause; subject is how it begins."""

    name: str
    plant: Plant
    kind: str
    subject: str


def _silent(handed: Handover) -> History:
    return handed.changed(lambda events: events.filter(pl.col("source") != "web"))


def _flipped(handed: Handover) -> History:
    """The nightly export of all customers, at six in the evening UTC, tells women as men, and men as women."""
    at = handed.begins.replace(hour=18)
    if not handed.begins < at <= handed.ends:
        return handed.told
    known = handed.truth.customers.filter(pl.col("at") <= at).sort("at")
    exported = known.group_by("customer_id", maintain_order=True).last().with_columns(
        at=pl.lit(at).cast(known.schema["at"]), gender=pl.col("gender").replace({"f": "m", "m": "f"}),
    ).select(known.columns)  # fmt: skip
    return replace(handed.told, customers=pl.concat([handed.told.customers, exported]).sort("customer_id", "at"))


def _twice(handed: Handover) -> History:
    """The web's events come again under other ids."""
    return handed.changed(lambda events: pl.concat(
        [events, events.filter(pl.col("source") == "web").with_columns(pl.col("id") + "-again")]))  # fmt: skip


def _dearer(handed: Handover) -> History:
    return handed.changed(lambda events: events.with_columns((pl.col("premium") * 1.2).round(0)))


def _channel(handed: Handover) -> History:
    """Three in ten leads come by a channel that there was not before."""
    lead = pl.col("type") == "lead.created"
    new = lead & ((lead.cast(pl.Int64).cum_sum() * 3 + 6) % 10 < 3)
    return handed.changed(lambda events: events.with_columns(
        channel=pl.when(new).then(pl.lit("live_stream")).otherwise("channel")))  # fmt: skip


def _doubled(handed: Handover) -> History:
    """Twice as many buy: whoever buys, a customer by lot buys too."""

    def more(events: pl.DataFrame) -> pl.DataFrame:
        bought = events.filter(pl.col("type") == "policy.purchased")
        everybody = handed.truth.customers["customer_id"].unique().sort()
        fresh = bought.with_columns(
            everybody.sample(len(bought), seed=len(handed.truth.events)), id=pl.col("id") + "-more",
            policy_id=pl.col("policy_id") + "-more",
        )  # fmt: skip
        return pl.concat([events, fresh])

    return handed.changed(more)


def _clock(handed: Handover) -> History:
    """The web's clock tells UTC as if it were Shanghai's time: eight hours early."""
    shifted = pl.when(pl.col("source") == "web").then(pl.col("time") - timedelta(hours=8)).otherwise("time")
    return handed.changed(lambda events: events.with_columns(time=shifted))


def _renamed(handed: Handover) -> History:
    return handed.changed(lambda events: events.with_columns(pl.col("topic").replace({"price": "pricing"})))


def _unlogged(handed: Handover) -> History:
    """The second team's agents no longer say how calls ended."""
    theirs = pl.col("agent_id").is_in([agent for agent, team in TEAMS.items() if team == "second"])
    return handed.changed(lambda events: events.with_columns(
        disposition=pl.when(theirs).then(None).otherwise("disposition")))  # fmt: skip


TEAMS: Mapping[str, str] = {f"agent-{number:02d}": ("first", "second", "third")[number % 3] for number in range(12)}
"""The agents who called, with their teams."""

FAULTS = (
    Fault("a feed stops", _silent, "feed_silent", "web/"),
    Fault("a tag flips its meaning", _flipped, "tag_flipped", "gender"),
    Fault("events come twice", _twice, "twice", "web/"),
    Fault("prices rise by a fifth", _dearer, "amount_moved", "premium"),
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
