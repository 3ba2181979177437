"""Who may be called now, and in what order: asked again for leads that a dialer has had for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leads.contact.policy import CALL
from serving.decisions.batch import Request
from serving.decisions.decider import Decider
from serving.people.reach import Reach
from serving.queue.places import Item
from serving.queue.waiting_leads import WaitingLeads
from serving.scoring.scorer import Scorer


class CallableLeads:
    """The leads of queues, as rules have them at this moment."""

    def __init__(self, scorer: Scorer, decider: Decider, waiting: WaitingLeads) -> None:
        self._scorer = scorer
        self._decider = decider
        self._waiting = waiting

    def reach(self, queue: str, customer_ids: Sequence[str], now: datetime) -> list[Reach | None]:
        """By which numbers each may be called for a queue; None for those who may not be called any more."""
        if not customer_ids:
            return []
        scored = self._scorer.score(customer_ids, now)
        decided = self._decider.decide(scored, Request("claim", channel=CALL, queue=queue), now)
        return [contact if order else None for contact, order in zip(scored.contacts, decided.order, strict=True)]

    def take_out(self, customer_id: str, now: datetime) -> None:
        """They leave all queues until something makes them a lead again."""
        self._waiting.put([Item(customer_id, (), {})], now)

    def priorities(self, queue: str, most: int, now: datetime) -> dict[str, float]:
        """Of the best of a queue who may be had now, best first."""
        return {
            item.customer_id: item.priority for item in self._waiting.head(queue, most, now) if item.state == "ready"
        }
