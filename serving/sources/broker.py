"""How Kafka is reached: brokers, topics, the consumer group, and what librdkafka may be told besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from leads.errors import InvalidInput, Unavailable

_OURS = {
    "bootstrap.servers": "is what --brokers gives",
    "group.id": "is what --group gives",
    "enable.auto.commit": "is off: an offset is committed when its event is durable",
    "enable.auto.offset.store": "is off: an offset is committed when its event is durable",
}


@dataclass(frozen=True)
class Broker:
    """Where events come from. `settings` are librdkafka's own, such as `security.protocol`.

    Raises InvalidInput for a setting that is decided here, and for a dead-letter topic that is read too.
    """

    brokers: str
    topics: tuple[str, ...]
    group: str
    settings: Mapping[str, str] = field(default_factory=dict)
    dead_letters: str | None = None

    def __post_init__(self) -> None:
        for name in self.settings.keys() & _OURS.keys():
            raise InvalidInput(f"--set {name}", self.settings[name], _OURS[name])
        if self.dead_letters in self.topics:
            raise InvalidInput("--dead-letter-topic", self.dead_letters, "a topic that is not read")

    def consuming(self) -> dict[str, Any]:
        """A consumer's settings. A new group starts with the oldest event there is."""
        ours = {"enable.auto.commit": False, "enable.auto.offset.store": False, "group.id": self.group}
        return {"auto.offset.reset": "earliest", **self.producing(), **ours}

    def producing(self) -> dict[str, Any]:
        """A producer's settings."""
        return {**self.settings, "bootstrap.servers": self.brokers}


def library() -> ModuleType:
    """confluent_kafka, which is an extra; raises Unavailable that says how to get it."""
    try:
        import confluent_kafka
    except ImportError as error:
        raise Unavailable("Kafka needs an extra that is not installed: pip install 'nextlead[kafka]'") from error
    return confluent_kafka


def made(kind: Any, settings: Mapping[str, Any]) -> Any:
    """A consumer or producer; raises InvalidInput for settings that librdkafka refuses."""
    try:
        return kind(dict(settings))
    except library().KafkaException as error:
        raise InvalidInput("--set", "(withheld)", str(error.args[0].str())) from error
