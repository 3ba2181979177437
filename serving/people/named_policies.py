"""Which product a policy is of, as its customer's own events tell."""

from __future__ import annotations

from datetime import datetime

from features.spelling import plainly
from leads.configuration.workspace import Workspace
from serving.events.timeline import Timelines
from serving.people.contacts import Contacts

_LOOKED_AT = 1_000
"""A customer's newest events, among which the policy is named."""


class NamedPolicies:
    """Knows the policies of customers by their numbers."""

    def __init__(self, workspace: Workspace, contacts: Contacts, timelines: Timelines) -> None:
        self._kinds = {name for name, event in workspace.events.items() if event.policy is not None}
        self._contacts = contacts
        self._timelines = timelines

    def product_of(self, customer_id: str, policy_id: str, now: datetime) -> str | None:
        """The product of a customer's policy, as the newest event of the core that names it says, however it is typed;
        None where none does. customer_id: any id of the person.
        """
        wanted = _typed(policy_id)
        told, _ = self._timelines.read(self._contacts.members([customer_id])[0], now, _LOOKED_AT)
        for event in told:
            data = event["data"]
            named = _typed(str(data.get("policy_id") or ""))
            if event["type"] in self._kinds and named == wanted and data.get("product"):
                return str(data["product"])
        return None


def _typed(policy_id: str) -> str:
    """A policy's number without what typing it makes of it: case, width and blanks."""
    return "".join(plainly(policy_id).split()).casefold()
