"""Call hours: when somebody of the workspace's own zone may be called next."""

from __future__ import annotations

from datetime import datetime, timedelta

from features.configuration import Configuration
from serving.queue.ranking import call_hours

_STEP = timedelta(minutes=5)
_AHEAD = timedelta(days=8)


def next_open(configuration: Configuration, now: datetime) -> datetime | None:
    """The first time from now on, to five minutes, at which calls are allowed; None where there is none for a week."""
    hours, moment = call_hours(configuration), now
    while moment <= now + _AHEAD:
        if hours([None], moment)[0]:
            return moment
        moment = (moment + _STEP).replace(second=0, microsecond=0)
        moment -= timedelta(minutes=moment.minute % 5)
    return None
