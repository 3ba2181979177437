"""The manager's view: how much waits, in which state and why, for how long, and what campaigns have used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from statistics import median
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.words.wording import Text
from serving.clock import day_of, milliseconds, written
from serving.desk.desk import Desk
from serving.meaning import Means, Time
from serving.queue.leases import Lease
from serving.queue.places import AgesAnswer, Cell, Order
from serving.queue.queue import Queue
from serving.store.words import ALL, Granted, Recalled

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


class CampaignAnswer(TypedDict):
    campaign: str
    label: Text
    paused: bool
    open: Annotated[bool, Means("whether it is in its hours")]
    waiting: int
    taken: Annotated[int, Means("today")]
    allowed: Annotated[int | None, Means("how many may have been taken by now; null without a quota")]
    daily_quota: int | None


class RecallAnswer(TypedDict):
    customer_id: str
    agent_id: Annotated[str, Means("whose they were")]
    queue: str | None
    since: Annotated[Time, Means("when the service time began, or the callback was due")]
    recalled_at: Annotated[Time, Means("from when on anyone may take them")]
    what: Annotated[Recalled, Means("not worked in the service time; or a promise not kept")]


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


class Overview:
    """Looks at queues, campaigns and recalls."""

    def __init__(self, configuration: Configuration, desk: Desk, queue: Queue) -> None:
        self._configuration = configuration
        self._desk = desk
        self._queue = queue

    def queues(self, now: datetime) -> QueuesAnswer:
        """Sizes by state, reasons for resting, and ages."""
        queue, leases = self._queue, self._queue.leases(now)
        sizes = [self.queue_sizes(name, leases, now) for name in queue.names]
        ages = lease_ages(leases, now)
        return {
            "queues": sizes,
            "held": queue.held(),
            "resting": queue.resting(),
            "resting_after": queue.resting_by(now),
            "promised": queue.promised(),
            "recalled": queue.recalled(),
            "waits": queue.waits(now),
            "lease_ages": ages,
        }

    def queue_sizes(self, name: str, leases: Sequence[Lease], now: datetime) -> QueueSize:
        """One queue: how many wait, by state, and whether and by whom it is paused."""
        paused, campaigns = self._desk.paused("queue"), self._desk.paused("campaign")
        pause = paused.get(name)
        zones, states = set(self._queue.open_zones(now)), Counter[State]()
        for cell, count in self._queue.cells(name):
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

    def campaigns(self, now: datetime) -> list[CampaignAnswer]:
        """What campaigns have used of their quotas, what they may use by now, and how much waits in them."""
        configuration = self._configuration
        zone = configuration.workspace.timezone
        local = now.astimezone(ZoneInfo(zone))
        declared = configuration.catalogue.campaigns
        counters = [Granted.CAMPAIGN.of(campaign.name) for campaign in declared]
        taken = self._queue.counted(day_of(now, zone), counters)
        waiting: Counter[str] = Counter()
        for cell, count in self._queue.cells(ALL) if declared else ():
            waiting[cell.campaign] += count
        paused = self._desk.paused("campaign")
        return [
            {
                "campaign": campaign.name,
                "label": campaign.label,
                "paused": campaign.name in paused,
                "open": campaign.pace is None or campaign.pace.is_open(local),
                "waiting": waiting[campaign.name],
                "taken": taken[Granted.CAMPAIGN.of(campaign.name)],
                "allowed": None if campaign.pace is None else campaign.pace.most(local),
                "daily_quota": None if campaign.pace is None else campaign.pace.daily_quota,
            }
            for campaign in declared
        ]

    def recalls(self, agent_id: str | None, limit: int) -> list[RecallAnswer]:
        """Leads that were not worked in their service time and callbacks that were not kept, the latest first."""
        found = (recall for recall in self._queue.recalls() if agent_id in (None, recall.agent_id))
        return [
            {
                "customer_id": recall.customer_id,
                "agent_id": recall.agent_id,
                "queue": recall.queue,
                "since": written(recall.since),
                "recalled_at": written(recall.recalled_at),
                "what": recall.what,
            }
            for recall in islice(found, limit)
        ]


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
