"""A member of a consumer group: reads messages, waits without losing its place, commits what is durable."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from threading import Event
from typing import Any

from leads.errors import Unavailable
from serving.sources.broker import Broker, library, made
from serving.sources.retrying_intake import Tell

BATCH = 1000
"""Messages of a batch at most."""

SOON = 0.2
"""Seconds a message waits for others at most."""

Place = tuple[str, int]
"""A partition: its topic and number."""


class Group:
    """Offsets are committed by `commit` alone: what was read and not committed comes again, to whoever is next."""

    def __init__(self, broker: Broker, stopped: Event, tell: Tell) -> None:
        self._kafka = library()
        self._stopped = stopped
        self._tell = tell
        self._early: list[Any] = []
        self._durable: dict[Place, int] = {}
        self._consumer = made(self._kafka.Consumer, broker.consuming() | {"error_cb": self._note})
        self._consumer.subscribe(list(broker.topics), on_revoke=self._revoked, on_lost=self._lost)

    def read(self) -> list[Any]:
        """The messages that came, soon, at most a batch. Raises Unavailable when the client cannot go on."""
        early, self._early = self._early, []
        return [message for message in early + self._consumer.consume(BATCH, SOON) if self._right(message)]

    def rest(self, seconds: float) -> bool:
        """Wait with reading paused, as a member that is alive; True when told to stop."""
        deadline = time.monotonic() + seconds
        self._consumer.pause(self._consumer.assignment())
        while not self._stopped.is_set() and (left := deadline - time.monotonic()) > 0:
            message = self._consumer.poll(min(SOON, left))
            if message is not None:
                # A partition that was assigned while resting is not paused yet.
                self._early.append(message)
                self._consumer.pause(self._consumer.assignment())
        self._consumer.resume(self._consumer.assignment())
        return self._stopped.is_set()

    def commit(self, messages: Iterable[Any]) -> None:
        """These messages are durable. An offset that cannot be committed now is committed with the next ones."""
        self._durable |= {(message.topic(), message.partition()): message.offset() + 1 for message in messages}
        mine = {(part.topic, part.partition) for part in self._consumer.assignment()}
        self._durable = {place: offset for place, offset in self._durable.items() if place in mine}
        self._commit(self._durable)

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        self._consumer.close()

    def _commit(self, offsets: dict[Place, int]) -> None:
        if not offsets:
            return
        wanted = [self._kafka.TopicPartition(*place, offset) for place, offset in offsets.items()]
        try:
            answers = self._consumer.commit(offsets=wanted, asynchronous=False)
        except self._kafka.KafkaException as error:
            self._tell(f"kafka: offsets are not committed yet: {error.args[0].str()}")
            return
        for part in answers:
            if part.error is None:
                self._durable.pop((part.topic, part.partition), None)
            else:
                self._tell(f"kafka: {part.topic}[{part.partition}]: offset is not committed yet: {part.error.str()}")

    def _revoked(self, _: Any, parts: Sequence[Any]) -> None:
        """Others go on where this one ended: after everything that is durable."""
        going = {(part.topic, part.partition) for part in parts}
        self._commit({place: offset for place, offset in self._durable.items() if place in going})
        self._lost(_, parts)

    def _lost(self, _: Any, parts: Sequence[Any]) -> None:
        for part in parts:
            self._durable.pop((part.topic, part.partition), None)

    def _right(self, message: Any) -> bool:
        error = message.error()
        if error is None:
            return True
        self._note(error)
        return False

    def _note(self, error: Any) -> None:
        if error.fatal():
            raise Unavailable(f"kafka: {error.str()}")
        if error.code() != self._kafka.KafkaError._PARTITION_EOF:
            self._tell(f"kafka: {error.str()}")
