"""Which product a policy is of, as its customer's own events tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from features.spelling import plainly
from leads.configuration.workspace import Workspace
from serving.events.stream import Event
from serving.events.timeline import HotTimelines, Timelines
from serving.people.contacts import Contacts

Named = tuple[str, str]
"""A customer, by any id of the person, and a policy's number."""


class NamedPolicies:
    """Knows the policies of customers by their numbers."""

    def __init__(
        self, workspace: Workspace, contacts: Contacts, hot_timelines: HotTimelines, timelines: Timelines
    ) -> None:
        self._kinds = {name for name, event in workspace.events.items() if event.policy is not None}
        self._contacts = contacts
        self._hot_timelines = hot_timelines
        self._timelines = timelines

    def products_of(self, named: Sequence[Named], now: datetime, told: Sequence[Event] = ()) -> list[str | None]:
        """The product of each policy, as the newest event of the core that names it says, however its number is typed;
        None where none does. told: events that are known before any timeline has them.

        However many are asked for, the hot store is asked once, and the lake is read once where that does not do.
        """
        if not named:
            return []
        people = list(dict.fromkeys(customer for customer, _ in named))
        members = dict(zip(people, self._contacts.members(people), strict=True))
        whose = {name: group[0] for group in members.values() for name in group}
        wanted = [(whose[customer], _typed(policy)) for customer, policy in named]
        known = self._products(told, whose)
        known = self._products(self._hot_timelines.kept(_lacking(wanted, known)), whose) | known
        lost = set(_lacking(wanted, known))
        ids = [name for name, person in whose.items() if person in lost]
        known = self._products(self._timelines.recorded(ids, self._kinds, now), whose) | known
        return [known.get(each) for each in wanted]

    def _products(self, events: Sequence[Event], whose: dict[str, str]) -> dict[Named, str]:
        """By person and policy what the newest of these events says."""
        found: dict[Named, str] = {}
        for event in sorted(events, key=lambda event: event.time):
            policy, product = event.data.get("policy_id"), event.data.get("product")
            if event.type in self._kinds and event.customer_id in whose and policy and product:
                found[whose[event.customer_id], _typed(str(policy))] = str(product)
        return found


def _lacking(wanted: Sequence[Named], known: dict[Named, str]) -> list[str]:
    """The persons of whose policies some are not known."""
    return list(dict.fromkeys(person for person, policy in wanted if (person, policy) not in known))


def _typed(policy_id: str) -> str:
    """A policy's number without what typing it makes of it: case, width and blanks."""
    return "".join(plainly(policy_id).split()).casefold()
