"""The features of a workspace, each defined once: its name, its type and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from features.consents import column
from features.slots import Counter, Register, StateLayout
from leads.configuration.workspace import TYPES, Workspace
from leads.reasons.feature import Feature, Kind, Measure, Subject

_POLICIES = Subject(Kind.POLICIES)

ANY = "any"
"""The slot that counts interactions of every type."""

TOTALS = (
    Feature("policies_active", _POLICIES, Measure.ACTIVE),
    Feature("policies_ever", _POLICIES, Measure.EVER),
    Feature("policies_lapsed", _POLICIES, Measure.LAPSED),
    Feature("policy_next_expiry_days", _POLICIES, Measure.EXPIRY),
    Feature("policy_next_product", _POLICIES, Measure.NEXT, dtype=pl.String()),
    Feature("policy_premium_active", _POLICIES, Measure.PREMIUM),
    Feature("policy_since_lapse_days", _POLICIES, Measure.SINCE_LAPSE),
)
"""Of all policies."""

OF_PRODUCT: Mapping[str, tuple[Measure, pl.DataType]] = {
    "active": (Measure.ACTIVE, pl.Boolean()),
    "expiry_days": (Measure.EXPIRY, pl.Float64()),
    "premium": (Measure.PREMIUM, pl.Float64()),
    "held_days": (Measure.HELD, pl.Float64()),
}
"""By what the column of one product's policies ends with."""

THIS = "this__"
"""What the columns begin with that are about the row's own product."""

ROW_PRODUCT = Feature("product", Subject(Kind.PRODUCT), dtype=pl.String())

OFFERS = (
    Feature(f"{THIS}price", Subject(Kind.PRODUCT), Measure.PRICE),
    Feature(f"{THIS}margin", Subject(Kind.PRODUCT), Measure.MARGIN),
)
"""What the row's own product is sold for and leaves."""


def profile_features(workspace: Workspace) -> Iterator[Feature]:
    """Tags (texts and times are none), and the consents to channels."""
    for tag in workspace.tags.values():
        if tag.type not in ("text", "time"):
            yield Feature(tag.name, Subject(Kind.TAG, tag.name), dtype=TYPES[tag.type])
    for channel in workspace.channels:
        yield Feature(column(channel), Subject(Kind.CHANNEL, channel), Measure.CONSENT, dtype=pl.Boolean())


def event_features(interactions: StateLayout) -> Iterator[Feature]:
    """What becomes of counted events, in the order of their slots."""
    for slot in interactions.slots:
        if isinstance(slot, Register):
            (field,) = slot.values
            yield Feature(slot.last, Subject(Kind.EVENT, slot.events[0]), Measure.LAST, field=field)
        elif isinstance(slot, Counter):
            yield from _counted(slot)


def _counted(slot: Counter) -> Iterator[Feature]:
    about = _counts(slot)
    yield Feature(slot.since_last, about, Measure.SINCE_LAST)
    for each in slot.measured:
        yield Feature(each.name, about, each.measure, each.half_life, each.field)
    if slot.by is None:
        yield Feature(slot.since_first, about, Measure.SINCE_FIRST)


def _counts(slot: Counter) -> Subject:
    if slot.key == ANY:
        return Subject(Kind.INTERACTION)
    return Subject(Kind.EVENT, slot.events[0], slot.by, slot.by_value)


def policy_column(product: str, part: str) -> str:
    """Where the feature sheet has a part of `OF_PRODUCT`.

    >>> policy_column("motor", "premium")
    'policy_motor_premium'
    """
    return f"policy_{product}_{part}"


def policy_features(products: Iterable[str]) -> Iterator[Feature]:
    """The policy book: of all policies, then of each product's."""
    yield from TOTALS
    for product in products:
        for part, (measure, dtype) in OF_PRODUCT.items():
            yield Feature(policy_column(product, part), Subject(Kind.PRODUCT, product), measure, dtype=dtype)


def row_policy_features() -> Iterator[Feature]:
    """The same of the row's own product."""
    for part, (measure, dtype) in OF_PRODUCT.items():
        yield Feature(f"{THIS}{part}", Subject(Kind.PRODUCT), measure, dtype=dtype)


def column_types(features: Iterable[Feature]) -> dict[str, pl.DataType]:
    """By name what each is kept as."""
    return {feature.name: feature.dtype for feature in features}
