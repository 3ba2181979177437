"""Words and limits that Python and the queue's scripts share: the scripts are filled in with what stands here."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Literal, Self

NEVER = 9_000_000_000_000
"""A rest that does not end, in milliseconds."""

DUPLICATE_DAYS = 8
"""For so long an event that is sent again is known to be the same."""

ROW_KEPT = timedelta(days=2)
"""Decisions are kept hot so long, which is longer than leases last; the lake keeps them all."""

PURPOSE_KEPT = timedelta(days=90)
"""So long an event that names a decision gets what its contact was for."""

LEASE_KEPT = timedelta(days=2)
"""So long it is kept what a lease is for; one that is renewed for longer forgets its decision."""

TIMELINE_KEPT = 200
"""Events kept hot per customer."""

OUTBOX_KEPT = 1_000_000
"""Messages that wait per endpoint; beyond that the oldest are forgotten."""

NEXT = 50
"""So many of each cell are next: they are decided on ahead of the claim."""

MOST_NEXT = 20_000
"""So many at most are decided on ahead."""

CLAIMED_LATELY = timedelta(hours=1)
"""A queue that nobody has claimed from for so long has nobody decided on ahead."""

SOURCE = "nextlead/leases"
"""The source of the queue's own events."""

ALL = "all"
"""The queue of everyone."""

EVENT = "event"
"""The field of a stream's entry that holds the event."""

DECISION = "decision"
"""The field of an entry that holds a decision."""

CELL = ("product", "region", "zone", "language", "objective", "campaign")
"""What decides who may take a customer; each part may be empty."""

BAR = "|"
"""Between the parts of a cell's name."""


class Lane(StrEnum):
    """Why customers stand where they do, before any priority: pushed to the top, a promised callback, one that the
    promised agent did not keep, an own customer, or nothing. LATER is no lane of a queue: they wait for a time.
    """

    TOP = "top"
    DUE = "due"
    OVER = "over"
    OWN = "own"
    OPEN = ""
    LATER = "later"


HANDED_OUT = (Lane.TOP, Lane.DUE, Lane.OVER, Lane.OWN, Lane.OPEN)
"""The order in which a claim hands out."""

OF = ":"
"""Between a lane or counter and whose it is."""


def lane_of(name: str) -> tuple[Lane, str | None]:
    """A lane by its name, and the agent whose it is, None for anyone's.

    >>> lane_of("due:ann"), lane_of("")
    ((<Lane.DUE: 'due'>, 'ann'), (<Lane.OPEN: ''>, None))
    """
    lane, _, agent_id = name.partition(OF)
    return Lane(lane), agent_id or None


State = Literal["ready", "outside_window", "phone_held"]
"""Of a customer at a queue's head: whether they can be handed out now."""


class Granted(StrEnum):
    """What is counted of leads that were granted on a day."""

    AGENT = "agent"
    CAMPAIGN = "campaign"
    TOP = "top"
    TEAM = "team"
    KEY_HOUR = "key_hour"

    def of(self, name: str) -> str:
        """The counter of an agent, a team, a campaign, or of a key within an hour."""
        return f"{self}{OF}{name}"

    @classmethod
    def read(cls, counter: str) -> tuple[Self, str]:
        """What a counter counts, and whose it is."""
        kind, _, name = counter.partition(OF)
        return cls(kind), name


Recalled = Literal["own_customer", "callback"]
"""What a lead was that is anyone's now."""


class Happened(StrEnum):
    """The events that the queue's scripts tell of, or look for among those they are given."""

    RECALLED = "lead.recalled"
    EXPIRED = "lease.expired"
    RELEASED = "lease.released"
    TAKEN_BACK = "lease.taken_back"
    COMPLETED = "lease.completed"
    GRANTED = "lease.granted"


class Tried(StrEnum):
    """Fields of the hours: after the local hour, what is counted."""

    CALLS = ":calls"
    REACHED = ":reached"
