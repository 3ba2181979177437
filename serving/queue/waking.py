"""Waking: a lead that had no number left is called again once somebody tells another one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from leads.attempts import Caps
from serving.clock import milliseconds
from serving.people.contacts import Reach
from serving.store.scripts import Scripts


def wake(scripts: Scripts, caps: Caps, reached: Iterable[Reach], now: datetime, pipeline: Any = None) -> None:
    """End the rest for good of those who have a number that may be dialled, where it came of calls that reached nobody.

    Who did not want to be called, and who was tried as often as a lead may be, goes on resting.
    """
    for reach in reached:
        if reach.phones:
            most = (caps.lead.total, caps.number.total)
            scripts.run("wake", milliseconds(now), reach.customer_id, *most, *reach.phones, pipeline=pipeline)
