"""Feeding a VICIdial until stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

from leads.errors import NextleadError
from serving.dialers.sole import Sole
from serving.dialers.vicidial.api import NonAgentApi
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.feeder import Feeder
from serving.dialers.vicidial.pace import Pace
from serving.events.halves import FAULTS, reason_of
from serving.services import Services

_OWNED = timedelta(minutes=2)
"""After its last round a feeder is given up, and another one starts."""

_LONGEST = 60.0
"""Seconds between two tries at most while something is wrong."""


def feed(
    services: Services, dialer: Vicidial, environment: Mapping[str, str], stopped: threading.Event,
    tell: Callable[[str], None],
) -> int:  # fmt: skip
    """Round after round until stopped, then give back what waits in the hopper; how many rounds went well.

    Whatever goes wrong is told, and tried again after a while: what is leased stays noted. While another process feeds
    this dialer it waits. Raises Unavailable when another one took over.
    """
    key = services.keyspace.of("dialer", dialer.name, "feeder")
    sole = Sole(services.client, key, f"feeds {dialer.name}", _OWNED)
    if not sole.wait(stopped, tell):
        return 0
    well = failed = 0
    with NonAgentApi(dialer, dialer.password.reveal(environment), Pace(dialer.per_second)) as api:
        feeder = Feeder(services, dialer, api, stopped, tell)
        while not stopped.is_set():
            try:
                sole.keep()
                feeder.round()
                well, failed = well + 1, 0
            except FAULTS as error:
                failed += 1
                tell(error.detail if isinstance(error, NextleadError) else reason_of(error))
            every = dialer.every.total_seconds()
            stopped.wait(min(max(every, _LONGEST), every * 2 ** min(failed, 10)))
        feeder.give_back()
    sole.leave()
    return well
