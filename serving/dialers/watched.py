"""Threads that do not die unheard: whoever started one learns of its error, and ends with it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from leads.errors import Unavailable
from serving.events.fault_isolation import FAULTS, reason_of


class Watched(threading.Thread):
    """A thread at work. job: what it is, for the message when it has died, such as `the courier of crm`."""

    def __init__(self, job: str, work: Callable[[], object]) -> None:
        super().__init__(name=job, daemon=True)
        self._work = work
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except FAULTS as error:
            self._error = error

    def check(self) -> None:
        """Raises Unavailable when it has died."""
        if self._error is not None:
            raise Unavailable(f"{self.name} has died: {reason_of(self._error)}") from self._error
