"""Who stands in which queue, and where: each customer's best call per objective, and the best of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from features.configuration import Configuration
from leads.arbitration.arms import control_group, month_of
from leads.arbitration.decisions import Decisions
from leads.contact.policy import CALL
from serving.decisions.decider import Decider
from serving.queue.places import Item, Place
from serving.scoring.scorer import Scored
from serving.store.words import ALL


def items_of(decider: Decider, scored: Scored) -> list[Item]:
    """An item per customer; one without places for whom no call is offered, or who is in the control group.

    Local hours do not count here: the queue keeps those apart, so that it can be prepared overnight.
    """
    configuration = decider.configuration
    decisions = decider.best(scored, hours=False)
    held_out = controls(configuration, scored.customer_ids, scored.now).tolist()
    actions = configuration.catalogue.actions
    products = _products(configuration, scored)
    workspace = configuration.workspace
    regions, languages = _tag(scored, workspace.region_tag), _tag(scored, workspace.language_tag)
    campaigns = [configuration.catalogue.queue.campaign_of(action.name) for action in actions]
    queues = [(queue, *_best(decisions, positions)) for queue, positions in _positions(configuration).items()]
    items = []
    for row, customer_id in enumerate(scored.customer_ids):
        contact = scored.contacts[row]
        zone = None if contact is None else contact.timezone
        places = {
            queue: Place(
                priority[row], actions[chosen[row]].name, products(chosen[row], row), regions[row], zone,
                languages[row], campaigns[chosen[row]], actions[chosen[row]].objective,
            )
            for queue, chosen, priority in queues
            if chosen[row] >= 0 and not held_out[row]
        }  # fmt: skip
        lines, owner = ((), None) if contact is None else (contact.lines, contact.owner)
        items.append(Item(customer_id, lines, places, owner))
    return items


def _best(decisions: Decisions, positions: Sequence[int]) -> tuple[list[int], list[float]]:
    """Of these actions the best one offered to each customer (-1: none), and its priority."""
    chosen = decisions.best(positions)
    return chosen.tolist(), decisions.priority[np.arange(len(chosen)), chosen].tolist()


def controls(configuration: Configuration, customer_ids: Sequence[str], now: datetime) -> np.ndarray:
    """Who is left untouched this month: (n,) bool."""
    share = configuration.catalogue.experiments.control_share
    if share <= 0:
        return np.zeros(len(customer_ids), dtype=bool)
    return control_group(customer_ids, month_of(now, configuration.workspace.timezone), share)


def _positions(configuration: Configuration) -> Mapping[str, tuple[int, ...]]:
    catalogue = configuration.catalogue
    queues = {name: catalogue.actions.positions(name, CALL) for name in configuration.workspace.objectives}
    return queues | {ALL: catalogue.actions.positions(None, CALL)}


def _tag(scored: Scored, tag: str | None) -> Sequence[str | None]:
    if tag is None or tag not in scored.sheet:
        return [None] * len(scored.customer_ids)
    return scored.sheet.plain_values(tag)


def _products(configuration: Configuration, scored: Scored) -> Callable[[int, int], str | None]:
    """What an action, by position, is about for the customer of a row.

    One that names no product is about the policy that expires next, where its objective is.
    """
    expiring = [
        action.objective is not None and configuration.workspace.objectives[action.objective].product == "expiring"
        for action in configuration.catalogue.actions
    ]
    named = [action.product for action in configuration.catalogue.actions]
    nearest: Sequence[str | None] = [None] * len(scored.customer_ids)
    if "policy_next_product" in scored.sheet:
        nearest = scored.sheet.texts("policy_next_product")
    return lambda action, row: named[action] or (nearest[row] if expiring[action] else None)
