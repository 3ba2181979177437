"""Policies that need no product: the list from the top, and the mass reminder."""

from __future__ import annotations

import numpy as np

from simulator.loop.legacy import due_line
from simulator.loop.policy import CALL, MASS, PLAIN, RENEWAL, SALE, SMS, WECOM, Morning, Orders

REMINDED = 30
"""Days before an expiry in which a contact is about the renewal."""


class Fifo:
    """Works the list from the top: who has waited longest since the last dial, new customers when they come."""

    reads = False

    def decide(self, morning: Morning) -> Orders:
        records = morning.records
        callable_ = np.flatnonzero(records.known & records.consent[CALL])
        waiting = np.maximum(records.dialled[callable_], records.joined[callable_] // 86_400)
        who = callable_[np.argsort(waiting, kind="stable")]
        return reminder(morning, who, np.full(len(who), CALL), PLAIN)


class Blast:
    """Writes to everyone every other week, about the expiry where one is near; nobody calls."""

    reads = False
    every = 14
    """Days."""

    def decide(self, morning: Morning) -> Orders:
        records = morning.records
        if morning.day % self.every:
            return Orders.none()
        by_wecom = records.wecom & records.consent[WECOM]
        who = np.flatnonzero(records.known & (by_wecom | records.consent[SMS]))
        return reminder(morning, who, np.where(by_wecom[who], WECOM, SMS), MASS)


class Nobody:
    """Leaves everyone in peace: what happens by itself."""

    reads = False

    def decide(self, morning: Morning) -> Orders:
        return Orders.none()


def reminder(morning: Morning, who: np.ndarray, channel: np.ndarray, tone: int) -> Orders:
    """About the renewal where one is near, else the line of the month of the customer's segment."""
    line = due_line(morning.records, morning.day, REMINDED)[who]
    campaign = (morning.records.segment[who] + morning.day // 30) % len(morning.records.expires)
    purpose = np.where(line >= 0, RENEWAL, SALE)
    return Orders.of(who, channel, purpose, np.where(line >= 0, line, campaign), tone)
