"""Emptying: the store forgets what the lake tells, once that is all that was accepted, and nothing of the erased."""

from __future__ import annotations

from collections.abc import Iterable

import redis

from features.forgotten import forgotten
from features.home import Home
from serving.disk import say
from serving.events.stream import Stream
from serving.live.cleaning import Cleaning
from serving.live.pending_erasures import PendingErasures
from serving.recording.recorder import Recorder
from serving.store.clearing import clear
from serving.store.keyspace import Keyspace


class Emptying:
    """Empties the store. recorder: None where nothing is recorded."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, home: Home, stream: Stream, recorder: Recorder | None,
        cleaning: Cleaning, pending: PendingErasures,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._home = home
        self._stream = stream
        self._recorder = recorder
        self._cleaning = cleaning
        self._pending = pending

    @property
    def records(self) -> bool:
        """Whether what is accepted is recorded in the lake."""
        return self._recorder is not None

    def run(self) -> None:
        """The stream worker, which must not run, goes on after what the lake holds; where nothing is recorded, from the
        start.
        """
        if self._recorder is not None:
            self._recorder.drain()
        if strange := clear(self._client, self._keys):
            say(f"keys of the store that this version does not know stay as they are: {', '.join(strange)}")
        if self._recorder is not None:
            ends = {self._keys.applied(p): end for p, end in enumerate(self._stream.recorded())}
            self._client.mset(ends)
            self._cleaning.step()

    def leaving(self, customer_ids: Iterable[str]) -> list[str]:
        """Who of these was erased and is in the lake still: they are to leave it, and are nobody now."""
        erased = forgotten(self._home.folder)
        waiting = set(self._pending.ids())
        found = sorted({name for name in set(customer_ids) if name in waiting or name in erased})
        self._pending.add_nameless(found)
        return found
