"""What a report answers: rows by one dimension, each with its figures, and what they mean."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict

from leads.words.bilingual import Text
from serving.meaning import Means, Time

Kind = Literal["count", "share", "money", "days", "hours", "number"]
"""What a figure is: customers or things, a part of 1, the workspace's currency, or a time."""


class ReportColumn(TypedDict):
    name: str
    label: Text
    kind: Annotated[Kind, Means("money in the workspace's currency, a share as a part of 1")]
    means: Annotated[Text, Means("what is counted, in words")]


class ReportDimension(TypedDict):
    name: str
    label: Text


class Interval(TypedDict):
    """Where the true share lies with 95% confidence (Wilson)."""

    low: float
    high: float


class ReportRow(TypedDict):
    key: Annotated[str | None, Means("the dimension's value; null where it is not known, and of the total")]
    label: Text
    figures: Annotated[dict[str, float | None], Means("by column; null where there is nothing to tell it from")]
    intervals: Annotated[dict[str, Interval], Means("of the shares")]


class BusinessReport(TypedDict):
    name: str
    title: Text
    since: Time
    until: Time
    currency: str
    by: str
    dimensions: Annotated[list[ReportDimension], Means("by which it can be told")]
    filters: Annotated[dict[str, str], Means("region, team, product, where asked for")]
    columns: list[ReportColumn]
    rows: Annotated[list[ReportRow], Means("the largest first")]
    total: ReportRow
    notes: list[Text]


class ReportName(TypedDict):
    name: str
    title: Text
    dimensions: list[ReportDimension]


class BusinessReports(TypedDict):
    reports: list[ReportName]


class BehindFigure(TypedDict):
    """The customers behind one number of a report."""

    report: str
    figure: str
    key: str | None
    customers: Annotated[int, Means("how many there are")]
    customer_ids: Annotated[list[str], Means("the first of them, by id")]
