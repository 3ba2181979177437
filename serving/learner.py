"""The process that learns once from everything that is recorded; a stream worker starts it when it is time.

python -m serving.learner     with NEXTLEAD_HOME and NEXTLEAD_REDIS_URL set
"""

from __future__ import annotations

import os
import sys

from serving.lifeline import hold
from serving.settings import from_environment
from serving.wiring.judgement import Judgement


def main() -> int:
    """Learn once from everything that is recorded."""
    hold(os.environ)
    settings = from_environment(os.environ)
    if settings.redis_url is None:
        print("learner: NEXTLEAD_REDIS_URL is not set", file=sys.stderr)
        return 2
    parts = Judgement(settings, settings.redis_url)
    parts.outcomes.learn(parts.clock.now())
    return 0


if __name__ == "__main__":
    sys.exit(main())
