"""The Lua scripts: everything that must happen in one step inside the hot store."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import redis

from serving.store.filling import filled
from serving.store.keyspace import Keyspace

_FOLDER = Path(__file__).parent / "lua"
_ALONE = ("accept", "own", "leave", "shares", "timeline", "clock", "dossiers", "decided")
_SHARED = ("common", "lanes", "places", "outcomes", "leases", "lease_token")
_WALKING = ("claim", "head")
_DECIDING = ("decided", "handover")


@cache
def source(name: str, keyspace: Keyspace) -> str:
    """A script's text, filled in; the queue's scripts start with what they share."""
    shared = () if name in _ALONE else (*_SHARED, "walks") if name in _WALKING else _SHARED
    shared = (*shared, "ledger") if name in _DECIDING else shared
    return filled("".join((_FOLDER / f"{part}.lua").read_text("utf-8") for part in (*shared, name)), keyspace)


class Scripts:
    """Runs scripts by name, against one store and its keys."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self._keys = keyspace
        self._scripts: dict[str, Any] = {}

    def run(self, name: str, *arguments: str | bytes | int, pipeline: Any = None) -> Any:
        """The script's answer, or its place in a pipeline when one is given."""
        script = self._scripts.get(name)
        if script is None:
            script = self._scripts[name] = self._client.register_script(source(name, self._keys))
        # The one declared key names the slot that all keys share.
        return script(keys=[self._keys.items], args=arguments, client=pipeline)
