"""An insurer's past under a contact policy of today, and its future under any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from leads.history import History
from simulator.clock import DAY, Step
from simulator.events import EVENTS, events
from simulator.log import NEVER
from simulator.loop.day import live_through, wake
from simulator.loop.insurer import Insurer, found
from simulator.loop.legacy import Legacy
from simulator.loop.outcome import Outcome, Tally
from simulator.loop.policy import Morning, Policy, Records
from simulator.loop.ranked import Ranked
from simulator.loop.reference import Reference
from simulator.loop.scenario import Scenario
from simulator.policies import NOTICE
from simulator.policy_book import PolicyBook
from simulator.tags import CUSTOMERS, customers
from simulator.vocabulary import CONSENT_CHANNELS

LOCAL = 9 * 3_600
"""Seconds of the local day at which a day of the loop begins: nine o'clock."""

UNLIMITED = 1e9

DRAWN, RANKED = "drawn", "ranked"
HISTORIES: Mapping[str, Callable[[Insurer], Policy]] = {
    DRAWN: lambda insurer: Legacy(insurer.draws.generator("legacy")),
    RANKED: lambda insurer: Ranked(insurer.draws.generator("ranked"), insurer),
}
"""Who led the past: lists and chance, or scores and what agents hear."""


@dataclass(frozen=True)
class Opening:
    """The morning of the first test day: the insurer with its truth, and what its systems recorded so far.

    day: days of history behind it. days: of the test period to come.
    """

    insurer: Insurer
    history: History
    day: int
    days: int


def opening(
    size: int, past: int, days: int, begin: datetime, seed: int, scenario: Scenario, history: str = DRAWN
) -> Opening:  # fmt: skip
    """Live through `past` days under a legacy's contact policy; `days` more may follow. begin: nine in Shanghai."""
    insurer = found(size, past + days, begin, seed, scenario)
    lead(insurer, HISTORIES[history](insurer), range(past), UNLIMITED)
    return Opening(insurer, _history(insurer, past), past, days)


def beginning(size: int, past: int, days: int, begin: datetime, seed: int, scenario: Scenario) -> Opening:
    """The same insurer on its very first day, when its systems know of nothing but the policies in force; `past` days
    may follow.
    """
    insurer = found(size, past + days, begin, seed, scenario)
    return Opening(insurer, _history(insurer, 0), 0, past)


def year(start: Opening, policy: Policy) -> History:
    """The period of an opening under a policy: all of its tags, and the events that the policy has not been told."""
    insurer = start.insurer.copy()
    end = start.day + start.days
    lead(insurer, policy, range(start.day, end), insurer.scenario.reaction.minutes * len(insurer.market.people))
    last = _history(insurer, end)
    return History(last.customers, _numbered(last.events, end), last.observed_until)


def live(start: Opening, policy: Policy) -> Outcome:
    """The test period under a policy, on a copy of the insurer."""
    insurer = start.insurer.copy()
    due = _due(insurer, start)
    minutes = insurer.scenario.reaction.minutes * len(insurer.market.people)
    if isinstance(policy, Reference):
        policy.reveal(insurer)
    tally = lead(insurer, policy, range(start.day, start.day + start.days), minutes)
    return tally.outcome(due.kept(insurer.market.book))


def lead(insurer: Insurer, policy: Policy, days: range, minutes: float) -> Tally:
    """Let a policy lead the insurer through these days, with so many agent minutes a day."""
    tally = Tally()
    for day in days:
        step = _step(day)
        wake(insurer, step)
        orders = policy.decide(_morning(insurer, step, policy, minutes))
        live_through(insurer, orders, step, minutes, tally)
    return tally


def _step(day: int) -> Step:
    return Step(day, day * DAY, 1, LOCAL)


def _morning(insurer: Insurer, step: Step, policy: Policy, minutes: float) -> Morning:
    """What can be known now; the log is emptied of what is told."""
    now = insurer.begin + timedelta(seconds=step.start)
    if policy.reads:
        told, tags = events(insurer.market.log, insurer.begin, step.start), latest(insurer, step.start)
        told = _numbered(told, step.number)
        insurer.market.log.chunks.clear()
    else:
        told, tags = pl.DataFrame(schema=EVENTS), pl.DataFrame(schema=CUSTOMERS)
    return Morning(step.number, now, minutes, _records(insurer, step), told, tags)


def _numbered(events: pl.DataFrame, day: int) -> pl.DataFrame:
    """With ids that no other day has."""
    return events.with_columns(pl.concat_str(pl.lit(f"{day}-"), "id").alias("id"))


def latest(insurer: Insurer, horizon: int) -> pl.DataFrame:
    """The tags of everyone known, as they were told last, with the consents as they stand now."""
    market = insurer.market
    market.tags.compact()
    rows = customers(market.people, market.tags, insurer.identities, insurer.begin, horizon)
    rows = rows.unique("customer_id", keep="last", maintain_order=True)
    consents = market.contacts.consent[:, : len(rows)]
    return rows.with_columns(pl.Series(f"consent_{name}", consents[row]) for row, name in enumerate(CONSENT_CHANNELS))


def _records(insurer: Insurer, step: Step) -> Records:
    """Copies, so that nobody can change the world by writing into its books."""
    market = insurer.market
    known = np.arange(len(market.people)) < insurer.known(step)
    consent = market.contacts.consent.copy()
    consent[0] &= ~market.contacts.refused & ~market.contacts.wrong
    return Records(
        known=known,
        consent=consent,
        wecom=market.contacts.wecom.copy(),
        expires=np.where(known, market.book.expires, NEVER).astype(np.int32),
        dialled=insurer.dialled.copy(),
        joined=market.people.joined.copy(),
        segment=market.people.segment.copy(),
    )


def _history(insurer: Insurer, past: int) -> History:
    """What the insurer's systems recorded so far; the log begins anew."""
    horizon = past * DAY
    market = insurer.market
    tags = customers(market.people, market.tags, insurer.identities, insurer.begin, horizon)
    record = History(tags, events(market.log, insurer.begin, horizon), insurer.begin + timedelta(days=past))
    market.log.chunks.clear()
    return record


@dataclass(frozen=True)
class _Due:
    """The policies that fall due in the test period, all of their window in it; the same for every policy."""

    line: np.ndarray
    customer: np.ndarray
    expires: np.ndarray
    number: np.ndarray

    def kept(self, book: PolicyBook) -> float:
        """Share renewed."""
        renewed = book.expires[self.line, self.customer] > self.expires
        renewed &= book.number[self.line, self.customer] == self.number
        return float(renewed.mean()) if len(renewed) else 0.0


def _due(insurer: Insurer, start: Opening) -> _Due:
    book, grace = insurer.market.book, insurer.market.world.grace
    first, last = start.day + NOTICE, start.day + start.days - grace - 1
    line, customer = np.nonzero((book.expires >= first * DAY) & (book.expires < last * DAY))
    return _Due(line, customer, book.expires[line, customer], book.number[line, customer])
