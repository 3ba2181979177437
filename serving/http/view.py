"""A customer as a CRM shows them: what was told, where they stand, what they hold, and what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from leads.lifecycle import STAGE, STAGE_DAYS, TIER, segment_column
from serving.calls.promises import promise_body
from serving.clock import after, from_microseconds, written
from serving.decisions.deciding import offers
from serving.events import timeline
from serving.people.contacts import Contact
from serving.people.customers import all_ids
from serving.people.reported import reported, with_teller
from serving.queue.leasing import contact_body
from serving.queue.ranking import controls
from serving.scoring.freshness import Freshness
from serving.scoring.scores import is_degraded, objective_effects, objective_scores, too_old
from serving.services import Services

_LOOKED_AT = 200
"""Events of a timeline among which the call is that reported something."""


def view(services: Services, freshness: Freshness, contact: Contact, now: datetime) -> dict[str, Any]:
    """The body of the answer."""
    scored = services.scorer.score([contact.customer_id], now)
    decisions = services.decider.best(scored)
    order = [[int(position) for position in decisions.order[0] if position >= 0]]
    if controls(services.configuration, [contact.customer_id], now)[0]:
        order = [[]]
    offered = offers(services.configuration, scored.frame, decisions, 0, order[0])
    row = scored.frame.row(0, named=True)
    return {
        "customer_id": contact.customer_id,
        "tags": _tags(services, contact),
        "identities": contact_body(contact),
        "consents": {channel: row[f"consent_{channel}"] for channel in services.configuration.workspace.channels},
        "timezone": contact.timezone,
        "stage": row.get(STAGE),
        "stage_days": row.get(STAGE_DAYS),
        "segments": segments_of(services, row),
        "value_tier": row.get(TIER),
        "policies": _policies(services, row, now),
        "reported": _reported(services, contact.customer_id, scored.state.standing, now),
        "scores": objective_scores(services.scorer, scored)[0],
        "uplift": objective_effects(services.scorer, scored)[0],
        "next_action": offered[0] if offered else None,
        "promise": promise_body(scored.promises[0]),
        "as_of": written(now),
        "degraded": is_degraded(services, freshness) or too_old(services, scored, 0),
    }


def _reported(services: Services, customer_id: str, standing: np.ndarray, now: datetime) -> list[dict[str, Any]]:
    """What agents reported that the core has not said yet: beside the policies, which are the core's."""
    found = reported(services.configuration, standing, now)
    if not found:
        return []
    ids = all_ids(services, customer_id)
    told, _ = timeline.read(services.client, services.keyspace, services.home, ids, now, _LOOKED_AT)
    return [with_teller(report, told) for report in found]


def segments_of(services: Services, row: dict[str, Any]) -> list[str]:
    """The declared segments that the customer is in."""
    groups = services.configuration.workspace.lifecycle.segments
    return [group.name for group in groups if row[segment_column(group.name)]]


def _tags(services: Services, contact: Contact) -> dict[str, Any]:
    times = {tag.name for tag in services.configuration.workspace.tags.values() if tag.type == "time"}
    return {name: written(from_microseconds(value)) if name in times else value for name, value in contact.tags.items()}


def _policies(services: Services, row: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The latest policy of each product that the customer holds or held."""
    policies = []
    for product in services.configuration.workspace.products:
        left = row.get(f"policy_{product}_expiry_days")
        if left is not None:
            policies.append(
                {
                    "product": product,
                    "active": row[f"policy_{product}_active"],
                    "expires_at": written(after(now, left)),
                    "premium": row[f"policy_{product}_premium"],
                    "held_days": row[f"policy_{product}_held_days"],
                }
            )
    return policies
