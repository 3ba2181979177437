"""What an action costs: an agent's minutes, money, and how much of the customer's patience it uses up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leads.configuration.section import Section

FATIGUE: Mapping[str, float] = {"call": 1.0, "wecom": 0.4, "sms": 0.4}
"""How a contact weighs on a customer by its channel, where none is declared; a call is 1."""

MESSAGE = 0.4
"""The weight of a contact by any other channel that reaches out."""


@dataclass(frozen=True)
class Cost:
    """minutes: of an agent. agent: what these cost. money: what is spent beside. fatigue: the weight of the contact on
    the customer, priced for each of them when it is decided. agent and money are in the workspace's currency.
    """

    minutes: float = 0.0
    agent: float = 0.0
    money: float = 0.0
    fatigue: float = 0.0

    @property
    def fixed(self) -> float:
        """The part that is the same for every customer."""
        return self.agent + self.money


NOTHING = Cost()


def parse_cost(section: Section, agent_minute: float, fatigue: float) -> Cost:
    """The `cost` of an action: an amount of money, or minutes, money and fatigue apart.

    fatigue: the weight that its channel gives it, where it declares none of its own.
    """
    if not section.has("cost") or not isinstance(section.values["cost"], Mapping):
        return Cost(money=section.number("cost", 0.0, least=0), fatigue=fatigue)
    parts = section.section("cost")
    parts.only("minutes", "money", "fatigue")
    minutes = parts.number("minutes", 0.0, least=0)
    return Cost(
        minutes=minutes,
        agent=minutes * agent_minute,
        money=parts.number("money", 0.0, least=0),
        fatigue=parts.number("fatigue", fatigue, least=0),
    )
