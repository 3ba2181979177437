"""Following rates that move: whenever a window of time begins, outcomes are asked where they stand now.

That takes the record's history and labels, as training does, so it is an errand of another room, named by the host.
Every process of the service corrects by what was told as soon as that is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from subprocess import Popen

from serving.children import Errand
from serving.clock import Clock
from serving.scoring.models import Models

_PATIENCE = 300.0
"""Seconds after which it is tried again where an errand has brought nothing."""


class Following:
    """Sends for what outcomes tell when nobody has asked them yet. To be asked by one worker only. begin: starts a
    process that asks them once; None where the host names none.
    """

    def __init__(self, models: Models, clock: Clock, begin: Callable[[], Popen[bytes]] | None) -> None:
        self._models = models
        self._clock = clock
        self._errand = None if begin is None else Errand("follower", begin)
        self._next = 0.0

    def step(self) -> bool:
        """Send where something is wanting; whether it was."""
        if self._errand is None or self._errand.busy or time.monotonic() < self._next:
            return False
        if not self._models.wanting(self._clock.now()):
            return False
        self._next = time.monotonic() + _PATIENCE
        self._errand.send()
        return True

    @property
    def busy(self) -> bool:
        return self._errand is not None and self._errand.busy

    def stop(self) -> None:
        """Leave unfinished what is not done; corrections stay as they were."""
        if self._errand is not None:
            self._errand.stop()
