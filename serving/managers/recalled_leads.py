"""Recalled leads as managers see them."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from typing_extensions import TypedDict

from serving.access.policy import Right
from serving.clock import written
from serving.meaning import Means, Time
from serving.queue.recalls import Recalls
from serving.store.words import Recalled


class RecallAnswer(TypedDict):
    customer_id: str
    agent_id: Annotated[str, Means("whose they were")]
    queue: str | None
    since: Annotated[Time, Means("when the service time began, or the callback was due")]
    recalled_at: Annotated[Time, Means("from when on anyone may take them")]
    what: Annotated[Recalled, Means("not worked in the service time; or a promise not kept")]


def recalled_leads(
    recalls: Recalls, agent_id: str | None, limit: int, right: Right | None = None
) -> list[RecallAnswer]:
    """Leads that were not worked in their service time and callbacks that were not kept, the latest first. right:
    those of the agents whom it reaches, None for all.
    """
    latest = list(recalls.latest())
    agents = {recall.agent_id for recall in latest}
    seen = agents if right is None else right.agents(sorted(agents))
    found = (recall for recall in latest if recall.agent_id in seen and agent_id in (None, recall.agent_id))
    return [
        {
            "customer_id": recall.customer_id,
            "agent_id": recall.agent_id,
            "queue": recall.queue,
            "since": written(recall.since),
            "recalled_at": written(recall.recalled_at),
            "what": recall.what,
        }
        for recall in islice(found, limit)
    ]
