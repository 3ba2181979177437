"""Rights: what each role may do, and how far. What does not stand here nobody may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

from serving.access.act import Act
from serving.access.role import MACHINES, ROLES, Role


class Extent(Enum):
    """How far a right goes. OWN: customers that the agent holds or owns, and what is their own. TEAM: those of the
    team's agents. ALL: everybody's.
    """

    OWN = "own"
    TEAM = "team"
    ALL = "all"


_WORKING = (
    Act.READ_CUSTOMER, Act.SCORE, Act.DECIDE, Act.READ_DECISION, Act.CLAIM, Act.WORK_LEASE, Act.REVEAL,
    Act.READ_LEASES, Act.READ_RECALLS, Act.READ_AGENTS,
)  # fmt: skip
"""What agents do all day."""

_KEEPING = (Act.READ_QUEUES, Act.READ_CAMPAIGNS, Act.READ_MODELS)
"""What tells of nobody."""

_DIALING = (
    Act.TELL_EVENTS, Act.READ_QUEUES, Act.READ_HEAD, Act.CLAIM, Act.WORK_LEASE, Act.READ_AGENTS,
)  # fmt: skip

_RELATING = (
    Act.READ_CUSTOMER, Act.TELL_CUSTOMER, Act.ERASE_CUSTOMER, Act.READ_CONFLICTS, Act.JUDGE_IDENTITY, Act.SCORE,
    Act.DECIDE, Act.READ_DECISION, Act.READ_MODELS, Act.TELL_EVENTS, Act.EXPORT_CUSTOMER, Act.HOLD_CUSTOMER,
)  # fmt: skip

_MANAGING = (
    Act.READ_CUSTOMER, Act.SCORE, Act.DECIDE, Act.READ_DECISION, Act.READ_CONFLICTS, Act.JUDGE_IDENTITY,
    Act.READ_SET_ASIDE, Act.JUDGE_LETTERS, Act.READ_HEAD, Act.READ_LEASES, Act.TAKE_BACK, Act.PUSH, Act.PAUSE,
    Act.READ_RECALLS, Act.READ_DESK, Act.READ_AGENTS, Act.CHANGE_AGENTS, Act.READ_REPORTS, Act.ERASE_CUSTOMER,
    Act.HOLD_CUSTOMER, Act.SILENCE, Act.READ_CATALOGUE, Act.CHANGE_CATALOGUE, Act.APPROVE_CATALOGUE,
    Act.PUBLISH_CATALOGUE,
)  # fmt: skip


def _to(extent: Extent, *acts: Act) -> dict[Act, Extent]:
    return dict.fromkeys(acts, extent)


RIGHTS: Final[Mapping[Role, Mapping[Act, Extent]]] = {
    "agent": _to(Extent.OWN, *_WORKING) | _to(Extent.ALL, Act.READ_QUEUES),
    "team_lead": (
        _to(Extent.TEAM, *_WORKING, Act.TAKE_BACK)
        | _to(Extent.OWN, Act.CLAIM, Act.WORK_LEASE, Act.REVEAL)
        | _to(Extent.ALL, *_KEEPING)
    ),
    "manager": _to(Extent.ALL, *_MANAGING, *_KEEPING),
    "analyst": _to(Extent.ALL, Act.READ_REPORTS, Act.READ_CATALOGUE, *_KEEPING),
    "data_scientist": _to(
        Extent.ALL, Act.READ_REPORTS, Act.SILENCE, Act.READ_CATALOGUE, Act.READ_DECISION, Act.READ_SET_ASIDE, *_KEEPING
    ),
    "auditor": _to(
        Extent.ALL, Act.READ_TRAIL, Act.READ_DESK, Act.READ_DECISION, Act.READ_LEASES, Act.READ_RECALLS,
        Act.READ_AGENTS, Act.READ_REPORTS, Act.READ_CATALOGUE, *_KEEPING,
    ),
    "operator": _to(Extent.ALL, Act.READ_METRICS, Act.READ_SET_ASIDE, Act.JUDGE_LETTERS, *_KEEPING),
    "dialer": _to(Extent.ALL, *_DIALING),
    "crm": _to(Extent.ALL, *_RELATING),
    "admin": _to(Extent.ALL, *Act),
    "metrics": _to(Extent.ALL, Act.READ_METRICS),
}  # fmt: skip


def extent_of(role: Role, act: Act) -> Extent | None:
    """How far a role may do something, None where it may not.

    >>> extent_of("agent", Act.READ_CUSTOMER), extent_of("agent", Act.ERASE_CUSTOMER)
    (<Extent.OWN: 'own'>, None)
    """
    return RIGHTS[role].get(act)


def allowed(act: Act, roles: Iterable[Role] = ROLES) -> tuple[Role, ...]:
    """Of these roles those that may do it at all."""
    return tuple(role for role in roles if extent_of(role, act) is not None)


def scopes(act: Act) -> tuple[Role, ...]:
    """The scopes of keys that open it."""
    return allowed(act, MACHINES)
