"""Roles: of people, and of machines by the scope of their keys."""

from __future__ import annotations

from typing import Final, Literal, get_args

Person = Literal["agent", "team_lead", "manager", "analyst", "data_scientist", "auditor", "operator"]
"""agent: calls. team_lead: answers for a team. manager: runs the call centre. analyst: reads reports. data_scientist:
makes models. auditor: looks at who did what. operator: keeps the service running.
"""

Machine = Literal["crm", "dialer", "admin", "metrics"]
"""By the scope of a key."""

Role = Literal[Person, Machine]

PEOPLE: Final[tuple[Person, ...]] = get_args(Person)
MACHINES: Final[tuple[Machine, ...]] = get_args(Machine)
ROLES: Final[tuple[Role, ...]] = (*PEOPLE, *MACHINES)
