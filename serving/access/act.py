"""Acts: what somebody may do with the product. Every route and every page is one of them."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Act(Enum):
    """The value names it in the trail and on the page of who may do what."""

    READ_CUSTOMER = "customer.read"
    TELL_CUSTOMER = "customer.tell"
    ERASE_CUSTOMER = "customer.erase"
    EXPORT_CUSTOMER = "customer.export"
    HOLD_CUSTOMER = "customer.hold"
    READ_CONFLICTS = "conflicts.read"
    JUDGE_IDENTITY = "identity.judge"
    SCORE = "score.read"
    DECIDE = "action.decide"
    READ_DECISION = "decision.read"
    READ_MODELS = "models.read"
    TELL_EVENTS = "events.tell"
    READ_SET_ASIDE = "set_aside.read"
    JUDGE_LETTERS = "letters.judge"
    READ_QUEUES = "queues.read"
    READ_HEAD = "queue.head"
    CLAIM = "lead.claim"
    WORK_LEASE = "lease.work"
    REVEAL = "number.reveal"
    READ_LEASES = "leases.read"
    TAKE_BACK = "lease.take_back"
    PUSH = "lead.push"
    PAUSE = "queue.pause"
    READ_CAMPAIGNS = "campaigns.read"
    READ_RECALLS = "recalls.read"
    READ_DESK = "desk.read"
    READ_AGENTS = "agents.read"
    CHANGE_AGENTS = "agents.change"
    READ_REPORTS = "reports.read"
    SILENCE = "alert.silence"
    READ_CATALOGUE = "catalogue.read"
    CHANGE_CATALOGUE = "catalogue.change"
    APPROVE_CATALOGUE = "catalogue.approve"
    PUBLISH_CATALOGUE = "catalogue.publish"
    READ_METRICS = "metrics.read"
    READ_TRAIL = "audit.read"


MEANINGS: Final = {
    Act.READ_CUSTOMER: "look at a customer: profile, timeline, scores",
    Act.TELL_CUSTOMER: "tell tags, identities and consents",
    Act.ERASE_CUSTOMER: "forget a customer for good",
    Act.EXPORT_CUSTOMER: "take out all that is kept on a customer, for who asks what is known of them",
    Act.HOLD_CUSTOMER: "keep what is kept on a customer from being destroyed, or let it be again",
    Act.READ_CONFLICTS: "see who shares an identity and is kept apart",
    Act.JUDGE_IDENTITY: "say that two ids are one person, or are not",
    Act.SCORE: "ask for chances",
    Act.DECIDE: "ask what to do next, which is recorded",
    Act.READ_DECISION: "look at a decision as it was made",
    Act.READ_MODELS: "see which model serves",
    Act.TELL_EVENTS: "tell what happened",
    Act.READ_SET_ASIDE: "see what nothing could be made of",
    Act.JUDGE_LETTERS: "try again what could not be taken or delivered, or drop it",
    Act.READ_QUEUES: "see how much waits",
    Act.READ_HEAD: "see who is next, without claiming",
    Act.CLAIM: "take leads",
    Act.WORK_LEASE: "renew, release or complete a lease",
    Act.REVEAL: "see the number of a lead in hand, to dial it, which is written down",
    Act.READ_LEASES: "see who holds whom",
    Act.TAKE_BACK: "end another's lease",
    Act.PUSH: "put a lead first",
    Act.PAUSE: "pause a queue or campaign, or resume it",
    Act.READ_CAMPAIGNS: "see what campaigns have used",
    Act.READ_RECALLS: "see leads that were not worked in time",
    Act.READ_DESK: "see what managers did",
    Act.READ_AGENTS: "see the register of agents",
    Act.CHANGE_AGENTS: "register, change or remove agents",
    Act.READ_REPORTS: "read reports of business and models, without persons",
    Act.SILENCE: "keep an alert quiet for a while",
    Act.READ_CATALOGUE: "see rules, levers, caps, plays and actions, their drafts and history",
    Act.CHANGE_CATALOGUE: "draft other ones, and try them on the ledger",
    Act.APPROVE_CATALOGUE: "approve what somebody else drafted",
    Act.PUBLISH_CATALOGUE: "publish a draft, or go back to an earlier version",
    Act.READ_METRICS: "read the service's metrics",
    Act.READ_TRAIL: "read who looked at whom and who changed what",
}
