"""Who stands in which queue, and where: each customer's best call per objective, and the best of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from features.configuration import Configuration
from leads.arbitration import control_group, month_of
from leads.contact import open_at
from serving.deciding import CALL
from serving.queue import Hours, Item, Place
from serving.scorer import Scored, Scorer


def items_of(scorer: Scorer, scored: Scored) -> list[Item]:
    """An item per customer; one without places for whom no call is offered, or who is in the control group.

    Local hours do not count here: the queue keeps those apart, so that it can be prepared overnight.
    """
    configuration = scorer.configuration
    decisions = scorer.decide(scored, hours=False)
    held_out = controls(configuration, scored.customer_ids, scored.now)
    best = {queue: decisions.best(positions).tolist() for queue, positions in _positions(configuration).items()}
    regions = _regions(configuration, scored)
    next_product = _next_products(scored)
    items = []
    for row, customer_id in enumerate(scored.customer_ids):
        contact = scored.contacts[row]
        places: dict[str, Place] = {}
        for queue, chosen in best.items():
            if chosen[row] < 0 or held_out[row]:
                continue
            action = configuration.catalogue.actions[chosen[row]]
            places[queue] = Place(
                priority=float(decisions.priority[row, chosen[row]]),
                action=action.name,
                product=action.product or _open_product(configuration, action.objective, next_product[row]),
                region=regions[row],
                zone=None if contact is None else contact.timezone,
            )
        items.append(Item(customer_id, None if contact is None else contact.phone, places))
    return items


def controls(configuration: Configuration, customer_ids: Sequence[str], now: datetime) -> np.ndarray:
    """Who is left untouched this month: (n,) bool."""
    share = configuration.catalogue.control_share
    if share <= 0:
        return np.zeros(len(customer_ids), dtype=bool)
    return control_group(customer_ids, month_of(now, configuration.workspace.timezone), share)


def call_hours(configuration: Configuration) -> Hours:
    """Whether customers of these time zones may be called at a time."""

    def hours(zones: Sequence[str | None], now: datetime) -> Sequence[bool]:
        return [bool(is_open) for is_open in open_at(configuration.catalogue.contact, CALL, zones, now)]

    return hours


def _positions(configuration: Configuration) -> Mapping[str, tuple[int, ...]]:
    catalogue = configuration.catalogue
    queues = {name: catalogue.positions(name, CALL) for name in configuration.workspace.objectives}
    return queues | {"all": catalogue.positions(None, CALL)}


def _regions(configuration: Configuration, scored: Scored) -> Sequence[str | None]:
    tag = configuration.workspace.region_tag
    if tag is None or tag not in scored.frame.columns:
        return [None] * len(scored.customer_ids)
    return scored.frame[tag].to_list()


def _next_products(scored: Scored) -> Sequence[str | None]:
    if "policy_next_product" not in scored.frame.columns:
        return [None] * len(scored.customer_ids)
    return scored.frame["policy_next_product"].to_list()


def _open_product(configuration: Configuration, objective: str | None, next_product: str | None) -> str | None:
    """An action that names no product is about the policy that expires next, where its objective is."""
    if objective is None or configuration.workspace.objectives[objective].product != "expiring":
        return None
    return next_product
