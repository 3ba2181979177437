"""What a feature means, as data: what it is about, what is measured of it, and over what time.

Whoever defines a feature says so; what tells of it in words never reads its name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

import polars as pl


class Kind(Enum):
    """What a feature can be about."""

    TAG = "a tag of the profile"
    CHANNEL = "a channel"
    POLICIES = "all policies of the customer"
    PRODUCT = "a product"
    EVENT = "events of a type"
    INTERACTION = "interactions of every type"
    COLUMN = "nothing that has words"


class Measure(Enum):
    """What is measured of it."""

    VALUE = "what it is"
    CONSENT = "whether contact is agreed to"
    ACTIVE = "policies that run, or whether one does"
    EVER = "policies ever held"
    LAPSED = "policies that lapsed"
    NEXT = "the product that expires next"
    PREMIUM = "the premium of what is held"
    PRICE = "the price"
    MARGIN = "the margin"
    EXPIRY = "days to the expiry, negative after it"
    HELD = "days since it was held first"
    SINCE_LAPSE = "days since the last lapse"
    SINCE_LAST = "days since the last"
    SINCE_FIRST = "days since the first"
    COUNT = "how many, decayed"
    SUM = "the sum of a field, decayed"
    TOLD = "how many told a field, decayed"
    USUAL = "the usual size of a field, decayed"
    LAST = "a field of the last"


@dataclass(frozen=True)
class Subject:
    """What a feature is about.

    name: of the tag, the channel, the product or the type of event; None for the product that the row is about. by,
    value: the field of the event of which one value counts alone, and that value; None for the row's own product.
    """

    kind: Kind
    name: str | None = None
    by: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Feature:
    """A column of the feature sheet. span: the half-life of what is decayed. field: the one that is measured."""

    name: str
    subject: Subject
    measure: Measure = Measure.VALUE
    span: timedelta | None = None
    field: str | None = None
    dtype: pl.DataType = pl.Float64()  # noqa: RUF009

    def of_row(self, name: str) -> Feature:
        """The same of the product that the row is about, under the name that it has there."""
        subject = self.subject
        own = replace(subject, value=None) if subject.by is not None else replace(subject, name=None)
        return replace(self, name=name, subject=own)


def plain(name: str) -> Feature:
    """A column of which no more is known than its name."""
    return Feature(name, Subject(Kind.COLUMN, name))
