"""A lead as an agent sees it: who they are, why now, what to say, and what must not be done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from console.agent.desk import NO_TALK, InHand
from console.judged import Judged, Judging
from features.configuration import Configuration
from leads.configuration.wording import Talk
from leads.words.bilingual import Text
from serving.decisions.batch import Removal, removed
from serving.http.view import CustomerCards, CustomerView
from serving.people.contacts import Contacts
from serving.people.customers import Customers


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
        judging: Judging,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._customers = customers
        self._contacts = contacts
        self._views = views
        self._judging = judging

    def of(self, held: InHand, now: datetime) -> Card:
        """The card of a lead in hand. Raises NotFound for a customer who is forgotten meanwhile."""
        contact = self._customers.known(held.lease.customer_id)
        offer, judged = held.offer, self._judging.of(contact.customer_id, now)
        return {
            "customer_id": contact.customer_id,
            "phone": held.phone or contact.phone,
            "offer": offer,
            "reasons": [] if offer is None else list(offer["reasons"]),
            "customer": self._views.judged(contact, judged.scored, judged.decisions),
            "closed": closed(judged),
            "decision_id": held.decision_id,
        }

    def zone_of(self, customer_id: str) -> str:
        """Where the customer's clock is."""
        reach = self._contacts.reach(self._contacts.surviving([customer_id]))[0]
        return (None if reach is None else reach.timezone) or self._configuration.workspace.timezone

    def talk(self, held: InHand) -> Talk:
        """What may be said of the product that the lead is called for."""
        product = held.lease.product or (None if held.offer is None else held.offer["product"])
        return self._configuration.workspace.wording.products.get(product or "", NO_TALK)


def closed(judged: Judged) -> list[Hint]:
    """The rules of contact that hold for a customer now, each once, with the channels that they close."""
    by_rule: dict[str, Hint] = {}
    for each in removed(judged.decisions, 0):
        if each.stage == "contact":
            _note(by_rule, each)
    return list(by_rule.values())


def _note(by_rule: dict[str, Hint], removal: Removal) -> None:
    hint = by_rule.setdefault(removal.rule.name, {"channels": [], "text": removal.meaning})
    if removal.action.channel not in hint["channels"]:
        hint["channels"].append(removal.action.channel)
