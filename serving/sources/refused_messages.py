"""Refused messages, kept in a topic of their own with the reason."""

from __future__ import annotations

from typing import Any

from leads.errors import Unavailable
from serving.sources.broker import Broker, library, made
from serving.sources.refusal import Refusal

_SECONDS = 30.0
"""How long the brokers may take to acknowledge a batch's dead letters."""


class DeadLetters:
    """The message as it came: key, value and headers; `nextlead_place` and `nextlead_reason` are added."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._topic = topic
        self._failed: list[Any] = []
        self._producer = made(library().Producer, broker.producing())

    def put(self, message: Any, refusal: Refusal) -> None:
        """Send one; `flush` waits for it. Raises Unavailable for one that the client does not take."""
        added = [("nextlead_place", refusal.place.encode()), ("nextlead_reason", refusal.reason.encode())]
        headers = [*(message.headers() or []), *added]
        try:
            self._producer.produce(
                self._topic, message.value(), message.key(), headers=headers, on_delivery=self._delivered
            )
        except (library().KafkaException, BufferError) as error:
            raise Unavailable(f"{refusal.place} cannot be kept in {self._topic!r}: {error.args[0]}") from error

    def flush(self) -> None:
        """Wait until all are acknowledged. Raises Unavailable when not: then the batch must not be committed."""
        waiting = self._producer.flush(_SECONDS)
        if waiting or self._failed:
            why = self._failed[0].str() if self._failed else "no answer"
            raise Unavailable(f"refused messages cannot be kept in {self._topic!r}: {why}")

    def _delivered(self, error: Any, _: Any) -> None:
        if error is not None:
            self._failed.append(error)
