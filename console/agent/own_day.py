"""An agent's own day: callbacks they promised, and how many leads they took."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from features.configuration import Configuration
from serving.calls.promise import Promise
from serving.calls.promises import Promises
from serving.clock import day_of, written
from serving.desk.agents import Register
from serving.queue.granted_counts import GrantedCounts
from serving.store.words import Granted

_SOON = 20
"""Callbacks that are shown."""


class OwnCallback(TypedDict):
    customer_id: str
    due: str
    overdue: bool
    product: str | None
    note: str | None


class OwnDay(TypedDict):
    """taken: leads today; quota: the most of them, None without one."""

    taken: int
    quota: int | None
    callbacks: list[OwnCallback]


class OwnDays:
    """Looks at an agent's day."""

    def __init__(
        self, configuration: Configuration, promises: Promises, register: Register, granted: GrantedCounts
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._promises = promises
        self._register = register
        self._granted = granted

    def of(self, agent_id: str, now: datetime) -> OwnDay:
        """Leads taken today, and callbacks promised, the next one first."""
        zone = self._configuration.workspace.timezone
        counter = Granted.AGENT.of(agent_id)
        agent = self._register.find(agent_id)
        quota = None if agent is None else agent.daily_quota
        own = self._promises.of_agent(agent_id)
        return {
            "taken": self._granted.of(day_of(now, zone), [counter])[counter],
            "quota": self._configuration.catalogue.queue.distribution.daily_quota if quota is None else quota,
            "callbacks": [_callback(customer_id, promise, now) for customer_id, promise in own[:_SOON]],
        }


def _callback(customer_id: str, promise: Promise, now: datetime) -> OwnCallback:
    details = promise.details
    return {
        "customer_id": customer_id, "due": written(promise.due), "overdue": promise.due < now,
        "product": details.get("product"), "note": details.get("note"),
    }  # fmt: skip
