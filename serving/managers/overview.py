"""The manager's view: how much waits, in which state and why, and for how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Annotated, Literal

from typing_extensions import TypedDict

from serving.calls.promises import Promises
from serving.clock import milliseconds, written
from serving.desk.desk import Desk
from serving.meaning import Means, Time
from serving.queue.lease import Lease
from serving.queue.leases import Leases
from serving.queue.places import AgesAnswer, Cell, Order
from serving.queue.queue_names import QueueNames
from serving.queue.recalls import Recalls
from serving.queue.rests import Rests
from serving.queue.waiting_leads import WaitingLeads
from serving.queue.zones import Zones

State = Literal["ready", "outside_window", "callback", "reserved", "paused", "held"]

STATES: tuple[State, ...] = ("ready", "outside_window", "callback", "reserved", "paused", "held")
"""Of a lead in a queue: for anyone now; not at this hour; a callback that is due; kept for its owner; of a paused queue
or campaign; in an agent's hands.
"""

STATE_LABELS: Mapping[State, tuple[str, str]] = {
    "ready": ("可领取", "ready"),
    "outside_window": ("时段外", "outside hours"),
    "callback": ("回访到期", "callback due"),
    "reserved": ("归属保留", "reserved"),
    "paused": ("已暂停", "paused"),
    "held": ("已领取", "held"),
}
"""In Chinese and English."""


class WhoPaused(TypedDict):
    by: str
    why: str
    since: Time


class QueueStates(TypedDict):
    ready: int
    outside_window: Annotated[int, Means("not at this hour")]
    callback: Annotated[int, Means("a callback that is due")]
    reserved: Annotated[int, Means("kept for the agent whose customers they are")]
    paused: Annotated[int, Means("of a paused queue or campaign")]
    held: Annotated[int, Means("in an agent's hands; not counted in size")]


class QueueSize(TypedDict):
    queue: str
    size: int
    paused: bool
    pause: WhoPaused | None
    states: QueueStates


class QueuesAnswer(TypedDict):
    queues: list[QueueSize]
    held: int
    resting: int
    resting_after: Annotated[dict[str, int], Means("who rests, by the disposition of their last call")]
    promised: Annotated[int, Means("customers who were promised a call that was not made yet")]
    recalled: Annotated[int, Means("leads not worked in their service time, and callbacks not kept; see /recalls")]
    waits: Annotated[AgesAnswer | None, Means("of leads that could be called but for the hour; null where none is")]
    lease_ages: AgesAnswer | None


class HeldLease(TypedDict):
    lease_id: str
    customer_id: str
    queue: str
    agent_id: str
    action: str
    priority: float
    order: Order
    campaign: str | None
    since: Time
    expires_at: Time


class QueueSizes:
    """Counts who waits in a queue, by state."""

    def __init__(self, desk: Desk, waiting: WaitingLeads, zones: Zones) -> None:
        self._desk = desk
        self._waiting = waiting
        self._zones = zones

    def of(self, name: str, leases: Sequence[Lease], now: datetime) -> QueueSize:
        """One queue: how many wait, by state, and whether and by whom it is paused."""
        paused, campaigns = self._desk.paused("queue"), self._desk.paused("campaign")
        pause = paused.get(name)
        zones, states = set(self._zones.open_at(now)), Counter[State]()
        for cell, count in self._waiting.cells(name):
            is_paused = pause is not None or cell.objective in paused or cell.campaign in campaigns
            states["paused" if is_paused else _state(cell, cell.zone in zones)] += count
        return {
            "queue": name,
            "size": states.total(),
            "paused": pause is not None,
            "pause": None if pause is None else {"by": pause.by, "why": pause.why, "since": written(pause.since)},
            "states": {
                "ready": states["ready"],
                "outside_window": states["outside_window"],
                "callback": states["callback"],
                "reserved": states["reserved"],
                "paused": states["paused"],
                "held": sum(lease.queue == name for lease in leases),
            },
        }


class Overview:
    """Looks at all queues."""

    def __init__(
        self, names: QueueNames, sizes: QueueSizes, waiting: WaitingLeads, leases: Leases, rests: Rests,
        promises: Promises, recalls: Recalls,
    ) -> None:  # fmt: skip
        self._names = names
        self._sizes = sizes
        self._waiting = waiting
        self._leases = leases
        self._rests = rests
        self._promises = promises
        self._recalls = recalls

    def queues(self, now: datetime) -> QueuesAnswer:
        """Sizes by state, reasons for resting, and ages."""
        leases = self._leases.all(now)
        sizes = [self._sizes.of(name, leases, now) for name in self._names]
        ages = lease_ages(leases, now)
        return {
            "queues": sizes,
            "held": self._leases.count(),
            "resting": self._rests.count(),
            "resting_after": self._rests.by_disposition(now),
            "promised": self._promises.count(),
            "recalled": self._recalls.count(),
            "waits": self._waiting.waits(now),
            "lease_ages": ages,
        }


def _state(cell: Cell, is_open: bool) -> State:
    return _BY_ORDER.get(cell.order, "ready") if is_open else "outside_window"


_BY_ORDER: Mapping[Order, State] = {
    "callback": "callback", "overdue_callback": "callback", "own_customer": "reserved",
}  # fmt: skip


def lease_ages(leases: Sequence[Lease], now: datetime) -> AgesAnswer | None:
    """For how long leases have been held, None where none is."""
    ages = [(milliseconds(now) - milliseconds(lease.granted_at)) / 1000 for lease in leases]
    return {"oldest_seconds": max(ages), "median_seconds": median(ages)} if ages else None


def lease_body(lease: Lease) -> HeldLease:
    """Who holds what, since when and until when."""
    return {
        "lease_id": lease.id,
        "customer_id": lease.customer_id,
        "queue": lease.queue,
        "agent_id": lease.agent_id,
        "action": lease.action,
        "priority": lease.priority,
        "order": lease.order,
        "campaign": lease.campaign,
        "since": written(lease.granted_at),
        "expires_at": written(lease.expires_at),
    }
