"""What is gone by itself within days, and goes at once where it tells of somebody who is erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import redis

from features.traces import Traces
from serving.store.keys.key import Customers, Shape
from serving.store.keyspace import Keyspace


def forget_passing(client: redis.Redis, keyspace: Keyspace, _: Sequence[str], traces: Traces) -> int:
    """Drop every entry of a passing key that tells of people; how many there were. The streams of accepted events are
    the recorder's.
    """
    found = 0
    for name in client.scan_iter(f"{keyspace.prefix}:*", count=5000):
        key = keyspace.find(name)
        if key is not None and key.customers is Customers.PASSING and key not in (Keyspace.stream, Keyspace.decisions):
            found += _FORGET[key.shape](client, name, traces.within)
    return found


def _string(client: Any, name: bytes, tells: Callable[[str], bool]) -> int:
    text = client.get(name)
    return int(client.delete(name)) if text is not None and tells(text.decode(errors="replace")) else 0


def _hash(client: Any, name: bytes, tells: Callable[[str], bool]) -> int:
    pairs = client.hscan_iter(name, count=1000)
    theirs = [field for field, value in pairs if tells(f"{field.decode()} {value.decode(errors='replace')}")]
    return int(client.hdel(name, *theirs)) if theirs else 0


def _stream(client: Any, name: bytes, tells: Callable[[str], bool]) -> int:
    """Of a message that they were erased nothing goes: whoever waits for it is to forget them too."""
    texts = {place: b" ".join(fields.values()).decode(errors="replace") for place, fields in client.xrange(name)}
    theirs = [place for place, text in texts.items() if '"customer.erased"' not in text and tells(text)]
    return int(client.xdel(name, *theirs)) if theirs else 0


_FORGET = {Shape.STRING: _string, Shape.HASH: _hash, Shape.STREAM: _stream}
