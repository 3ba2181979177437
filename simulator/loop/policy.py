"""What a policy may see in the morning, and the orders it gives for the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import polars as pl

from simulator.arrays import Codes, Flags, Ints

CALL, WECOM, SMS, CONTENT = range(4)
"""Channels."""

RENEWAL, SALE, SERVICE = range(3)
"""Purposes: a policy that expires, a line to buy, or how the customer is served, with no word of either."""

PLAIN, HELP, GIFT, MASS = range(4)
"""Tones: an offer or reminder, a talk about doubts, a present, a mass message."""


@dataclass(frozen=True)
class Records:
    """The insurer's own books in the morning; arrays of shape (customers,) unless said otherwise, not to be written.

    known: has become a lead or customer. consent: (3, customers), CALL, WECOM and SMS, as the customer said last.
    wecom: added. expires: (lines, customers) seconds since the start of the history, NEVER without a policy.
    dialled: day of the last dial, -1 for never. joined: seconds since the start. segment: code of the scene.
    """

    known: Flags
    consent: Flags
    wecom: Flags
    expires: Ints
    dialled: Ints
    joined: Ints
    segment: Codes


@dataclass(frozen=True)
class Morning:
    """What an insurer can know at the start of a day; nothing of why people do what they do.

    day: since the start of the history. minutes: of agents, today. events: since the last morning. customers: the
    latest tags of everyone known; both frames are empty for a policy that does not read them.
    """

    day: int
    now: datetime
    minutes: float
    records: Records
    events: pl.DataFrame
    customers: pl.DataFrame


@dataclass(frozen=True)
class Orders:
    """Contacts for the day, first things first; arrays of shape (orders,).

    customer: positions. channel, purpose, tone: codes above. line: code of the line of cover meant, -1 for none in
    particular. The day's loop carries them out in this order while minutes last, at most one a customer, and none
    without consent.
    """

    customer: Ints
    channel: Codes
    purpose: Codes
    line: Codes
    tone: Codes

    @classmethod
    def none(cls) -> Orders:
        """Leave everyone in peace."""
        return cls.of(np.zeros(0, np.int32), CALL, SALE)

    @classmethod
    def of(
        cls,
        customer: np.ndarray,
        channel: np.ndarray | int,
        purpose: np.ndarray | int,
        line: np.ndarray | int = -1,
        tone: np.ndarray | int = PLAIN,
    ) -> Orders:
        """Orders from arrays, or one value for all."""
        given = (channel, purpose, line, tone)
        columns = (np.broadcast_to(np.asarray(item, np.int8), customer.shape) for item in given)
        return cls(customer.astype(np.int32), *columns)

    def take(self, chosen: np.ndarray) -> Orders:
        """These of the orders, by mask or position."""
        parts = (self.customer, self.channel, self.purpose, self.line, self.tone)
        return Orders(*(part[chosen] for part in parts))

    def __len__(self) -> int:
        return len(self.customer)


class Policy(Protocol):
    """Decides from what an insurer can observe. reads: whether it wants the frames of the morning."""

    reads: bool

    def decide(self, morning: Morning) -> Orders:
        """The orders for this day; called once a day, in order."""
        ...
