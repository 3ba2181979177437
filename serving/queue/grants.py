"""Grants: leads that are handed out, each with the decision behind it and how it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from typing_extensions import TypedDict

from leads.contact.callback import CALLBACK
from leads.words.bilingual import Words
from serving.calls.promise import Promise, PromiseAnswer, promise_body
from serving.clock import written
from serving.decisions.ledger import Decision
from serving.decisions.offers import OfferedAction
from serving.meaning import Means, Time
from serving.people.reach import Reach
from serving.queue.dialling import Dial, DialAnswer, dial_body
from serving.queue.lease import Lease
from serving.queue.lease_purpose import LeasePurpose
from serving.queue.places import Order
from serving.scoring.reasons import Reason


class CallAnswer(TypedDict):
    contact: DialAnswer
    best_hours: Annotated[list[int], Means("local hours in which they likely answer, the best first")]


class LeaseAnswer(CallAnswer):
    lease_id: str
    token: int
    customer_id: str
    action: OfferedAction
    priority: float
    order: Annotated[Order, Means("what comes before the priority: in this order leads are handed out")]
    promise: Annotated[PromiseAnswer | None, Means("the callback that this call keeps")]
    reasons: list[Reason]
    decision_id: str
    expires_at: Time


@dataclass(frozen=True)
class Kept:
    """A promise that is kept by a call, and what it is in words."""

    promise: Promise
    words: Words

    @property
    def reason(self) -> Reason:
        """As the first of the lead's reasons; it moves no score."""
        due = written(self.promise.due)
        return {
            "objective": None,
            "about": "contact",
            "feature": CALLBACK,
            "value": due,
            "contribution": 0.0,
            "text": self.words.text(),
        }


@dataclass(frozen=True)
class Call:
    """How a customer is reached, and called now."""

    reach: Reach
    dial: Dial


@dataclass(frozen=True)
class Grant:
    """A lead that is handed out: the decision behind it, how they are called, and the promise that is kept with it."""

    lease: Lease
    decision: Decision
    call: Call
    kept: Kept | None

    @property
    def body(self) -> LeaseAnswer:
        return lease_body(self.lease, call_body(self.call), self.decision.chosen[0], self.decision.id, self.kept)

    @property
    def event(self) -> dict[str, Any]:
        lease = self.lease
        told = {"lease_id": lease.id, "queue": lease.queue, "agent_id": lease.agent_id, "token": lease.token}
        return told | {"expires_at": written(lease.expires_at), "decision_id": self.decision.id}


def call_body(call: Call) -> CallAnswer:
    """How a customer is called, as it is answered."""
    return {"contact": dial_body(call.reach, call.dial), "best_hours": list(call.dial.hours)}


def lease_body(
    lease: Lease, call: CallAnswer, offer: OfferedAction, decision_id: str, kept: Kept | None = None
) -> LeaseAnswer:
    """A lead as it is handed out. offer: what was decided. kept: the promise that the call keeps."""
    reasons = [*([] if kept is None else [kept.reason]), *offer["reasons"]]
    return {
        "lease_id": lease.id,
        "token": lease.token,
        "customer_id": lease.customer_id,
        "contact": call["contact"],
        "best_hours": call["best_hours"],
        "action": {**offer, "reasons": reasons},
        "priority": offer["priority"],
        "order": lease.order,
        "promise": None if kept is None else promise_body(kept.promise),
        "reasons": reasons,
        "decision_id": decision_id,
        "expires_at": written(lease.expires_at),
    }


def purpose_of(decision: Decision, call: Call) -> LeasePurpose:
    """What a lease is for that is granted by a decision."""
    offer = decision.chosen[0]
    return LeasePurpose(decision.id, offer["action"], offer["scene"], offer["product"], call.dial.phone)
