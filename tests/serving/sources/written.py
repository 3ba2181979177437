"""Events as a sender writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from serving.composition import Composition
from tests.serving.small_home import NOW


def event(name: str, customer: str = "c001", **more: Any) -> dict[str, Any]:
    """A CloudEvent of now."""
    return {"specversion": "1.0", "id": name, "source": "test", "type": "quote.requested", "subject": customer,
            "time": NOW.isoformat(), "data": {"product": "motor", "premium": 9000.0}} | more  # fmt: skip


def line(name: str, customer: str = "c001", **more: Any) -> bytes:
    return json.dumps(event(name, customer, **more)).encode() + b"\n"


def lines(names: Iterable[str]) -> bytes:
    return b"".join(line(name) for name in names)


def waiting(parts: Composition) -> list[str]:
    """The ids of the events in the durable stream, by partition."""
    return [
        entry.event.id
        for partition in range(parts.settings.partitions)
        for entry in parts.stream.read(partition, "0-0", 100_000)
    ]
