"""Whether the queues stand as a rebuild from the lake would have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from serving.composition import Composition

_EVERYONE = 10_000_000
_CHUNK = 1_000


@dataclass(frozen=True)
class Agreement:
    """Queues before and after a rebuild at one moment: customers compared over all queues, those in one of the two
    only, those with another action, and the greatest relative difference of a priority."""

    compared: int
    only_before: int
    only_after: int
    other_action: int
    worst_priority: float
    examples: list[str]


def agreement(parts: Composition, now: datetime) -> Agreement:
    """Rescore everyone at `now`, rebuild at `now`, compare. No worker may run; what is left is the rebuilt state."""
    parts.queue.time.settle(now, _EVERYONE)
    for ids in parts.contacts.ids(_CHUNK):
        parts.placement.rescore(ids, now)
    before = _standing(parts, now)
    parts.rebuild.run(now)
    after = _standing(parts, now)
    both = before.keys() & after.keys()
    worst = max((_apart(before[key][0], after[key][0]) for key in both), default=0.0)
    odd = sorted(before.keys() ^ after.keys())
    return Agreement(
        len(both), len(before.keys() - after.keys()), len(after.keys() - before.keys()),
        sum(before[key][1] != after[key][1] for key in both), worst, [" ".join(key) for key in odd[:5]],
    )  # fmt: skip


def _standing(parts: Composition, now: datetime) -> dict[tuple[str, str], tuple[float, str]]:
    """Per queue and waiting customer, priority and action."""
    queue = parts.queue
    return {
        (name, item.customer_id): (item.priority, item.action)
        for name in queue.names
        for item in queue.waiting.head(name, _EVERYONE, now)
    }


def _apart(left: float, right: float) -> float:
    scale = max(abs(left), abs(right))
    return abs(left - right) / scale if scale else 0.0
