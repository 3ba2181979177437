"""A lead as an agent sees it: who they are, why now, what to say, and what must not be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from console.agent.desk import NO_TALK, InHand
from features.configuration import Configuration
from leads.configuration.wording import Talk
from leads.words.bilingual import Text
from serving.decisions.batch import RejectedAction, refused
from serving.decisions.decider import Decider
from serving.http.view import CustomerCards, CustomerView
from serving.people.contacts import Contacts
from serving.people.customers import Customers
from serving.scoring.scorer import Scorer


class Hint(TypedDict):
    """A rule that holds now, and the channels that it closes."""

    channels: list[str]
    text: Text


class Card(TypedDict):
    customer_id: str
    phone: str | None
    offer: Any
    reasons: list[Any]
    customer: CustomerView
    closed: list[Hint]
    decision_id: str | None


class Cards:
    """Puts together what stands on the agent's page."""

    def __init__(
        self, configuration: Configuration, customers: Customers, contacts: Contacts, views: CustomerCards,
        scorer: Scorer, decider: Decider,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._customers = customers
        self._contacts = contacts
        self._views = views
        self._scorer = scorer
        self._decider = decider

    def of(self, held: InHand, now: datetime) -> Card:
        """The card of a lead in hand. Raises NotFound for a customer who is forgotten meanwhile."""
        contact = self._customers.known(held.lease.customer_id)
        offer = held.offer
        return {
            "customer_id": contact.customer_id,
            "phone": held.phone or contact.phone,
            "offer": offer,
            "reasons": [] if offer is None else list(offer["reasons"]),
            "customer": self._views.of(contact, now),
            "closed": self.closed(contact.customer_id, now),
            "decision_id": held.decision_id,
        }

    def closed(self, customer_id: str, now: datetime) -> list[Hint]:
        """The rules of contact that hold for them now, each once, with the channels that they close."""
        scored = self._scorer.score([customer_id], now)
        decisions = self._decider.best(scored)
        by_rule: dict[str, Hint] = {}
        for rejected in refused(decisions, 0):
            if rejected["stage"] == "contact":
                self._note(by_rule, rejected)
        return list(by_rule.values())

    def zone_of(self, customer_id: str) -> str:
        """Where the customer's clock is."""
        reach = self._contacts.reach(self._contacts.surviving([customer_id]))[0]
        return (None if reach is None else reach.timezone) or self._configuration.workspace.timezone

    def talk(self, held: InHand) -> Talk:
        """What may be said of the product that the lead is called for."""
        product = held.lease.product or (None if held.offer is None else held.offer["product"])
        return self._configuration.workspace.wording.products.get(product or "", NO_TALK)

    def _note(self, by_rule: dict[str, Hint], rejected: RejectedAction) -> None:
        action = self._actions[rejected["action"]]
        meaning = action.reasons.get(rejected["rule"]) or _after_colon(rejected["text"])
        hint = by_rule.setdefault(rejected["rule"], {"channels": [], "text": meaning})
        if action.channel not in hint["channels"]:
            hint["channels"].append(action.channel)

    @property
    def _actions(self) -> Mapping[str, Any]:
        return {action.name: action for action in self._configuration.catalogue.actions}


def _after_colon(text: Text) -> Text:
    return {"zh": text["zh"].partition("：")[2] or text["zh"], "en": text["en"].partition(": ")[2] or text["en"]}
