"""The call book: what came of calling each lead, and how often anyone answered in each hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

import msgspec
import redis

from leads.contact.attempts import Attempts, Number, Tally
from leads.contact.best_hours import Hours
from serving.clock import from_milliseconds
from serving.store.keyspace import Keyspace
from serving.store.records import AttemptRow, NumberRow
from serving.store.words import Tried


@dataclass(frozen=True)
class AttemptRecord:
    """What came of calls until now and with the one that just ended.

    before: as it stands in the store, to be sure that nothing came in between. hour: the local one of the call.
    reached: whether somebody spoke with the customer.
    """

    before: bytes
    after: Attempts
    hour: int
    reached: bool


class AttemptRecords:
    """Reads what the queue writes when a lease is completed."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._keys = keyspace

    def packed(self, customer_ids: Sequence[str]) -> list[bytes]:
        """The pages as they are kept, empty for who was never called."""
        if not customer_ids:
            return []
        found: list[Any] = self._client.hmget(self._keys.attempts, list(customer_ids))  # type: ignore[assignment]
        return [page or b"" for page in found]

    def watch(self, pipeline: Any) -> None:
        """What the pipeline does counts only if no call comes in meanwhile."""
        pipeline.watch(self._keys.attempts)

    def attempts(self, customer_ids: Sequence[str]) -> list[Attempts]:
        """What came of calling them."""
        return [unpacked(page, self.behind) for page in self.packed(customer_ids)]

    def joined(self, customer_id: str, others: Sequence[str]) -> list[bytes]:
        """What came of calling a customer and the first of others who are one with them, the first two, and so on, as
        it is kept; empty where nobody of them was called.
        """
        one, *more = self.packed([customer_id, *others])
        return list(accumulate(more, self._together, initial=one))[1:]

    def _together(self, page: bytes, other: bytes) -> bytes:
        if not (page and other):
            return page or other
        return self.written(unpacked(page, self.behind).joined(unpacked(other, self.behind)))

    def written(self, attempts: Attempts) -> bytes:
        """What came of calls, as it is kept."""
        return pack(attempts, self._keys.alias)

    @property
    def behind(self) -> Callable[[str], str]:
        """The number behind what a page calls it."""
        return self._keys.behind

    def retries(self, customer_ids: Sequence[str]) -> list[datetime | None]:
        """From when customers are tried again whose last call reached nobody; None for all others."""
        if not customer_ids:
            return []
        found: list[Any] = self._client.hmget(self._keys.retries, list(customer_ids))  # type: ignore[assignment]
        return retries_of(found)

    def hours(self) -> Hours:
        """By local hour how often anyone was called, and how often somebody was reached."""
        found: Any = self._client.hgetall(self._keys.hours)
        return hours_of(found)

    def write(self, pages: Mapping[str, Attempts], calls: Iterable[tuple[int, bool]]) -> None:
        """Set all pages, and the hours from all calls: hour and whether the customer was reached."""
        with self._client.pipeline(transaction=False) as pipeline:
            if pages:
                pipeline.hset(self._keys.attempts, mapping={name: self.written(page) for name, page in pages.items()})
            for hour, reached in calls:
                pipeline.hincrby(self._keys.hours, f"{hour}{Tried.CALLS}", 1)
                if reached:
                    pipeline.hincrby(self._keys.hours, f"{hour}{Tried.REACHED}", 1)
            pipeline.execute()


def retries_of(kept: Sequence[bytes | None]) -> list[datetime | None]:
    """From when customers are tried again, by what the store keeps of it."""
    return [None if due is None else from_milliseconds(float(due)) for due in kept]


def hours_of(kept: Mapping[bytes, bytes]) -> Hours:
    """By local hour the calls and those that reached somebody, by what the store keeps of it."""
    counts = {name.decode(): int(count) for name, count in kept.items()}
    return {
        hour: (counts[f"{hour}{Tried.CALLS}"], counts.get(f"{hour}{Tried.REACHED}", 0))
        for hour in range(24)
        if f"{hour}{Tried.CALLS}" in counts
    }


def pack(attempts: Attempts, alias: Callable[[str], str] = str) -> bytes:
    """As the store keeps it, numbers under an alias. Hours are texts, which Lua keeps apart from a list."""
    numbers = {
        alias(phone): NumberRow(*_tally(number.tally), number.reached, number.wrong)
        for phone, number in attempts.numbers.items()
    }
    hours = {str(hour): counts for hour, counts in attempts.hours.items()}
    return _encode(AttemptRow(*_tally(attempts.tally), attempts.misses, numbers, hours))


def unpacked(page: bytes, behind: Callable[[str], str] = str) -> Attempts:
    """What a page says; nothing yet where it is empty. behind: the number behind an alias."""
    if not page:
        return Attempts()
    row = AttemptRow(*_decode(page))
    return Attempts(
        tally=_tally_of(row),
        misses=int(row.misses),
        numbers={behind(phone): _number(NumberRow(*number)) for phone, number in _named(row.numbers)},
        hours={int(hour): (int(calls), int(reached)) for hour, (calls, reached) in _named(row.hours)},
    )


def _number(row: NumberRow) -> Number:
    return Number(_tally_of(row), int(row.reached), bool(row.wrong))


def _tally_of(row: AttemptRow | NumberRow) -> Tally:
    return Tally(row.day, int(row.today), int(row.total))


def _named(table: Any) -> Iterable[tuple[str, Any]]:
    """Lua packs a table without entries as a list."""
    return table.items() if isinstance(table, dict) else ()


def _tally(tally: Tally) -> tuple[str, int, int]:
    return tally.day, tally.today, tally.total


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
