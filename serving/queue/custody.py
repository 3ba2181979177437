"""Custody: in whose hands customers are. An agent's are those whom they hold or own, a team's those of its agents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import redis

from serving.access.rows import NOBODYS, Hands
from serving.desk.agents import Register
from serving.people.contacts import Contacts
from serving.queue.lease import lease_of
from serving.store.keyspace import Keyspace


class StoredCustody:
    """As leases, owners and the register have it now."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, contacts: Contacts, register: Register) -> None:
        self._client = client
        self._keys = keyspace
        self._contacts = contacts
        self._register = register

    def of_customers(self, customer_ids: Sequence[str]) -> list[Hands]:
        """Of each customer, under any of their ids."""
        if not customer_ids:
            return []
        names = self._contacts.surviving(customer_ids)
        held: Any = self._client.hmget(self._keys.held_customers, names)
        leases = [[] if found is None else found.decode().split() for found in held]
        holders = self._holders({lease for some in leases for lease in some})
        reached = self._contacts.reach(names)
        owners = [None if one is None else one.owner for one in reached]
        return [
            self._hands({*(holders[lease] for lease in some if lease in holders), *([owner] if owner else [])})
            for some, owner in zip(leases, owners, strict=True)
        ]

    def of_agents(self, agent_ids: Sequence[str]) -> list[Hands]:
        """Of each agent: their own, and their team's."""
        return [self._hands([agent_id]) for agent_id in agent_ids]

    def of_lease(self, lease_id: str) -> Hands:
        """Of the agent who holds it."""
        return self._hands(self._holders({lease_id}).values())

    def _holders(self, lease_ids: set[str]) -> dict[str, str]:
        """The agent of each of these leases that is held."""
        if not lease_ids:
            return {}
        names = sorted(lease_ids)
        found: Any = self._client.hmget(self._keys.leased, names)
        return {
            name: lease_of(name, record).agent_id
            for name, record in zip(names, found, strict=True)
            if record is not None
        }

    def _hands(self, agent_ids: Iterable[str]) -> Hands:
        agents = frozenset(agent_ids)
        if not agents:
            return NOBODYS
        registered = (self._register.find(agent_id) for agent_id in agents)
        return Hands(agents, frozenset(agent.team for agent in registered if agent is not None and agent.team))
