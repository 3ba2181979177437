"""What features speak of: those of one topic say the same thing, so that they are told together, once."""

from __future__ import annotations

from collections.abc import Mapping

from leads.configuration.wording import ANY_EVENT, GROUPS, Topic, Wording
from leads.reasons.feature import Feature, Kind, Measure

INTEREST, POLICY, CONTACT, PERSON = GROUPS

PREMIUM, EXPIRY, HOLDINGS, LAPSES, HELD, CONSENT = (
    Topic(name, POLICY) for name in ("premium", "expiry", "holdings", "lapses", "held", "consent")
)
"""What is known of everybody's policies and consents, whatever a workspace declares."""

_OF_ALL_POLICIES: Mapping[Measure, Topic] = {
    Measure.ACTIVE: HOLDINGS, Measure.EVER: HOLDINGS, Measure.LAPSED: LAPSES, Measure.SINCE_LAPSE: LAPSES,
    Measure.PREMIUM: PREMIUM, Measure.EXPIRY: EXPIRY,
}  # fmt: skip

_OF_ONE_PRODUCT: Mapping[Measure, Topic] = {
    Measure.ACTIVE: HOLDINGS, Measure.PREMIUM: PREMIUM, Measure.EXPIRY: EXPIRY, Measure.HELD: HELD,
}  # fmt: skip


def topic_of(wording: Wording, feature: Feature, product: str | None) -> Topic | None:
    """What a feature speaks of, in a reason about a product (None where it is about none); None for what is not told:
    what is known of another product, and what nobody can use in a talk, such as a price.
    """
    subject, kind = feature.subject, feature.subject.kind
    if kind is Kind.TAG:
        return _of_tag(wording, subject.name or feature.name)
    if kind is Kind.CHANNEL:
        return CONSENT
    if kind is Kind.POLICIES:
        return _OF_ALL_POLICIES.get(feature.measure)
    if kind is Kind.PRODUCT:
        own = subject.name is None or subject.name == product
        return _OF_ONE_PRODUCT.get(feature.measure) if own or feature.measure is Measure.ACTIVE else None
    if kind is Kind.EVENT and subject.name is not None:
        return _of_event(wording, subject.name, subject.by, subject.value, product)
    is_any = kind is Kind.INTERACTION and product is None
    return wording.of_event.get((ANY_EVENT, None)) if is_any else None


def _of_tag(wording: Wording, name: str) -> Topic | None:
    if name in wording.untold:
        return None
    return wording.of_tag.get(name) or Topic(name, PERSON, tags=(name,))


def _of_event(wording: Wording, name: str, by: str | None, value: str | None, product: str | None) -> Topic | None:
    if by == "product":
        if product is not None and value not in (None, product):
            return None
        value = None
    return wording.of_event.get((name, value)) or wording.of_event.get((name, None)) or Topic(name, INTEREST)
