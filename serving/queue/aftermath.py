"""Aftermath: what calls have left behind of a customer, folded from the record as the queue's scripts keep it live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from leads.attempts import UNREACHED, Attempts
from serving.clock import milliseconds
from serving.queue.leases import Promise, promise_in
from serving.queue.queue import NEVER


@dataclass(frozen=True)
class Aftermath:
    """Times are milliseconds. rest: before which nobody calls, and after which disposition. retry: from when it is a
    try after a call that reached nobody. attempts: the page of the call book, None where it has none.
    """

    rest: int = 0
    disposition: str | None = None
    retry: int | None = None
    promise: Promise | None = None
    attempts: Attempts | None = None

    def completed(self, told: Mapping[str, Any], grace: timedelta) -> Aftermath:
        """After a call, as `lease.completed` tells it."""
        disposition, next_try = told["disposition"], told.get("next_try_at")
        rest = NEVER if next_try is None else milliseconds(datetime.fromisoformat(next_try))
        after = Aftermath(rest, disposition, None, promise_in(told, grace), self.attempts)
        if "hour" not in told:
            return after
        attempts = (self.attempts or Attempts()).called(disposition, told["phone"], told["day"], told["hour"])
        retry = rest if disposition in UNREACHED and rest < NEVER else None
        return replace(after, attempts=attempts, retry=retry)

    def joined(self, other: Aftermath) -> Aftermath:
        """Of two customers who turned out to be one, this being the one who stays: the longer rest with its retry, the
        earlier promise, and all attempts.
        """
        longer = other if other.rest > self.rest else self
        pages = [kept.attempts for kept in (self, other) if kept.attempts is not None]
        return Aftermath(
            rest=longer.rest,
            disposition=longer.disposition,
            retry=longer.retry,
            promise=earlier(self.promise, other.promise),
            attempts=pages[0].joined(pages[1]) if len(pages) == 2 else next(iter(pages), None),
        )


def earlier(kept: Promise | None, other: Promise | None) -> Promise | None:
    """Of two promises to one person the one that is due first; of two at once, that of the one who stays."""
    if kept is None or other is None:
        return kept or other
    return other if other.due < kept.due else kept
