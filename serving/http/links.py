"""What follows from an answer: the document tells which routes take what another one gave, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_BODY = "$response.body#/"


@dataclass(frozen=True)
class Link:
    """A route that takes what was answered. parameters: of its path, by name. body: parts of its body. Each is told by
    where the answer has it; what is no place is given as it stands.
    """

    to: str
    parameters: Mapping[str, str]
    body: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """As OpenAPI writes it."""
        told: dict[str, Any] = {"operationId": self.to, "parameters": dict(self.parameters)}
        return told | ({"requestBody": dict(self.body)} if self.body else {})


def _of_customer(place: str) -> tuple[Link, ...]:
    names = ("get_customer", "get_timeline", "get_consents", "put_customer", "delete_customer")
    return tuple(Link(name, {"customer_id": _BODY + place}) for name in names)


def _of_lease(place: str) -> tuple[Link, ...]:
    lease, token = {"lease_id": f"{_BODY}{place}/lease_id"}, {"token": f"{_BODY}{place}/token"}
    return (
        Link("post_renew", lease, token),
        Link("post_release", lease, token),
        Link("post_complete", lease, token | {"disposition": "no_answer"}),
        Link("post_take_back", lease),
    )


_QUEUE = f"{_BODY}queues/0/queue"
_CAMPAIGN = {"name": f"{_BODY}campaigns/0/campaign"}

LINKS: Mapping[str, tuple[Link, ...]] = {
    "put_customer": _of_customer("customer_id"),
    "post_customers": _of_customer("results/0/customer_id"),
    "post_next_action": (Link("get_decision", {"decision_id": f"{_BODY}results/0/decision_id"}),),
    "get_queues": (
        *(Link(name, {"queue": _QUEUE}) for name in ("get_queue", "post_claim", "post_push")),
        *(Link(name, {"name": _QUEUE}) for name in ("pause_queue", "resume_queue")),
    ),
    "post_claim": (*_of_lease("leases/0"), Link("get_decision", {"decision_id": f"{_BODY}leases/0/decision_id"})),
    "get_leases": (Link("post_take_back", {"lease_id": f"{_BODY}leases/0/lease_id"}),),
    "put_agent": (Link("delete_agent", {"agent_id": f"{_BODY}agent_id"}),),
    "get_campaigns": (Link("pause_campaign", _CAMPAIGN), Link("resume_campaign", _CAMPAIGN)),
}
"""By route, which ones take what it answers."""


def linked(operation: dict[str, Any]) -> None:
    """Tell in an operation what follows from its good answer."""
    links = {link.to: link.document for link in LINKS.get(operation["operationId"], ())}
    if links:
        operation["responses"]["200"]["links"] = links
