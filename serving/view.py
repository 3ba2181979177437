"""A customer as a CRM shows them: what was told, where they stand, what they hold, and what to do next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from serving.clock import from_microseconds, written
from serving.contacts import Contact
from serving.decisions import offers
from serving.freshness import Freshness
from serving.leasing import contact_body
from serving.ranking import controls
from serving.scorer import Scored
from serving.scores import is_degraded, objective_scores, too_old
from serving.services import Services

NEW_DAYS = 60.0
RENEWING_DAYS = 60.0
INTENT_DAYS = 14.0
SILENT_DAYS = 90.0


def view(services: Services, freshness: Freshness, contact: Contact, now: datetime) -> dict[str, Any]:
    """The body of the answer."""
    scored = services.scorer.score([contact.customer_id], now)
    decisions = services.scorer.decide(scored)
    order = [[int(position) for position in decisions.order[0] if position >= 0]]
    if controls(services.configuration, [contact.customer_id], now)[0]:
        order = [[]]
    offered = offers(services, scored, decisions, order, 0)[0]
    row = scored.frame.row(0, named=True)
    return {
        "customer_id": contact.customer_id,
        "tags": _tags(services, contact),
        "identities": contact_body(contact),
        "consents": {channel: row[f"consent_{channel}"] for channel in services.configuration.workspace.channels},
        "timezone": contact.timezone,
        "stage": stage_of(row),
        "segments": segments_of(services, scored),
        "policies": _policies(services, row, now),
        "scores": objective_scores(services.scorer, scored)[0],
        "next_action": offered[0] if offered else None,
        "as_of": written(now),
        "degraded": is_degraded(services, freshness) or too_old(services, scored, 0),
    }


def stage_of(row: dict[str, Any]) -> str | None:
    """Where the customer stands in their life cycle, from the policy book and how lately they were active.

    None where the workspace keeps no policy book.
    """
    if "policies_active" not in row:
        return None
    since = row.get("any__since_last_days")
    if row["policies_active"]:
        if row["policy_next_expiry_days"] is not None and row["policy_next_expiry_days"] <= RENEWING_DAYS:
            return "renewing"
        held = [
            v for name, v in row.items() if name.startswith("policy_") and name.endswith("_held_days") and v is not None
        ]
        if held and min(held) <= NEW_DAYS and row["policies_ever"] == 1:
            return "newly_insured"
        return "cross_product" if row["policies_active"] > 1 else "insured"
    if row["policies_ever"]:
        return "lost"
    if since is None or since > SILENT_DAYS:
        return "silent"
    return "high_intent" if since <= INTENT_DAYS else "potential"


def segments_of(services: Services, scored: Scored) -> list[str]:
    """The slices of the objectives that the customer falls into."""
    found: list[str] = []
    for objective in services.configuration.workspace.objectives.values():
        for rule in objective.slices:
            if set(rule.columns) <= set(scored.frame.columns) and rule.holds(scored.frame)[0]:
                found.append(rule.name)
    return list(dict.fromkeys(found))


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
                    "expires_at": written(now + timedelta(days=left)),
                    "premium": row[f"policy_{product}_premium"],
                    "held_days": row[f"policy_{product}_held_days"],
                }
            )
    return policies
