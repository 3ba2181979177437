"""Aftermath: what calls have left behind of a customer, folded from the record as the queue's scripts keep it live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from features.identity import identity_key
from features.own_events import MERGED, UNMERGED
from features.people import surviving
from leads.configuration.recognition import Recognition
from leads.contact.attempts import UNREACHED, Attempts
from serving.calls.promise import Promise, promise_in
from serving.clock import from_milliseconds, milliseconds
from serving.store.words import NEVER


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


Row = Mapping[str, Any]
"""An own event of the record: its `id`, `source`, `type` and `customer_id`."""


def standing(rows: Iterable[Row]) -> dict[str, tuple[str, str]]:
    """Source and id of the merge by which each id leads to another one, of those that was not taken back since."""
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        if row["type"] == MERGED:
            found[row["customer_id"]] = (row["source"], row["id"])
        elif row["type"] == UNMERGED:
            found.pop(row["customer_id"], None)
    return found


class CallRecord:
    """Folds the record of calls: call by call, and joined where it says that two became one, as it was live; what was
    taken back since was never joined. merges: that stand. merged: id → the one that survives. hours: of each call its
    hour and whether the customer was reached.
    """

    def __init__(
        self,
        merges: Mapping[str, tuple[str, str]],
        merged: Mapping[str, str],
        grace: timedelta,
        recognition: Recognition,
    ) -> None:
        self._merges = merges
        self._merged = merged
        self._grace = grace
        self._recognition = recognition
        self._joined: dict[str, str] = {}
        self._people: dict[str, Aftermath] = {}
        self.hours: list[tuple[int, bool]] = []

    def follow(self, row: Row, told: Mapping[str, Any]) -> None:
        """Take in the next event, with its data: a merge, one that is taken back, or what came of a call."""
        name = row["customer_id"]
        customer_id = surviving(self._joined, name)
        if row["type"] == MERGED:
            into = told["into"]
            if self._merges.get(name) == (row["source"], row["id"]) and name in self._merged:
                self._join(customer_id, surviving(self._joined, into))
        elif row["type"] != UNMERGED:
            data = {**told, "phone": _as_now(told.get("phone"), self._recognition)}
            self._people[customer_id] = self._people.get(customer_id, Aftermath()).completed(data, self._grace)
            if "hour" in data:
                self.hours.append((data["hour"], data["disposition"] not in UNREACHED))

    def people(self) -> dict[str, Aftermath]:
        """What calls have left behind, by the ids that survive."""
        for customer_id in [name for name in self._people if name in self._merged]:
            self._join(customer_id, self._merged[customer_id])
        return self._people

    def _join(self, customer_id: str, into: str) -> None:
        if customer_id == into:
            return
        self._joined[customer_id] = into
        gone = self._people.pop(customer_id, None)
        if gone is not None:
            self._people[into] = self._people.get(into, Aftermath()).joined(gone)


def _as_now(phone: str | None, recognition: Recognition) -> str | None:
    """A number that was dialled, in the form in which its customer has it now."""
    key = identity_key("phone", phone, recognition)
    return phone if key is None else key.removeprefix("phone:")


def due_of(afters: Iterable[Aftermath]) -> tuple[list[Promise | None], list[datetime | None]]:
    """Per customer the callback that was promised, and from when who was not reached is tried again."""
    kept = list(afters)
    retries = [None if after.retry is None else from_milliseconds(after.retry) for after in kept]
    return [after.promise for after in kept], retries


def earlier(kept: Promise | None, other: Promise | None) -> Promise | None:
    """Of two promises to one person the one that is due first; of two at once, that of the one who stays."""
    if kept is None or other is None:
        return kept or other
    return other if other.due < kept.due else kept
