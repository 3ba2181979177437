"""The contact policy of today, from which the models learn: lists and pushes, blind to what customers do."""

from __future__ import annotations

import numpy as np

from simulator.clock import DAY
from simulator.legacy import EXPIRY_DAYS, LEAD_DAYS
from simulator.log import NEVER
from simulator.loop.policy import CALL, HELP, PLAIN, RENEWAL, SALE, SMS, WECOM, Morning, Orders, Records

ARM_DAYS = 28
"""For so many days a customer is in one arm of the centre's standing experiment: left alone, called, written to."""

LIST_CALLS, LEAD_CALLS, EXPIRY_CALLS = 21 / 365, 0.5 / 7, 0.15
PUSHES, EXPIRY_PUSHES = 39 / 365, 0.15
"""Chances a day of those in the arm: of everyone, of the leads of three weeks, of the policies of five weeks before
expiry. A third is in each arm, so that everyone is called seven times a year and written to thirteen times."""

HELPING = 0.3
"""Share of the renewal calls that ask what holds the customer back."""

ALONE, CALLED, WRITTEN = range(3)


class Legacy:
    """Draws whom to contact with chances that depend on the list and the arm alone, so that what contact does can be
    learned: against those left alone.
    """

    reads = False

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._arm = np.zeros(0, np.int8)

    def decide(self, morning: Morning) -> Orders:
        """At most one contact each, in random order."""
        records = morning.records
        self._assign(morning.day, len(records.known))
        line = due_line(records, morning.day, EXPIRY_DAYS)
        drawn = self._rng.random((2, len(line)), np.float32)
        lead = (records.joined > 0) & (records.joined > (morning.day - LEAD_DAYS) * DAY)
        call = np.where(line >= 0, EXPIRY_CALLS, np.where(lead, LEAD_CALLS, LIST_CALLS))
        push = np.where(line >= 0, EXPIRY_PUSHES, PUSHES)
        calls = (self._arm == CALLED) & (drawn[0] < call)
        pushed = (self._arm == WRITTEN) & (drawn[0] < push)
        who = np.flatnonzero(records.known & (calls | pushed))
        offered = np.where(line[who] >= 0, line[who], self._rng.integers(0, len(records.expires), len(who)))
        channel = np.where(calls[who], CALL, np.where(records.wecom[who], WECOM, SMS))
        purpose = np.where(line[who] >= 0, RENEWAL, SALE)
        help_asked = calls[who] & (line[who] >= 0) & (drawn[1][who] < HELPING)
        return Orders.of(who, channel, purpose, offered, np.where(help_asked, HELP, PLAIN))

    def _assign(self, day: int, size: int) -> None:
        """Every customer's arm is drawn anew, on a day of their own."""
        drawn = self._rng.integers(0, 3, size).astype(np.int8)
        turn = np.arange(size) % ARM_DAYS == day % ARM_DAYS
        self._arm = drawn if len(self._arm) == 0 else np.where(turn, drawn, self._arm)


def due_line(records: Records, day: int, ahead: int) -> np.ndarray:
    """The line that expires next within so many days, -1 for none; shape (customers,)."""
    left = records.expires.astype(np.int64) - day * DAY
    left = np.where((records.expires != NEVER) & (left > 0), left, np.iinfo(np.int64).max)
    return np.where(left.min(axis=0) <= ahead * DAY, left.argmin(axis=0), -1)
