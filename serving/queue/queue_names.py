"""The names of the queues: one for each objective, and one of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leads.errors import NotFound
from serving.store.words import ALL


class QueueNames:
    """The queues there are."""

    def __init__(self, objectives: Sequence[str]) -> None:
        self._names = (*objectives, ALL)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def require(self, queue: str) -> None:
        """Raises NotFound, naming the queues there are."""
        if queue not in self._names:
            raise NotFound("queue", queue, f"one of {', '.join(self._names)}")
