"""A manager pushes a lead to the top of the queue, if it may be called at all."""

from __future__ import annotations

from datetime import datetime

from leads.errors import InvalidInput, NotFound
from serving.decisions.decider import Decider
from serving.people.contacts import Contacts
from serving.queue.pushed_leads import PushedLeads
from serving.queue.queue_names import QueueNames
from serving.queue.ranking import items_of
from serving.queue.rests import Rests
from serving.scoring.scorer import Scorer


class Pushing:
    """Pushes leads."""

    def __init__(
        self, contacts: Contacts, scorer: Scorer, decider: Decider, names: QueueNames, rests: Rests, pushed: PushedLeads
    ) -> None:
        self._contacts = contacts
        self._scorer = scorer
        self._decider = decider
        self._names = names
        self._rests = rests
        self._pushed = pushed

    def push(self, queue: str, customer_id: str, by: str, why: str, now: datetime) -> str:
        """Put a customer before all others of a queue, and say by which id they are known.

        Consent, caps and rests are asked now, and again at the claim. Raises NotFound for an unknown queue or customer,
        InvalidInput for one who may not be called.
        """
        self._names.require(queue)
        name = self._contacts.surviving([customer_id])[0]
        scored = self._scorer.score([name], now)
        if not scored.customer_ids or scored.contacts[0] is None:
            raise NotFound("customer", customer_id)
        places = items_of(self._decider, scored)[0].places
        if queue not in places or self._rests.for_good([name]):
            raise InvalidInput("customer_id", customer_id, "a customer to whom a call of this queue is offered now")
        self._pushed.push(name, queue, by, why, now)
        return name
