"""Folded state: what the hot store holds that the lake can tell too, which a rebuild leaves as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from benchmarks.oracles.sameness import final_id, merged_ids
from serving.calls.attempt_records import unpacked
from serving.composition import Composition
from serving.store.keys.key import Kind, Shape
from serving.store.keyspace import Keyspace

_CHUNK = 500

_LOOSE = (
    Keyspace.lanes, Keyspace.cells, Keyspace.zones, Keyspace.resting, Keyspace.waiting, Keyspace.applied,
    Keyspace.hours,
)  # fmt: skip
"""Of these the live store may hold more than there is, since when it knew, or what was counted of the erased."""

_OTHERWISE = (Keyspace.profile, Keyspace.interactions, Keyspace.standing, Keyspace.merged, Keyspace.attempts)
"""What they come to is compared: sums and entries in another order, and links over other ids, are the same."""

_READ: Mapping[Shape, Callable[[Any, bytes], Any]] = {
    Shape.STRING: lambda client, name: client.get(name),
    Shape.HASH: lambda client, name: client.hgetall(name),
    Shape.SET: lambda client, name: client.smembers(name),
    Shape.SORTED: lambda client, name: dict(client.zrange(name, 0, -1, withscores=True)),
}


def folded(parts: Composition, now: datetime) -> dict[str, Any]:
    """Every key that is declared to be folded, with its content, and in which id each survives, once everyone stands
    where they stand `now`. Of states see `sameness`.
    """
    parts.queue.time.settle(now)
    for ids in parts.contacts.ids(_CHUNK):
        parts.placement.rescore(ids, now)
    merged = merged_ids(parts)
    pages: Mapping[bytes, bytes] = parts.client.hgetall(parts.keyspace.attempts)  # type: ignore[assignment]
    found: dict[str, Any] = {
        "survives in": {name: final_id(merged, name) for name in merged},
        "attempts": {name: unpacked(page) for name, page in pages.items()},
    }
    for name in parts.client.scan_iter(f"{parts.keyspace.prefix}:*", count=5000):
        key = parts.keyspace.find(name)
        if key is not None and key.kind is Kind.FOLDED and key not in _LOOSE + _OTHERWISE:
            found[parts.keyspace.named(name)] = _READ[key.shape](parts.client, name)
    return found


def apart(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What is not the same any more: each key, or each entry of one, as it was and is."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new and isinstance(old, dict) and isinstance(new, dict):
            yield from (
                f"{name} {entry!r}: {old.get(entry)!r} -> {new.get(entry)!r}"
                for entry in sorted({*old, *new})
                if old.get(entry) != new.get(entry)
            )
        elif old != new:
            yield f"{name}: {old!r} -> {new!r}"
