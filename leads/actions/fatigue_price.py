"""The price of fatigue: what a contact costs in the customer's patience."""

from __future__ import annotations

from dataclasses import replace

from leads.actions.action import of_next_policy
from leads.configuration.amount import Amount, parse_amount
from leads.configuration.section import Section
from leads.configuration.workspace import Workspace

FREE = Amount(0.0)


def parse_fatigue_price(top: Section, workspace: Workspace) -> Amount:
    """Of a contact of weight 1, in the workspace's currency: an amount, or SQL in which {price} and {margin} are those
    of the policy that expires next. Raises InvalidWorkspace.
    """
    given = top.values.get("fatigue_price")
    if isinstance(given, str) and "{" in given:
        top = replace(top, values={**top.values, "fatigue_price": of_next_policy(given, workspace)})
    price = parse_amount(top, "fatigue_price", 0.0)
    if price.number < 0:
        raise top.refuse("fatigue_price", "at least 0")
    return price
