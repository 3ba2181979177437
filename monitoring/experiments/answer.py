"""What the report of experiments answers."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict

from leads.words.bilingual import Text
from monitoring.experiments.measures import Better
from monitoring.reports.answer import Interval, Kind, ReportDimension
from serving.meaning import Means, Time

Verdict = Literal["better", "worse", "different", "open", "few", "waiting"]
"""better, worse, different: the interval that may be looked at any time excludes no difference. open: it does not yet.
few: too little happened in an arm to say anything. waiting: no window is over.
"""


class ArmAnswer(TypedDict):
    arm: str
    label: Text
    share: Annotated[float, Means("of the lot in the latest month")]
    customers: Annotated[int, Means("customers and months that count")]
    waiting: Annotated[int, Means("those whose window is not over yet")]
    contacted: Annotated[float | None, Means("of those that count, contacted in the window")]


class EffectAnswer(TypedDict):
    """What an arm is more than another. Where it is null too little happened."""

    value: Annotated[float, Means("the difference, adjusted by what was known before")]
    anytime: Annotated[Interval, Means("95%, whenever and however often it is looked at")]
    fixed: Annotated[Interval, Means("95% for who looks once, at a time that was chosen before")]
    relative: Annotated[float | None, Means("the difference by what the base is; null where that is 0")]
    reduction: Annotated[float, Means("part of the variance that was known before")]


class MeasureAnswer(TypedDict):
    measure: str
    label: Text
    kind: Annotated[Kind, Means("money in the workspace's currency, a share as a part of 1")]
    means: Text
    better: Better
    rows: Annotated[int, Means("customers and months of both arms that it is told of")]
    base: Annotated[float | None, Means("of the base, as it is")]
    arm: float | None
    effect: EffectAnswer | None
    verdict: Verdict
    text: Annotated[Text, Means("the verdict in words")]


class SegmentAnswer(TypedDict):
    segment: Annotated[str | None, Means("value of the dimension; null where it is not known")]
    label: Text
    rows: int
    effect: Annotated[EffectAnswer | None, Means("anytime: at 95% for all segments of the measure together")]
    differs: Annotated[bool, Means("whether the effect is another than in the rest, segments taken together")]


class SegmentsAnswer(TypedDict):
    measure: str
    by: str
    segments: list[SegmentAnswer]


class ComparisonAnswer(TypedDict):
    arm: str
    base: str
    measures: list[MeasureAnswer]
    segments: Annotated[list[SegmentsAnswer], Means("of measures of which enough is known")]


class RatioAnswer(TypedDict):
    """Whether arms are as large as the lot makes them."""

    of: Literal["customers", "decisions"]
    label: Text
    counts: dict[str, int]
    expected: dict[str, float]
    evidence: Annotated[float, Means("how many times likelier the counts are by other shares")]
    right: Annotated[bool, Means("false where evidence is at least 100: results cannot be trusted")]
    cause: Annotated[Text | None, Means("what is likely behind it")]


Question = Literal["renewal", "hours", "return"]


class HeadlineAnswer(TypedDict):
    """A headline question and its answer."""

    name: Question
    title: Text
    text: Text
    value: float | None
    interval: Interval | None
    by_lot: Annotated[bool, Means("false where it compares times and not arms")]


class ExperimentsReport(TypedDict):
    name: str
    title: Text
    since: Time
    until: Time
    currency: str
    window_days: float
    by: str
    dimensions: list[ReportDimension]
    filters: dict[str, str]
    arms: list[ArmAnswer]
    sample_ratio: list[RatioAnswer]
    comparisons: list[ComparisonAnswer]
    headline: list[HeadlineAnswer]
    notes: list[Text]
