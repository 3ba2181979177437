"""What the report of fairness answers."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict

from leads.words.bilingual import Text
from monitoring.reports.answer import Interval
from serving.meaning import Means, Time

Finding = Literal["within", "below", "unclear", "small"]
"""within: the ratio is at least the bound. below: it is under it, and its interval too. unclear: it is under it, which
may be chance. small: there are too few in the group to say anything.
"""


class GroupRate(TypedDict):
    measure: str
    of: Annotated[int, Means("customers that it is a part of")]
    rate: float | None
    interval: Annotated[Interval | None, Means("95% (Wilson)")]
    ratio: Annotated[float | None, Means("adverse impact: the rate by that of the group whose is highest")]
    ratio_interval: Annotated[Interval | None, Means("95% for all groups of the tag together")]
    finding: Finding


class GroupAnswer(TypedDict):
    group: str
    label: Text
    customers: int
    rates: list[GroupRate]


class ProtectedAnswer(TypedDict):
    tag: str
    label: Text
    bound: Annotated[float, Means("what a ratio is held against: declared, else four fifths")]
    declared: Annotated[bool, Means("whether the workspace declares the bound")]
    groups: list[GroupAnswer]


class GateCheck(TypedDict):
    check: str
    passed: bool
    value: float | None
    bound: float | None
    note: str


class GateAnswer(TypedDict):
    """What the gate said of a model in use, on rows that it had not seen."""

    objective: str
    label: Text
    version: str
    reads: Annotated[list[str], Means("protected tags that the model reads")]
    checks: list[GateCheck]


class MeasureAnswer(TypedDict):
    name: str
    label: Text
    means: Text


class FairnessReport(TypedDict):
    name: str
    title: Text
    since: Time
    until: Time
    workspace: Annotated[str, Means("digest of the configuration that the groups are of")]
    measures: list[MeasureAnswer]
    tags: list[ProtectedAnswer]
    gates: list[GateAnswer]
    notes: list[Text]
