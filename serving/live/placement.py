"""Placement: customers get the places in the queues that their scores and decisions give them now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import redis

from features.hot import CustomerState
from serving.decisions.decider import Decider
from serving.disk import say
from serving.events.fault_isolation import isolating_faults, reason_of
from serving.live.tallies import Tallies
from serving.people.reach import Reach
from serving.queue.places import Item
from serving.queue.ranking import items_of
from serving.queue.waiting_leads import WaitingLeads
from serving.scoring.scorer import Due, Scored, Scorer
from serving.store.keyspace import Keyspace
from serving.store.layout import StoreLayout


class Placement:
    """Puts customers where they stand."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, scorer: Scorer, decider: Decider, waiting: WaitingLeads,
        layout: StoreLayout, tallies: Tallies,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._scorer = scorer
        self._decider = decider
        self._waiting = waiting
        self._layout = layout
        self._tallies = tallies

    def rescore(self, customer_ids: Sequence[str], now: datetime, tally: bool = False) -> None:
        """Put customers where they stand now: time has passed, or a model has changed. tally: whether their scores are
        counted, as those of everybody are once in a sweep.
        """
        ids = list(customer_ids)

        def score(rows: Sequence[int]) -> Scored:
            scored = self._scorer.score([ids[row] for row in rows], now)
            if tally:
                self._tallies.add(scored)
            return scored

        self._rank(None, ids, score, now)

    def place(
        self,
        pipeline: Any,
        ids: Sequence[str],
        contacts: Sequence[Reach],
        state: CustomerState,
        now: datetime,
        due: Due | None = None,
    ) -> None:
        """Queue up where customers stand by states that are about to be written. due: their calls, likewise."""

        def score(rows: Sequence[int]) -> Scored:
            part = None if due is None else ([due[0][row] for row in rows], [due[1][row] for row in rows])
            reached = [contacts[row] for row in rows]
            return self._scorer.score_state([ids[row] for row in rows], reached, state.taken(rows), now, part)

        self._rank(pipeline, ids, score, now)

    def _rank(self, pipeline: Any, ids: Sequence[str], score: Callable[[Sequence[int]], Scored], now: datetime) -> None:
        """Queue up where customers stand; who cannot be scored or decided on stands nowhere, and is noted with why."""
        items: list[Item] = []
        failed: dict[str, str] = {}

        def rank(rows: Sequence[int]) -> None:
            items.extend(items_of(self._decider, score(rows)))

        def refuse(row: int, error: BaseException) -> None:
            failed[ids[row]] = reason_of(error)

        isolating_faults(range(len(ids)), rank, refuse, self._layout.is_other)
        items += [Item(customer_id, (), {}) for customer_id in failed]
        self._waiting.put(items, now, pipeline, happened=pipeline is not None)
        if ids:
            (pipeline or self._client).hdel(self._keys.unranked, *ids)
        if failed:
            (pipeline or self._client).hset(self._keys.unranked, mapping=failed)
            say(f"{len(failed)} customers cannot be ranked and are handed to nobody: {next(iter(failed.values()))}")
