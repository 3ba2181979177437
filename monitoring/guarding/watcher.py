"""The process that looks once after a running service; a stream worker starts it when it is time.

python -m monitoring.guarding.watcher     with NEXTLEAD_HOME and NEXTLEAD_REDIS_URL set
"""

from __future__ import annotations

import os
import sys

from features.home import Home
from features.occupancy import shared
from features.privacy import keep_private
from leads.errors import NextleadError
from monitoring.guarding.guard import guarded, log_changes
from monitoring.guarding.retraining import retrain
from monitoring.guarding.sending import send
from serving.dialers.webhooks.configuration import load_endpoints
from serving.disk import say
from serving.events.outbox import Outbox
from serving.lifeline import hold
from serving.settings import Settings, from_environment
from serving.store.engine import connect
from serving.store.keyspace import Keyspace

_POLITE = 10
"""By how much it steps back behind the service on the same machine."""


def main() -> int:
    """Look once, keep and send what is found, and train again what that asks for."""
    hold(os.environ)
    keep_private()
    os.nice(_POLITE)
    settings = from_environment(os.environ)
    if settings.redis_url is None:
        say("watcher: NEXTLEAD_REDIS_URL is not set")
        return 2
    try:
        watch(settings, settings.redis_url)
    except NextleadError as error:
        say(f"watcher: {error.detail}")
        return 1
    return 0


def watch(settings: Settings, url: str) -> None:
    """Look after the home as its record is now. Raises NotFound where no model is in use."""
    home, now = Home.open(settings.home), settings.clock.now()
    with shared(home.folder):
        _, book, changes = guarded(home, min(now, home.observed_until), now)
        wants = {name: endpoint.types for name, endpoint in load_endpoints(home).items()}
        with connect(url) as client:
            if changes:
                send(client, Outbox(client, Keyspace(settings.prefix), wants), home.configuration.workspace, changes)
        book.keep(home, changes)
        log_changes(changes, say)
        retrain(home, book, now, say)


if __name__ == "__main__":
    sys.exit(main())
