"""A contact record: what was told about a customer, and how one follows from what was known and what is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from features import spans as spanning
from features.consents import column, time_column, weight
from features.identity import Identity, distinct_values
from features.people import Known
from features.spans import Spans, Telling
from leads.configuration.workspace import Workspace
from leads.history import IDENTITIES

CONSENT = "consent:"

Facts = Mapping[str, tuple[int, Any]]
"""What is known of a customer: per field (`tag:…`, `consent:…`, an identity's kind, `timezone`) when it was told, in
microseconds, and the value, None where it was taken away."""


@dataclass(frozen=True)
class Contact:
    """What was told about a customer.

    at: when last, in microseconds. Identities are normalised. known_as: keys of further identities that lead here,
    from people who turned out to be this one. said: when a field was told, where that was before `at` or it was taken
    away. spans: of identities, where there is more to know.
    """

    customer_id: str
    at: int
    tags: Mapping[str, Any] = field(default_factory=dict)
    phone: str | None = None
    wechat: str | None = None
    email: str | None = None
    timezone: str | None = None
    consents: Mapping[str, bool] = field(default_factory=dict)
    known_as: tuple[str, ...] = ()
    said: Mapping[str, int] = field(default_factory=dict)
    spans: Spans = field(default_factory=dict)

    @classmethod
    def of(
        cls, customer_id: str, at: int, facts: Facts, known_as: Iterable[str] = (), spans: Spans | None = None
    ) -> Contact:
        """The record of these facts, of which none is later than `at`."""
        values = {name: value for name, (_, value) in facts.items() if value is not None}
        plain: dict[str, Any] = {name: values.get(name) for name in (*IDENTITIES, "timezone")}
        said = {name: when for name, (when, value) in facts.items() if when != at or value is None}
        own = {Identity(kind, plain[kind]).key for kind in IDENTITIES if plain[kind]}
        return cls(
            customer_id, at, tags=_under("tag:", values), consents=_under(CONSENT, values),
            known_as=tuple(sorted(set(known_as) - own)), said=dict(sorted(said.items())),
            spans=dict(sorted((spans or {}).items())), **plain,
        )  # fmt: skip

    @property
    def facts(self) -> Facts:
        """The fields with their times; what was taken away is there too."""
        values: dict[str, Any] = {f"tag:{name}": value for name, value in self.tags.items()}
        values |= {f"{CONSENT}{channel}": given for channel, given in self.consents.items()}
        values |= {name: getattr(self, name) for name in (*IDENTITIES, "timezone")}
        told = {name: value for name, value in values.items() if value is not None}
        return {name: (when, None) for name, when in self.said.items()} | {
            name: (self.said.get(name, self.at), value) for name, value in told.items()
        }

    @property
    def identities(self) -> list[Identity]:
        """Where they are reached now."""
        values = {"phone": self.phone, "wechat": self.wechat, "email": self.email}
        return [Identity(kind, value) for kind in IDENTITIES if (value := values[kind])]

    @property
    def keys(self) -> list[str]:
        """Every identity that leads to them."""
        return [*(identity.key for identity in self.identities), *self.known_as]

    def told(self, at: int, news: Mapping[str, Any]) -> Contact:
        """After some fields were told (None: taken away). An identity that is replaced no longer leads here."""
        facts = _latest(self.facts, {name: (at, value) for name, value in news.items()})
        gone = tuple(f"{kind}:" for kind in IDENTITIES if kind in news and news[kind] is None)
        kept = [key for key in self.known_as if not (gone and key.startswith(gone))]
        identities = {kind: news[kind] for kind in IDENTITIES if kind in news}
        spans = spanning.after(self.spans, self.facts, facts, identities, at)
        return Contact.of(self.customer_id, max(self.at, at), facts, kept, spans)

    def reported(self, key: str, at: int) -> Contact:
        """After somebody else was found at an identity."""
        return replace(self, spans=spanning.reported(self.spans, key, at))

    def known(self, distinct: Mapping[str, Any], verdicts: Mapping[str, bool]) -> Known:
        """What tells them from others."""
        keys = spanning.held(self._told, self.known_as, self.spans)
        ended, wrong = spanning.ended(self.spans), spanning.wrong(self.spans)
        return Known(self.customer_id, keys, ended, wrong, distinct, verdicts)

    @property
    def tellings(self) -> dict[str, Telling]:
        """Every identity that they told, by its key."""
        return spanning.tellings(self._told, self.known_as, self.spans)

    @property
    def _told(self) -> Facts:
        return {kind: fact for kind, fact in self.facts.items() if kind in IDENTITIES}

    def joined(self, other: Contact) -> Contact:
        """One record of two of the same person, under this id, as if all had been told of one.

        The order in which records are joined does not matter.
        """
        facts = _latest(self.facts, other.facts)
        return Contact.of(self.customer_id, max(self.at, other.at), facts, {*self.keys, *other.keys})

    def row(self) -> dict[str, Any]:
        """A row of the customers frame, with the times of consents."""
        words = {n.removeprefix(CONSENT): word for n, word in self.facts.items() if n.startswith(CONSENT)}
        consents = {column(channel): given for channel, (_, given) in words.items()}
        consents |= {time_column(channel): when for channel, (when, _) in words.items()}
        contact = {"phone": self.phone, "wechat": self.wechat, "email": self.email, "timezone": self.timezone}
        return {"customer_id": self.customer_id, "at": self.at} | dict(self.tags) | contact | consents


def _under(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
    return dict(sorted(found.items()))


def _latest(left: Facts, right: Facts) -> Facts:
    """Field by field what was told last; of two values of the same time always the same one, of consents the no."""
    facts = dict(left)
    for name, fact in right.items():
        if name not in facts or _age(name, fact) > _age(name, facts[name]):
            facts[name] = fact
    return facts


def _age(name: str, fact: tuple[int, Any]) -> tuple[int, int, str]:
    when, value = fact
    return when, weight(value) if name.startswith(CONSENT) else value is not None, repr(value)


def distinct_of(workspace: Workspace, contact: Contact) -> dict[str, str]:
    """The values of distinct tags that were told, without the differences that writing makes."""
    names = [tag.name for tag in workspace.tags.values() if tag.distinct]
    return distinct_values({name: contact.tags.get(name) for name in names}, workspace.recognition)
