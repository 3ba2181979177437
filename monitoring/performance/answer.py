"""What is answered of a model's performance."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict

from leads.words.bilingual import Text
from serving.meaning import Means, Time


class Estimate(TypedDict):
    """A figure and its 95% interval."""

    value: float
    low: float | None
    high: float | None


class ExpectedFigures(TypedDict):
    """From the probabilities alone, as far as they are calibrated."""

    rate: Estimate
    auc: Estimate | None
    average_precision: Estimate | None


class CameTrue(TypedDict):
    """From labels."""

    rate: Estimate
    auc: Estimate | None
    average_precision: Estimate | None
    lift_at_10pct: Estimate | None
    calibration_error: Annotated[float | None, Means("mean distance of said and found rate over ten bins")]


State = Literal["judged", "early", "waiting"]
"""judged: every horizon is over. early: of some rows it is not, so that the rate is weighted for those. waiting: too
little is known to say anything.
"""


class Cohort(TypedDict):
    begins: Time
    ends: Time
    state: State
    rows: int
    customers: int
    censored: Annotated[int, Means("rows whose horizon is not over")]
    expected: ExpectedFigures
    came_true: Annotated[CameTrue | None, Means("null before the cohort is judged")]
    early_rate: Annotated[Estimate | None, Means("successes so far, each weighted by how many come so soon")]


class Bin(TypedDict):
    said: Annotated[float, Means("mean probability of the rows")]
    found: Annotated[float, Means("share of successes")]
    low: float
    high: float
    rows: Annotated[float, Means("of the population that the bin stands for")]


class Calibration(TypedDict):
    source: Annotated[Literal["training", "since"], Means("rows kept back in training, or labels since")]
    rows: int
    error: Annotated[float, Means("mean distance of said and found over the bins")]
    bins: list[Bin]


class PerformanceAnswer(TypedDict):
    objective: str
    label: Text
    version: str
    trained_until: Annotated[Time, Means("moments up to then were learned from")]
    horizon_days: float
    training: Annotated[CameTrue | None, Means("on the rows that judged the model before it served")]
    cohorts: Annotated[list[Cohort], Means("by week of the moment, the oldest first")]
    calibration: Calibration | None
