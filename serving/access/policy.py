"""The policy as it is asked: may they, whom does it reach, and how does the answer look then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from leads.errors import Forbidden, NotFound
from serving.access.act import MEANINGS, Act
from serving.access.fields import sight_of
from serving.access.masking import Masking, Maskings
from serving.access.principal import Principal
from serving.access.rights import Extent, extent_of, scopes
from serving.access.rows import Hands, reaches


class Custody(Protocol):
    """Who knows in whose hands things are."""

    def of_customers(self, customer_ids: Sequence[str]) -> list[Hands]:
        """Of each customer, under any of their ids; nobody's for who is not known."""

    def of_agents(self, agent_ids: Sequence[str]) -> list[Hands]:
        """Of each agent: their own, and their team's."""

    def of_lease(self, lease_id: str) -> Hands:
        """Nobody's for one that is not held."""


@dataclass(frozen=True)
class Right:
    """What somebody may do, and how far. Where it reaches everybody nothing is looked up."""

    principal: Principal
    act: Act
    extent: Extent
    custody: Custody

    @property
    def is_whole(self) -> bool:
        """Whether it reaches everybody."""
        return self.extent is Extent.ALL

    def customers(self, customer_ids: Sequence[str]) -> list[str]:
        """Of these customers those that it reaches."""
        if self.is_whole:
            return list(customer_ids)
        hands = self.custody.of_customers(customer_ids)
        return [name for name, those in zip(customer_ids, hands, strict=True) if self._reaches(those)]

    def parted(self, customer_ids: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Those that it reaches, and the others."""
        if self.is_whole:
            return customer_ids, ()
        seen = set(self.customers(customer_ids))
        return [name for name in customer_ids if name in seen], [name for name in customer_ids if name not in seen]

    def require_customer(self, customer_id: str) -> None:
        """Raises NotFound for one that it does not reach, as for one there is none of."""
        if not self.customers([customer_id]):
            raise NotFound("customer", customer_id)

    def agents(self, agent_ids: Sequence[str]) -> set[str]:
        """Of these agents those that it reaches."""
        if self.is_whole:
            return set(agent_ids)
        hands = self.custody.of_agents(agent_ids)
        return {name for name, those in zip(agent_ids, hands, strict=True) if self._reaches(those)}

    def require_agent(self, agent_id: str) -> None:
        """Raises Forbidden for one that it does not reach."""
        if not self.agents([agent_id]):
            raise Forbidden(f"{_who(self.principal)} may {MEANINGS[self.act]} for {_whose(self.extent)} alone")

    def require_lease(self, lease_id: str) -> None:
        """Raises NotFound for one that it does not reach, as for one that is not held."""
        if not (self.is_whole or self._reaches(self.custody.of_lease(lease_id))):
            raise NotFound("lease", lease_id)

    def _reaches(self, hands: Hands) -> bool:
        return reaches(self.principal, self.extent, hands)


class Policy:
    """Of one home."""

    def __init__(self, custody: Custody, maskings: Maskings) -> None:
        self._custody = custody
        self._maskings = maskings

    def may(self, principal: Principal, act: Act) -> bool:
        """Whether they may do it at all, be it with their own customers alone."""
        return extent_of(principal.role, act) is not None

    def right(self, principal: Principal, act: Act) -> Right:
        """Raises Forbidden where they may not."""
        extent = extent_of(principal.role, act)
        if extent is None:
            raise Forbidden(_refusal(principal, act))
        return Right(principal, act, extent, self._custody)

    def masking(self, principal: Principal) -> Masking | None:
        """What an answer to them is put through; None where they see it as it is."""
        return self._maskings.of(sight_of(principal))


def _refusal(principal: Principal, act: Act) -> str:
    if principal.is_machine:
        return f"this needs a key of scope {' or '.join(scopes(act))}, not {principal.role}"
    return f"{_who(principal)} may not {MEANINGS[act]}"


def _who(principal: Principal) -> str:
    return f"{'a key of scope' if principal.is_machine else 'who signed in as'} {principal.role}"


def _whose(extent: Extent) -> str:
    return "their own" if extent is Extent.OWN else "their team"
