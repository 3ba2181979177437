"""What happened with a customer is told the same from the hot store and, when that is gone, from the lake."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from serving.composition import Composition
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW

LATER = NOW + timedelta(minutes=1)


def test_a_timeline_after_a_rebuild_tells_what_the_product_did_as_before(parts: Composition) -> None:
    (lease,) = parts.claims.claim("all", Wanted("wang", 1), NOW)["leases"]
    parts.completions.complete(lease["lease_id"], lease["token"], Outcome("no_answer", 0.0, None, {}), NOW)
    worker = parts.stream_worker()
    worker.tend()
    worker.step()
    parts.recorder.drain()
    before = timeline_of(parts, lease["customer_id"], LATER)
    assert {"decision.made", "lease.granted", "lease.completed", "call.completed"} <= {
        event["type"] for event in before
    }
    parts.client.flushall()
    parts.rebuild.run(LATER)
    assert timeline_of(parts, lease["customer_id"], LATER) == before


def timeline_of(parts: Composition, customer_id: str, now: datetime) -> list[dict[str, Any]]:
    events, complete = parts.timelines.read([customer_id], now, 500)
    assert complete
    return events
