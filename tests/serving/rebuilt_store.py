"""Stores that hold a home again: folded once for each home there is, and put back for every further test of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from serving.composition import Composition
from tests.serving.small_home import NOW

_MOST = 8
"""Homes whose store is kept: the one that most tests share, and those of a module or two."""

_RESTORE = "for at, name in ipairs(KEYS) do redis.call('RESTORE', name, ARGV[2 * at - 1], ARGV[2 * at]) end"

Kept = Mapping[bytes, tuple[int, bytes]]
"""Every key with the milliseconds that it has left, 0 for good, and what it holds."""


@dataclass
class RebuiltStores:
    """By the contents of a home what a rebuild at NOW leaves in an empty store."""

    kept: dict[str, Kept] = field(default_factory=dict)

    def fill(self, parts: Composition) -> None:
        """Have the emptied store be as a rebuild of this home leaves it."""
        parts.client.flushall()
        home = contents(parts.home.folder)
        if home in self.kept:
            put_back(parts.client, self.kept[home])
            return
        parts.rebuild.run(NOW)
        while len(self.kept) >= _MOST:
            self.kept.pop(next(reversed(self.kept)))
        self.kept[home] = taken(parts.client)


def contents(folder: Path) -> str:
    """A digest of all files under a folder."""
    digest = hashlib.blake2b()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def taken(client: redis.Redis) -> Kept:
    names: list[Any] = list(client.scan_iter(count=5000))
    with client.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.pttl(name).dump(name)
        found = pipeline.execute()
    return {name: (max(left, 0), held) for name, left, held in zip(names, found[::2], found[1::2], strict=True)}


def put_back(client: redis.Redis, kept: Kept) -> None:
    """In one request: a thousand are a third of what most tests would take."""
    client.eval(_RESTORE, len(kept), *kept, *(part for each in kept.values() for part in each))
