"""The process that asks outcomes where rates of success stand; a service starts it whenever a window of time begins.

python -m commands.following     with NEXTLEAD_HOME set
"""

from __future__ import annotations

import os
import sys

from features.opened_home import building
from leads.errors import NextleadError
from serving.lifeline import hold
from serving.settings import from_environment
from terminal.output import say
from training.following import follow


def main() -> int:
    """Ask once, and keep what is new."""
    hold(os.environ)
    settings = from_environment(os.environ)
    try:
        with building(settings.home) as home:
            follow(home, settings.clock.now())
    except NextleadError as error:
        say(f"follower: {error.detail}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
