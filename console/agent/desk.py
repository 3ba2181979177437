"""The desk of one agent: the lead in hand, with all that is said about it, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leads.configuration.wording import Talk
from leads.errors import StaleToken
from serving.access.policy import Right
from serving.decisions.ledger import decision_body
from serving.decisions.offers import OfferedAction
from serving.http.api_key import KeyLimits
from serving.queue.completions import Completions, Outcome
from serving.queue.lease import Lease, Wanted
from serving.queue.lease_purpose import LeasePurpose
from serving.queue.leases import Leases

LEASE_SECONDS = 600
"""For how long a lead is an agent's without a sign of life from their page, which renews it while they work."""


@dataclass(frozen=True)
class InHand:
    """A lead in an agent's hands, with the decision it was handed out for. offer: None where that is forgotten."""

    lease: Lease
    purpose: LeasePurpose | None
    offer: OfferedAction | None
    decision_id: str | None

    @property
    def phone(self) -> str | None:
        return None if self.purpose is None else self.purpose.phone


class AgentDesk:
    """purpose_of: what a lease was granted for. decision: as the ledger has it, by its id."""

    def __init__(
        self, leases: Leases, completions: Completions, purpose_of: Callable[[str], LeasePurpose | None],
        decision: Callable[[str], dict[str, Any]],
    ) -> None:  # fmt: skip
        self._leases = leases
        self._completions = completions
        self._purpose_of = purpose_of
        self._decision = decision

    def in_hand(self, agent_id: str, now: datetime) -> InHand | None:
        """The lead that the agent holds, the one held longest where there are several."""
        held = [lease for lease in self._leases.all(now) if lease.agent_id == agent_id]
        return self._looked_at(min(held, key=lambda lease: lease.granted_at)) if held else None

    def state(self, lease_id: str) -> Lease | None:
        """The lease as it stands, None where it is over."""
        return self._leases.find(lease_id)

    def renewed(self, right: Right, lease_id: str, token: int, now: datetime) -> Lease:
        """The lease for as long again. Raises NotFound, StaleToken."""
        right.require_lease(lease_id)
        return self._leases.renew(lease_id, token, now + timedelta(seconds=LEASE_SECONDS), now, None)

    def released(self, right: Right, lease_id: str, token: int, now: datetime) -> Lease:
        """The lead goes back to its place. Raises NotFound, StaleToken."""
        right.require_lease(lease_id)
        return self._leases.release(lease_id, token, now)

    def completed(self, right: Right, lease_id: str, token: int, outcome: Outcome, now: datetime) -> Lease:
        """What came of the call ends the lease. Raises NotFound, StaleToken, InvalidInput."""
        right.require_lease(lease_id)
        return self._completions.complete(lease_id, token, outcome, now)

    def number(self, right: Right, lease_id: str, token: int) -> str:
        """The number to dial for a lead in hand. Raises NotFound, and StaleToken where it is not in hand any more."""
        right.require_lease(lease_id)
        lease, purpose = self._leases.find(lease_id), self._purpose_of(lease_id)
        if lease is None or lease.token != token or purpose is None or purpose.phone is None:
            raise StaleToken("this lead is not in your hands any more")
        return purpose.phone

    def _looked_at(self, lease: Lease) -> InHand:
        purpose = self._purpose_of(lease.id)
        if purpose is None:
            return InHand(lease, None, None, None)
        chosen = decision_body(self._decision(purpose.decision_id))["chosen"]
        return InHand(lease, purpose, chosen[0] if chosen else None, purpose.decision_id)


def wanted(agent_id: str, key: str, limits: KeyLimits) -> Wanted:
    """One lead for an agent. key, limits: with which they ask, and how many it may take."""
    return Wanted(agent_id, 1, LEASE_SECONDS, key=key, most_of_key=limits.held, hourly_of_key=limits.hourly)


NO_TALK = Talk()
