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
from monitoring.alerts.alert_book import AlertBook, Changes
from monitoring.alerts.found import alerts_of
from monitoring.guarding.retraining import retrain
from monitoring.guarding.sending import send
from monitoring.watching.look import look
from serving.dialers.webhooks.configuration import load_endpoints
from serving.disk import say
from serving.events.outbox import Outbox
from serving.lifeline import hold
from serving.scoring.models import Models
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
        found = look(home, min(now, home.observed_until), now=now)
        alerts = alerts_of(found, home.configuration, Models(home).bundles)
        wants = {name: endpoint.types for name, endpoint in load_endpoints(home).items()}
        with AlertBook.held(home) as book:
            changes = book.update(alerts, now, home.configuration.watch)
            if changes:
                with connect(url) as client:
                    outbox = Outbox(client, Keyspace(settings.prefix), wants)
                    send(client, outbox, home.configuration.workspace, changes)
            # Kept once it is on its way, so that nothing is lost of what could not be sent.
            book.keep(home, changes)
        _log_changes(changes)
        retrain(home, book, now, say)


def _log_changes(changes: Changes) -> None:
    """A line for each."""
    for what, alerts in (("alert", [*changes.raised, *changes.reminded]), ("over", changes.resolved)):
        for alert in alerts:
            say(f"{what}: {alert['title']['en']}: {'; '.join(seen['en'] for seen in alert['what'])}")


if __name__ == "__main__":
    sys.exit(main())
