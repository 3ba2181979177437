"""Before the first request: everything that is slow the first time is done once."""

from __future__ import annotations

from datetime import datetime

import redis

from leads.errors import NextleadError
from serving.decisions.batch import Request
from serving.decisions.decider import Decider
from serving.decisions.offers import offers
from serving.disk import say
from serving.events.fault_isolation import reason_of
from serving.people.contacts import Contacts
from serving.queue.queue_names import QueueNames
from serving.queue.waiting_leads import WaitingLeads
from serving.scoring.scorer import Scorer
from serving.scoring.scores import Scores


def warm_up(
    contacts: Contacts, scores: Scores, scorer: Scorer, decider: Decider, names: QueueNames, waiting: WaitingLeads,
    now: datetime,
) -> None:  # fmt: skip
    """Score and decide for a few customers, as requests will. What fails is told and is no reason not to serve."""
    try:
        ids = next(iter(contacts.ids(10)), [])[:3]
        if ids:
            scores.answer(ids, 1, now)
            scored = scorer.score(ids, now)
            made = decider.decide(scored, Request("next-action"), now)
            offers(decider.configuration, scored.sheet, made.decisions, 0, made.order[0], now)
        for name in names:
            waiting.head(name, 1, now)
    except (redis.RedisError, NextleadError) as error:
        say(f"the first requests will be slower, as warming up failed: {reason_of(error)}")
