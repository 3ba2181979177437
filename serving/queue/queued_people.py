"""People as the queue knows them: who became one, who came apart, and who is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from serving.calls.attempt_records import AttemptRecords
from serving.calls.promise import packed
from serving.clock import milliseconds
from serving.queue.aftermath import Aftermath
from serving.store.keyspace import partition_of
from serving.store.scripts import Scripts


class QueuedPeople:
    """Has the queue follow who is who."""

    def __init__(self, scripts: Scripts, attempt_records: AttemptRecords, partitions: int) -> None:
        self._scripts = scripts
        self._attempt_records = attempt_records
        self._partitions = partitions

    def watch(self, pipeline: Any) -> None:
        """What the pipeline does counts only if no call comes in meanwhile."""
        self._attempt_records.watch(pipeline)

    def join(self, customer_id: str, into: str, now: datetime, pipeline: Any = None) -> None:
        """A customer turned out to be another one: one item, held by whoever held either. What came of calls with both
        is added up as it is now: a pipeline that is to run this later must `watch`.
        """
        self.join_all([customer_id], into, now, pipeline)

    def join_all(self, gone: Sequence[str], into: str, now: datetime, pipeline: Any = None) -> None:
        """The same of several in one step."""
        partition = partition_of(into, self._partitions)
        pages = self._attempt_records.joined(into, gone)
        for customer_id, page in zip(gone, pages, strict=True):
            self._scripts.run("join", milliseconds(now), customer_id, into, partition, page, pipeline=pipeline)

    def recall(self, customer_id: str, after: Aftermath, before: bytes, now: datetime) -> bool:
        """Have the queue know this of a customer, whatever it knew. Whoever holds them goes on holding. before: their
        page of the call book; nothing is changed, and the answer is False, where it says something else by now.
        """
        done = self._scripts.run(
            "recall", milliseconds(now), customer_id, after.rest, after.disposition or "",
            "" if after.retry is None else after.retry,
            b"" if after.promise is None else packed(after.promise, self._scripts.keyspace.alias),
            b"" if after.attempts is None else self._attempt_records.written(after.attempts), before,
        )  # fmt: skip
        return bool(done)

    def part(self, into: Mapping[str, str], now: datetime, pipeline: Any = None) -> None:
        """People came apart (into: id → the one that it is kept under): whoever was handed out under an id stays held
        as the person of that id.
        """
        told = [part for name, kept in into.items() for part in (name, kept, partition_of(kept, self._partitions))]
        self._scripts.run("part", milliseconds(now), *told, pipeline=pipeline)

    def forget(self, customer_id: str, now: datetime, pipeline: Any = None) -> None:
        """Take a customer out of everything, with their lease."""
        self._scripts.run("forget", milliseconds(now), customer_id, pipeline=pipeline)
