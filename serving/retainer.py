"""The process that carries out retention once; a stream worker starts it when it is time.

python -m serving.retainer     with NEXTLEAD_HOME and NEXTLEAD_REDIS_URL set
"""

from __future__ import annotations

import os
import sys

from serving.composition import compose
from serving.lifeline import hold
from serving.settings import from_environment


def main() -> int:
    """Take out once what is kept no longer."""
    hold(os.environ)
    settings = from_environment(os.environ)
    if settings.redis_url is None:
        print("retainer: NEXTLEAD_REDIS_URL is not set", file=sys.stderr)
        return 2
    parts = compose(settings, settings.redis_url)
    done = parts.retention.run(parts.clock.now())
    for what, count in done.counts.items():
        print(f"retention: {count:,} of {what} are kept no longer", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
