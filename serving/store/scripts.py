"""The Lua scripts: everything that must happen in one step inside the hot store."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import redis

from serving.store.filling import filled
from serving.store.keyspace import Keyspace

_FOLDER = Path(__file__).parent / "lua"
_QUEUE = ("common", "next_leads", "lanes", "places", "outcomes", "leases", "lease_token")
"""What the queue's scripts start with."""

_SHARED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("accept", "own", "leave", "shares", "timeline", "clock"), ()),
    "dossiers": ("kept",), "decided": ("ledger",), "handover": (*_QUEUE, "ledger"), "head": (*_QUEUE, "walks"),
    "claim": (*_QUEUE, "walks", "kept", "ledger", "prepared"),
}  # fmt: skip
"""By script, what it starts with, where that is not what the queue's do."""


@cache
def source(name: str, keyspace: Keyspace) -> str:
    """A script's text, filled in, with what it shares with others."""
    parts = (*_SHARED.get(name, _QUEUE), name)
    return filled("".join((_FOLDER / f"{part}.lua").read_text("utf-8") for part in parts), keyspace)


class Scripts:
    """Runs scripts by name, against one store and its keys."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace) -> None:
        self._client = client
        self.keyspace = keyspace
        self._scripts: dict[str, Any] = {}

    def run(self, name: str, *arguments: str | bytes | int, pipeline: Any = None) -> Any:
        """The script's answer, or its place in a pipeline when one is given."""
        script = self._scripts.get(name)
        if script is None:
            script = self._scripts[name] = self._client.register_script(source(name, self.keyspace))
        # The one declared key names the slot that all keys share.
        return script(keys=[self.keyspace.items], args=arguments, client=pipeline)
