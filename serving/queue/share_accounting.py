"""Accounts of shares: who was at work on a day, and from where their fair share counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leads.distribution.fair_shares import Part, fair_most, fair_start
from serving.clock import milliseconds
from serving.store.records import ShareAccountRow, StandingRow
from serving.store.scripts import Scripts

_MILLION = 1_000_000
"""Weights are kept as whole millionths, so that sums of them are exact."""


@dataclass(frozen=True)
class ShareAccount:
    """What is counted of one who shares, by their latest claim: an agent (`top:…`) or a team (`team:…`), named as their
    counter is.

    weight: beside the others'. start: what they are counted to have had before their first lead, because they came
    later than the others. content: whether nothing was left there that they could take; then nobody need wait for them.
    had: their counter after the claim; what they give back counts until their next.
    """

    weight: float
    start: int
    content: bool
    had: int


@dataclass(frozen=True)
class Standing:
    """Where one stands beside the others of their kind who are at work.

    at_work: whether they are too. start: of their account. had: by now. others: of all, in sum; waiting: of those
    who are not content.
    """

    at_work: bool
    start: int
    had: int
    others: Part
    waiting: Part


class ShareAccounts:
    """The accounts of one day. since: whoever claimed from then on is at work."""

    def __init__(self, scripts: Scripts, day: str, since: datetime) -> None:
        self._scripts = scripts
        self._day = day
        self._since = milliseconds(since)

    def standing(self, name: str) -> Standing:
        """Where the one with this counter stands."""
        answer = self._scripts.run("shares", self._day, name, self._since)
        row = StandingRow(*map(int, answer))
        others = Part(row.weight / _MILLION, row.others_had)
        waiting = Part((row.weight - row.content_weight) / _MILLION, row.others_had - row.content_had)
        return Standing(bool(row.at_work), row.start, row.had, others, waiting)

    def note(self, name: str, account: ShareAccount, now: datetime) -> None:
        """Keep it; the others' accounts stay as they are."""
        weight = round(account.weight * _MILLION)
        told = (milliseconds(now), *ShareAccountRow(weight, account.start, int(account.content), account.had))
        self._scripts.run("shares", self._day, name, self._since, *told)


@dataclass(frozen=True)
class Share:
    """What one may have had by now. most: by their counter, None without a limit. start: see ShareAccount."""

    name: str
    weight: float
    most: int | None
    start: int
    had: int

    def account(self, had: int, content: bool) -> ShareAccount:
        """The account after a claim that brought their counter to `had`. content: they got less than they wanted."""
        free = self.most is None or had < self.most
        return ShareAccount(self.weight, self.start, content and free, had)


def share_of(name: str, weight: float, ahead: int, standing: Standing) -> Share:
    """The share of a counter by where it stands."""
    start = standing.start
    if not standing.at_work:
        start = max(start, fair_start(weight, [standing.others]) - standing.had)
    most = fair_most(weight, [standing.waiting], ahead)
    return Share(name, weight, None if most is None else max(0, most - start), start, standing.had)
