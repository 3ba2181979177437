"""The sections of the console, as far as somebody may open them."""

from __future__ import annotations

from dataclasses import dataclass

from console.guest import Guest
from serving.access.act import Act


@dataclass(frozen=True)
class Section:
    """word: what it is called, by key. act: what it asks for. own: whether it is for who is an agent alone."""

    word: str
    path: str
    act: Act
    own: bool = False


SECTIONS = (
    Section("nav_agent", "/console/agent", Act.CLAIM, own=True),
    Section("nav_customers", "/console/customers", Act.READ_CUSTOMER),
    Section("nav_queues", "/console/queues", Act.READ_QUEUES),
    Section("nav_team", "/console/team", Act.READ_LEASES),
    Section("nav_decisions", "/console/decisions", Act.READ_DECISION),
    Section("nav_catalogue", "/console/catalogue", Act.READ_CATALOGUE),
    Section("nav_models", "/console/models", Act.READ_MODELS),
    Section("nav_reports", "/console/reports", Act.READ_REPORTS),
    Section("nav_alerts", "/console/alerts", Act.READ_REPORTS),
    Section("nav_health", "/console/health", Act.READ_SET_ASIDE),
)


def sections_of(guest: Guest) -> list[Section]:
    """Those that a guest may open."""
    return [each for each in SECTIONS if guest.may(each.act) and (not each.own or guest.agent_id is not None)]
