"""The layout of a store's states: those of another one cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis

from leads.errors import Unavailable
from serving.store.keyspace import Keyspace

FORMAT = 9
"""Of what the queue keeps and of packed rows; a store that was written in another one is rebuilt."""

_FOLDED_TO = "folded_to"


class StoreLayout:
    """imports: how many there were into the home, asked anew each time. digest: of the layout that this process reads
    and writes.
    """

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, digest: str, imports: Callable[[], int] = lambda: 0
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._digest = digest
        self._imports = imports

    @property
    def current(self) -> str:
        """What states and queue look like in this version, and after which import into the home."""
        imports = self._imports()
        return f"{self._digest}/{FORMAT}{f'/{imports}' if imports else ''}"

    def is_current(self) -> bool:
        """Whether the store holds states of this home in this process's own layout."""
        return self.held() == self.current

    def held(self) -> str | None:
        """What the store says of its states, None where it holds nothing yet."""
        held: Any = self._client.hget(self._keys.meta, "layout")
        return None if held is None else held.decode()

    def filled(self, at: int, last: int) -> None:
        """Note that everything was folded anew in the current layout: at which time (microseconds), and up to which
        place of arrival. The streams that it came by may be lost.
        """
        stamp = {"rebuilt_at": str(at), "layout": self.current, _FOLDED_TO: str(last)}
        self._client.hset(self._keys.meta, mapping=stamp)

    def folded_to(self) -> int:
        """The last place of arrival that the last rebuild has folded; 0 where there was none."""
        return int(self._client.hget(self._keys.meta, _FOLDED_TO) or 0)  # type: ignore[arg-type]

    def is_other(self, error: BaseException) -> bool:
        """Whether an error says that the whole store is of another layout, and nothing of what was to be done."""
        if not isinstance(error, Unavailable):
            return False
        held = self.held()
        return held is not None and not held.startswith(self._digest)
