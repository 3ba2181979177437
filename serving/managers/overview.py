"""The manager's view: how much waits, in which state and why, for how long, and what campaigns have used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from features.configuration import Configuration
from serving.clock import day_of, milliseconds, written
from serving.desk.desk import Desk
from serving.queue.leases import Lease
from serving.queue.places import Ages, Cell
from serving.queue.queue import Queue

STATES = ("ready", "outside_window", "callback", "reserved", "paused", "held")
"""Of a lead in a queue: for anyone now; not at this hour; a callback that is due; kept for its owner; of a paused queue
or campaign; in an agent's hands.
"""

STATE_LABELS: Mapping[str, tuple[str, str]] = {
    "ready": ("可领取", "ready"),
    "outside_window": ("时段外", "outside hours"),
    "callback": ("回访到期", "callback due"),
    "reserved": ("归属保留", "reserved"),
    "paused": ("已暂停", "paused"),
    "held": ("已领取", "held"),
}
"""In Chinese and English."""


class Overview:
    """Looks at queues, campaigns and recalls."""

    def __init__(self, configuration: Configuration, desk: Desk, queue: Queue) -> None:
        self._configuration = configuration
        self._desk = desk
        self._queue = queue

    def queues(self, now: datetime) -> dict[str, Any]:
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

    def queue_sizes(self, name: str, leases: Sequence[Lease], now: datetime) -> dict[str, Any]:
        """One queue: how many wait, by state, and whether and by whom it is paused."""
        paused, campaigns = self._desk.paused("queue"), self._desk.paused("campaign")
        pause = paused.get(name)
        zones, states = set(self._queue.open_zones(now)), Counter(dict.fromkeys(STATES, 0))
        for cell, count in self._queue.cells(name):
            is_paused = pause is not None or cell.objective in paused or cell.campaign in campaigns
            states["paused" if is_paused else _state(cell, cell.zone in zones)] += count
        size = states.total()
        states["held"] = sum(lease.queue == name for lease in leases)
        told = None if pause is None else {"by": pause.by, "why": pause.why, "since": written(pause.since)}
        return {"queue": name, "size": size, "paused": pause is not None, "pause": told, "states": dict(states)}

    def campaigns(self, now: datetime) -> list[dict[str, Any]]:
        """What campaigns have used of their quotas, what they may use by now, and how much waits in them."""
        configuration = self._configuration
        zone = configuration.workspace.timezone
        local = now.astimezone(ZoneInfo(zone))
        declared = configuration.catalogue.campaigns
        counters = [f"campaign:{campaign.name}" for campaign in declared]
        taken = self._queue.counted(day_of(now, zone), counters)
        waiting: Counter[str] = Counter()
        for cell, count in self._queue.cells("all") if declared else ():
            waiting[cell.campaign] += count
        paused = self._desk.paused("campaign")
        return [
            {
                "campaign": campaign.name,
                "label": dict(campaign.label),
                "paused": campaign.name in paused,
                "open": campaign.pace is None or campaign.pace.is_open(local),
                "waiting": waiting[campaign.name],
                "taken": taken[f"campaign:{campaign.name}"],
                "allowed": None if campaign.pace is None else campaign.pace.most(local),
                "daily_quota": None if campaign.pace is None else campaign.pace.daily_quota,
            }
            for campaign in declared
        ]

    def recalls(self, agent_id: str | None, limit: int) -> list[dict[str, Any]]:
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


def _state(cell: Cell, is_open: bool) -> str:
    if not is_open:
        return "outside_window"
    return {"callback": "callback", "overdue_callback": "callback", "own_customer": "reserved"}.get(cell.order, "ready")


def lease_ages(leases: Sequence[Lease], now: datetime) -> Ages | None:
    """For how long leases have been held, None where none is."""
    ages = [(milliseconds(now) - milliseconds(lease.granted_at)) / 1000 for lease in leases]
    return Ages(max(ages), median(ages)) if ages else None


def lease_body(lease: Lease) -> dict[str, Any]:
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
