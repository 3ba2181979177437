"""Who is left with nothing, looked at anew when that is asked for and what is known is no longer of this hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread

from serving.decisions.coverage import Coverage

KEPT = timedelta(hours=1)
"""For how long a look counts; everybody is decided on for one."""


@dataclass(frozen=True)
class Looked:
    """coverage: None until somebody has looked. at: when. looking: how far the look is that goes on, None for none."""

    coverage: Coverage | None = None
    at: datetime | None = None
    looking: str | None = None


class Covering:
    """look: decides for everybody, telling how far it is; it takes seconds to minutes, so that nobody waits for it."""

    def __init__(self, look: Callable[[datetime, Callable[..., None]], Coverage]) -> None:
        self._look = look
        self._lock = Lock()
        self._found = Looked()

    def of(self, now: datetime) -> Looked:
        """What is known; where that is nothing, or old, a look begins."""
        with self._lock:
            found = self._found
            fresh = found.at is not None and now - found.at < KEPT
            if not fresh and found.looking is None:
                self._found = found = Looked(found.coverage, found.at, "0")
                Thread(target=self._run, args=(now,), daemon=True).start()
            return found

    def _run(self, now: datetime) -> None:
        def progress(share: str) -> None:
            with self._lock:
                self._found = Looked(self._found.coverage, self._found.at, share)

        try:
            found = self._look(now, progress)
        except Exception:
            with self._lock:
                self._found = Looked(self._found.coverage, self._found.at)
            raise
        with self._lock:
            self._found = Looked(found, now)
