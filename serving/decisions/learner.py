"""Learning by itself: once in the declared while, what came of actions becomes the evidence that decisions use.

python -m serving.decisions.learner     with NEXTLEAD_HOME and NEXTLEAD_REDIS_URL set; learns once

It reads the whole record, so it is a process of its own: live events do not wait for it. Every process of the service
reads new evidence as soon as it is kept.
"""

from __future__ import annotations

import os
import sys
from subprocess import Popen

from serving.clock import milliseconds
from serving.decisions.outcomes import learn
from serving.hosting import start, stop
from serving.lifeline import hold
from serving.services import Services, build
from serving.settings import from_environment

_LEARNED = "learned"
"""When learning last began, in milliseconds of the service's clock."""


class Learner:
    """Starts learning when it is due. To be asked by one worker only."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._process: Popen[bytes] | None = None

    def step(self) -> bool:
        """Begin to learn when it is time; whether it was."""
        if self.busy or not self._due():
            return False
        services = self._services
        services.client.hset(services.keyspace.meta, _LEARNED, str(milliseconds(services.clock.now())))
        self._process = start(
            "-m", "serving.decisions.learner", settings=services.settings, url=str(services.settings.redis_url)
        )
        return True

    @property
    def busy(self) -> bool:
        """Whether it learns now."""
        if self._process is None:
            return False
        status = self._process.poll()
        if status is None:
            return True
        if status:
            print(f"learner: ended with status {status}; it is tried again when it is due next", file=sys.stderr)
        self._process = None
        return False

    def stop(self) -> None:
        """Leave unfinished what is not done; the evidence stays as it was."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            stop(self._process)

    def _due(self) -> bool:
        every = self._services.configuration.catalogue.learning.every
        if every is None or not self._services.settings.record:
            return False
        last = self._services.client.hget(self._services.keyspace.meta, _LEARNED)
        passed = milliseconds(self._services.clock.now()) - (0 if last is None else int(last))  # type: ignore[arg-type]
        return passed >= every.total_seconds() * 1000


def main() -> int:
    """Learn once from everything that is recorded."""
    hold(os.environ)
    settings = from_environment(os.environ)
    if settings.redis_url is None:
        print("learner: NEXTLEAD_REDIS_URL is not set", file=sys.stderr)
        return 2
    services = build(settings, settings.redis_url)
    learn(services, services.clock.now())
    return 0


if __name__ == "__main__":
    sys.exit(main())
