"""Feeding a VICIdial until stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from uuid import uuid4

import redis

from leads.errors import NextleadError, Unavailable
from serving.dialers.vicidial.api import NonAgentApi
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.feeder import Feeder
from serving.dialers.vicidial.pace import Pace
from serving.services import Services

_OWNED = 120.0
"""Seconds after its last round when a feeder is given up, and another one may start."""

_LONGEST = 60.0
"""Seconds between two tries at most while something is wrong."""


def feed(
    services: Services, dialer: Vicidial, environment: Mapping[str, str], stopped: threading.Event,
    tell: Callable[[str], None],
) -> int:  # fmt: skip
    """Round after round until stopped, then give back what waits in the hopper; how many rounds went well.

    Whatever goes wrong is told, and tried again after a while: what is leased stays noted. Raises Unavailable when
    another process feeds this dialer.
    """
    token = uuid4().hex
    _alone(services, dialer, token)
    well = failed = 0
    with NonAgentApi(dialer, dialer.password.reveal(environment), Pace(dialer.per_second)) as api:
        feeder = Feeder(services, dialer, api, stopped, tell)
        while not stopped.is_set():
            try:
                _alone(services, dialer, token)
                feeder.round()
                well, failed = well + 1, 0
            except (NextleadError, redis.RedisError) as error:
                failed += 1
                tell(error.detail if isinstance(error, NextleadError) else f"the hot store: {type(error).__name__}")
            every = dialer.every.total_seconds()
            stopped.wait(min(max(every, _LONGEST), every * 2 ** min(failed, 10)))
        feeder.give_back()
    services.client.delete(_key(services, dialer))
    return well


def _alone(services: Services, dialer: Vicidial, token: str) -> None:
    """Be the only feeder of a dialer. Raises Unavailable when there is another one."""
    key, milliseconds = _key(services, dialer), int(_OWNED * 1000)
    if services.client.set(key, token, nx=True, px=milliseconds):
        return
    if services.client.get(key) != token.encode():
        raise Unavailable(f"another process feeds {dialer.name}")
    services.client.pexpire(key, milliseconds)


def _key(services: Services, dialer: Vicidial) -> str:
    return services.keyspace.of("dialer", dialer.name, "feeder")
