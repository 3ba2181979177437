"""A refused event, as it is told to whoever runs the source."""

from __future__ import annotations

from dataclasses import dataclass

_OPEN = ("specversion", "type", "time")
"""Fields whose values name nobody and may be shown."""


@dataclass(frozen=True)
class Refusal:
    """What was refused. `place`: where its source finds it, such as `line 7`; `id` is None where it has none."""

    place: str
    id: str | None
    reason: str

    def __str__(self) -> str:
        named = "an event without id" if self.id is None else f"event {self.id!r}"
        return f"{self.place}: {named} is refused: {self.reason}"


def discreet(reason: str) -> str:
    """A reason without the refused value, which may be personal; what the source prints may end in a log.

    >>> discreet("data.premium = 'Ann: 138 0013 8000': a number")
    'data.premium: a number'
    >>> discreet("type = 'quote.asked': one of quote.requested")
    "type = 'quote.asked': one of quote.requested"
    """
    field, separator, rest = reason.partition(" = ")
    if not separator or field in _OPEN:
        return reason
    return f"{field}: {rest.rpartition(': ')[2]}"
