"""A Kafka message as a CloudEvent, by the protocol binding: structured or binary mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from serving.intake.content import is_json
from serving.sources.retrying_intake import Offered
from serving.sources.tail import read

_ATTRIBUTE = "ce_"


class Message(Protocol):
    """What is read of a message; `confluent_kafka.Message` is one."""

    def topic(self) -> str | None: ...

    def partition(self) -> int | None: ...

    def offset(self) -> int | None: ...

    def value(self) -> bytes | None: ...

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None: ...


def offered(message: Message) -> Offered:
    """The event of a message, or why there is none.

    With `ce_` headers the value is the event's data (binary mode); otherwise it is the event (structured mode).
    A `content-type` header, where there is one, must speak of JSON.
    """
    place = f"{message.topic()}[{message.partition()}] offset {message.offset()}"
    try:
        headers = {name.lower(): (value or b"").decode() for name, value in message.headers() or ()}
    except UnicodeDecodeError:
        return Offered(place, problem="has a header that is not UTF-8")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and not is_json(kind):
        return Offered(place, problem=f"content-type is {kind[:80]!r}: application/json, another JSON type, or none")
    structured = kind.startswith("application/cloudevents") or f"{_ATTRIBUTE}specversion" not in headers
    return _structured(place, message) if structured else _binary(place, message, headers)


def _structured(place: str, message: Message) -> Offered:
    value = message.value()
    return Offered(place, problem="has no value") if value is None else read(place, value)


def _binary(place: str, message: Message, headers: Mapping[str, str]) -> Offered:
    attributes = {
        name.removeprefix(_ATTRIBUTE): value for name, value in headers.items() if name.startswith(_ATTRIBUTE)
    }
    value = message.value()
    if not value:
        return Offered(place, attributes)
    data = read(place, value)
    return data if data.problem is not None else Offered(place, attributes | {"data": data.item})
