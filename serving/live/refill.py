"""Refilling: an emptied store gets back what the lake tells, in the order in which one builds on the other."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from serving.live.call_refill import CallRefill
from serving.live.holders import Holders
from serving.live.identity_refill import IdentityRefill
from serving.live.place_refill import PlaceRefill, Progress
from serving.live.remembrance import Remembrance
from serving.live.soundness import Folded
from serving.people.census import Census


class Refill:
    """Has each part refilled."""

    def __init__(
        self, remembrance: Remembrance, identities: IdentityRefill, holders: Holders, calls: CallRefill,
        places: PlaceRefill,
    ) -> None:  # fmt: skip
        self._remembrance = remembrance
        self._identities = identities
        self._holders = holders
        self._calls = calls
        self._places = places

    def run(
        self, events: pl.DataFrame, census: Census, states: Folded, now: datetime, progress: Progress | None
    ) -> None:
        """events: all, under the ids by which they came. states: of the ids that survive."""
        self._remembrance.refill(events, now)
        self._identities.refill(census, events, now)
        self._holders.refill(census.unity.into, now)
        self._calls.refill(census, events, now)
        self._places.refill(census.people, states, now, progress)
