"""Turns: who was at work on a day, and from where their fair share counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import redis

from leads.fairness import Part, fair_most, fair_start
from serving.clock import milliseconds
from serving.keyspace import Keyspace

_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Turn:
    """The latest claim of one who shares: an agent (`top:…`) or a team (`team:…`), named as their counter is.

    at: when, in milliseconds. weight: beside the others'. start: what they are counted to have had before their first
    lead, because they came later than the others. content: whether nothing was left there that they could take; then
    nobody need wait for them.
    """

    at: int
    weight: float
    start: int
    content: bool


class Turns:
    """The turns of one day."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, day: str) -> None:
        self._client = client
        self._key = keyspace.of("shares", day)

    def read(self) -> dict[str, Turn]:
        """All turns, by counter."""
        found: Any = self._client.hgetall(self._key)
        return {name.decode(): Turn(*json.loads(text)) for name, text in found.items()}

    def write(self, turns: Mapping[str, Turn]) -> None:
        """Keep these; the others stay as they are."""
        if turns:
            told = {name: json.dumps([t.at, t.weight, t.start, t.content]) for name, t in turns.items()}
            self._client.hset(self._key, mapping=told)
            self._client.expire(self._key, _KEPT)


@dataclass(frozen=True)
class Share:
    """What one may have had by now. most: by their counter, None without a limit. start: see Turn."""

    name: str
    weight: float
    most: int | None
    start: int
    had: int

    def turn(self, had: int, content: bool, now: datetime) -> Turn:
        """The turn after a claim that brought their counter to `had`. content: they got less than they wanted."""
        free = self.most is None or had < self.most
        return Turn(milliseconds(now), self.weight, self.start, content and free)


def share_of(
    name: str, weight: float, ahead: int, turns: Mapping[str, Turn], taken: Mapping[str, int], since: datetime
) -> Share:
    """The share of a counter beside the others of its kind whose turn is not older than `since`."""
    kind, had = name.partition(":")[0] + ":", taken.get(name, 0)
    at_work = {n: t for n, t in turns.items() if n.startswith(kind) and t.at >= milliseconds(since)}
    others = {n: Part(t.weight, t.start + taken.get(n, 0)) for n, t in at_work.items() if n != name}
    start = turns[name].start if name in turns else 0
    if name not in at_work:
        start = max(start, fair_start(weight, others.values()) - had)
    most = fair_most(weight, [part for n, part in others.items() if not at_work[n].content], ahead)
    return Share(name, weight, None if most is None else max(0, most - start), start, had)
