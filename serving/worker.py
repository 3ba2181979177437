"""The process of a stream worker.

python -m serving.worker     with NEXTLEAD_HOME and NEXTLEAD_REDIS_URL set; SIGTERM stops it after its batch
"""

from __future__ import annotations

import gc
import os
import signal
import sys

from features.privacy import keep_private
from serving.disk import say
from serving.lifeline import hold
from serving.readiness import tell
from serving.settings import from_environment
from serving.wiring.work import Work


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    hold(os.environ)
    keep_private()
    settings = from_environment(os.environ)
    if settings.redis_url is None:
        say("worker: NEXTLEAD_REDIS_URL is not set")
        return 2
    worker = Work(settings, settings.redis_url).stream_worker()

    def stop(*_: object) -> None:
        worker.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    tell(os.environ)
    # What is imported lives as long as the process: the collector need not walk it again.
    gc.collect()
    gc.freeze()
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
