"""Revivals: rests that end before their time, and come back when what ended them is no more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from features.hot import CustomerState
from features.reports import contradicted
from serving.people.reach import Reach
from serving.queue.rests import Rests
from serving.queue.revival import revive
from serving.scoring.scorer import Scorer
from serving.store.scripts import Scripts


class Revivals:
    """Asks of customers what ends their rests."""

    def __init__(self, scripts: Scripts, scorer: Scorer, rests: Rests) -> None:
        self._scripts = scripts
        self._scorer = scorer
        self._rests = rests

    def revive(
        self, pipeline: Any, reached: Sequence[Reach], state: CustomerState, asked: Collection[str], now: datetime
    ) -> None:
        """They may have got another number, or agreed to calls; or what they had agreed to counts no more. Row i of the
        state is the i-th who is reached.
        """
        revived = [reach for reach in reached if reach.customer_id in asked]
        if revived:
            caps = self._scorer.configuration.catalogue.queue.queueing.recycling.caps
            pairs = zip(reached, self._scorer.agreed(reached, state), strict=True)
            revive(self._scripts, caps, revived, now, pipeline, {reach.customer_id for reach, yes in pairs if yes})

    def come_back(
        self, pipeline: Any, customer_ids: Sequence[str], standing: np.ndarray, asked: Collection[str], now: datetime
    ) -> None:
        """Of whom the core says that what an agent reported is over. Row i of `standing` is the i-th customer's."""
        over = contradicted(self._scorer.configuration.layout, standing)
        for customer_id in (name for row, name in enumerate(customer_ids) if name in asked and over[row]):
            self._rests.come_back(customer_id, now, pipeline)
