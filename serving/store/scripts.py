"""The Lua scripts: everything that must happen in one step inside the hot store."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import redis

_FOLDER = Path(__file__).parent / "lua"
_ALONE = ("accept", "own", "leave", "shares", "timeline", "clock")
_WALKING = ("claim", "head")


@cache
def source(name: str) -> str:
    """A script's text; the queue's scripts start with what they share."""
    shared = () if name in _ALONE else ("common", "walks") if name in _WALKING else ("common",)
    return "".join((_FOLDER / f"{part}.lua").read_text("utf-8") for part in (*shared, name))


class Scripts:
    """Runs scripts by name, against one store and key prefix."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._scripts: dict[str, Any] = {}

    def run(self, name: str, *arguments: str | bytes | int, pipeline: Any = None) -> Any:
        """The script's answer, or its place in a pipeline when one is given."""
        script = self._scripts.get(name)
        if script is None:
            script = self._scripts[name] = self._client.register_script(source(name))
        # The one declared key names the slot that all keys share.
        return script(keys=[f"{self._prefix}:items"], args=[self._prefix, *arguments], client=pipeline)
