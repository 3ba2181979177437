"""The process that looks once after a running service; a stream worker starts it when it is time.

python -m monitoring.watching.watcher     with NEXTLEAD_HOME set
"""

from __future__ import annotations

import os
import sys

from features.home import Home
from features.occupancy import shared
from features.privacy import keep_private
from leads.errors import NextleadError
from monitoring.watching.look import look
from serving.lifeline import hold
from serving.settings import Settings, from_environment

_POLITE = 10
"""By how much it steps back behind the service on the same machine."""


def main() -> int:
    """Look once, and keep what is found."""
    hold(os.environ)
    keep_private()
    os.nice(_POLITE)
    try:
        watch(from_environment(os.environ))
    except NextleadError as error:
        print(f"watcher: {error.detail}", file=sys.stderr)
        return 1
    return 0


def watch(settings: Settings) -> None:
    """Look at the home as its record is now. Raises NotFound where no model is in use."""
    home, now = Home.open(settings.home), settings.clock.now()
    with shared(home.folder):
        look(home, min(now, home.observed_until), now=now)


if __name__ == "__main__":
    sys.exit(main())
