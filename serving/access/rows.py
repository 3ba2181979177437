"""Rows: whose a customer is, and whether somebody is let see them."""

from __future__ import annotations

from dataclasses import dataclass

from serving.access.principal import Principal
from serving.access.rights import Extent


@dataclass(frozen=True)
class Hands:
    """In whose hands something is. agents: who hold or own it. teams: theirs."""

    agents: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()


NOBODYS = Hands()


def reaches(principal: Principal, extent: Extent, hands: Hands) -> bool:
    """Whether what somebody may do so far reaches what is in these hands."""
    if extent is Extent.ALL:
        return True
    if principal.agent_id is not None and principal.agent_id in hands.agents:
        return True
    return extent is Extent.TEAM and principal.team is not None and principal.team in hands.teams
