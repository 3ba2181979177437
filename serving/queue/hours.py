"""Call hours: who may be called at a time, and when somebody of the workspace's own zone may be next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from features.configuration import Configuration
from leads.contact.policy import CALL, open_at
from serving.queue.zones import Hours

_STEP = timedelta(minutes=5)
_AHEAD = timedelta(days=8)


def call_hours(configuration: Configuration) -> Hours:
    """Whether customers of these time zones may be called at a time."""

    def hours(zones: Sequence[str | None], now: datetime) -> Sequence[bool]:
        return [bool(is_open) for is_open in open_at(configuration.catalogue.contact, CALL, zones, now)]

    return hours


def next_open(configuration: Configuration, now: datetime) -> datetime | None:
    """The first time from now on, to five minutes, at which calls are allowed; None where there is none for a week."""
    hours, moment = call_hours(configuration), now
    while moment <= now + _AHEAD:
        if hours([None], moment)[0]:
            return moment
        moment = (moment + _STEP).replace(second=0, microsecond=0)
        moment -= timedelta(minutes=moment.minute % 5)
    return None
