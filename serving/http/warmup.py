"""Before the first request: everything that is slow the first time is done once."""

from __future__ import annotations

import redis

from leads.errors import NextleadError
from serving.decisions.deciding import Request, offers
from serving.http.answering import Context
from serving.scoring.scores import score


def warm_up(context: Context) -> None:
    """Score and decide for a few customers, as requests will. A store that is away is no reason to fail."""
    services = context.services
    try:
        ids = next(iter(services.contacts.ids(10)), [])[:3]
        if ids:
            now = services.clock.now()
            score(services, context.freshness, ids, 1, now)
            scored = services.scorer.score(ids, now)
            made = services.decider.make(scored, Request("next-action"), now)
            offers(services.configuration, scored.frame, made.decisions, 0, made.order[0])
        for name in services.queue.names:
            services.queue.head(name, 1, services.clock.now())
    except (redis.RedisError, NextleadError):
        return
