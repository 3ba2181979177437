"""Trials of a home: moments at which a customer was contacted or not, what was known of them, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.configuration import Configuration
from features.products import is_added
from leads.configuration.objective import Objective, Uplift
from leads.configuration.rules import Rule
from leads.configuration.workspace import Workspace
from leads.errors import InvalidInput
from models.effects import EffectInputs, answer_column
from models.encoding import Encoding, Matrix, encoding_of
from training.contact.uplift import Trials, fold_of, half_of
from training.contact.waiting import Waiting
from training.data.dataset import Dataset, Record, model_features, training_set
from training.data.episodes import episodes
from training.data.labels import labelled, with_next
from training.data.splits import shares

MOST, MOST_MEASURED = 80_000, 160_000
"""Rows learned from: a dozen models are fitted; a few where only the size of effects is measured."""

Until = datetime | float
"""Where earlier trials end: a time or, where rows have no order of time, the share of customers that is kept back."""


@dataclass(frozen=True)
class Tried:
    """An objective's trials. keys: `customer_id, at, product, label, weight`, and `any`, the label whatever contact was
    about; rows: the features, in the same order. events: all there are, to tell who was contacted.
    """

    objective: Objective
    uplift: Uplift
    configuration: Configuration
    keys: pl.DataFrame
    rows: pl.DataFrame
    events: pl.DataFrame

    @classmethod
    def of(cls, record: Record, goal: Objective, seed: int, most: int | None = None) -> Tried:
        """Those whose horizon is over, at the moments of the question; at most so many, as many as tell by default.
        Raises InvalidInput where the objective does not ask.
        """
        uplift = asked_of(goal)
        most = most or (MOST if uplift.like is None else MOST_MEASURED)
        data = training_set(record, replace(goal, moments=uplift.moments or goal.moments, max_rows=most), seed)
        data = replace(data, keys=data.keys.with_columns(pl.col("label").alias("any")))
        if uplift.about is not None:
            data = of_product(record.configuration.workspace, asked_about(data, uplift.about), record.events)
        over = data.over
        keys, rows = data.keys.filter(over), data.rows.filter(over)
        return cls(goal, uplift, record.configuration, keys, rows, record.events)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def until(self) -> Until:
        """Where the latest of them begin, as many as the objective's split holds out."""
        how = self.objective.split
        share = 1 / how.folds if how.by == "folds" else how.holdout
        if how.by != "time" or len(self) == 0:
            return share
        begin: datetime = self.keys["at"].sort()[min(int(len(self) * (1 - share)), len(self) - 1)]
        return begin

    def earlier(self, until: Until | None) -> NDArray[np.bool_]:
        """Which were settled by then, and share no episode with what began later; without a time all."""
        if until is None:
            return np.ones(len(self), bool)
        if not isinstance(until, datetime):
            return ~self.later(until)
        settled: NDArray[np.bool_] = (self.keys["at"] + self.objective.horizon <= until).to_numpy()
        return settled & ~np.isin(self.episode, self.episode[self.later(until)])

    @property
    def episode(self) -> NDArray[np.intp]:
        """A number for each row's episode (`data.episodes`)."""
        return episodes(self.objective, self.keys, self.rows)

    @property
    def customers(self) -> NDArray[np.intp]:
        """A number for each row's customer."""
        return self.keys["customer_id"].rank("dense").to_numpy().astype(np.intp)

    def later(self, until: Until) -> NDArray[np.bool_]:
        """Which began from then on."""
        if isinstance(until, datetime):
            return (self.keys["at"] >= until).to_numpy()
        return shares(self.keys["customer_id"], "kept back") < until

    @property
    def encoding(self) -> Encoding:
        """Of what the chances of success and of contact may depend on."""
        names = model_features(self.configuration, self.objective)
        return encoding_of(self.rows, names, self.configuration.workspace.categories)

    @property
    def telling(self) -> EffectInputs:
        """What the effect may depend on, as the question says."""
        answers = tuple((rule.name, rule.sql) for rule in self.uplift.answers)
        wanted = self.uplift.features
        names = [name for name in self.encoding.names if any(fnmatchcase(name, pattern) for pattern in wanted)]
        if answers:
            names = [name for name in names if not is_added(name)]
        told = encoding_of(self.rows, names, self.configuration.workspace.categories)
        columns = tuple((answer_column(name), "Float64") for name, _ in answers)
        return EffectInputs(Encoding((*told.features, *columns), told.categories), answers)

    @property
    def _group(self) -> NDArray[np.intp]:
        """Of each row the time before an expiry that it is nearest to, which tells what contact there was to expect."""
        moments = self.uplift.moments or self.objective.moments
        if not moments.before_expiry:
            return np.zeros(len(self), np.intp)
        ahead = np.array([lead / timedelta(days=1) for lead in moments.before_expiry])
        left = self.rows["policy_next_expiry_days"].fill_null(0).to_numpy()
        nearest: NDArray[np.intp] = np.abs(left[:, None] - ahead).argmin(axis=1)
        return nearest

    @property
    def _season(self) -> Matrix:
        """(n, 1) the day of each row's moment, counted from the first: who is contacted changes as time goes on, and so
        does how many renew.
        """
        days = self.keys.select((pl.col("at") - pl.col("at").min()).dt.total_days().cast(pl.Float32))
        return days.to_numpy()

    def trials(self, encoding: Encoding, telling: EffectInputs) -> Trials:
        """As matrices."""
        return Trials(
            matrix=encoding.matrix(self.rows),
            label=self.keys["label"].cast(pl.Float64).to_numpy(),
            success=self.keys["any"].cast(pl.Float64).to_numpy(),
            waiting=waiting(self.keys, self.events, self.objective, self._group),
            weight=self.keys["weight"].to_numpy(),
            fold=fold_of(self.keys["customer_id"]),
            half=half_of(self.keys["customer_id"]),
            telling=telling.matrix(self.rows),
            answers=len(telling.answers),
            known=self._season,
        )


def asked_about(data: Dataset, about: Rule) -> Dataset:
    """The rows for which `about` gives a product that contact can be about, which takes the place of their own."""
    product = data.rows.select(about.expression.cast(pl.String).alias("product"))["product"]
    asked = product.is_not_null()
    keys = data.keys.with_columns(product).filter(asked)
    return replace(data, keys=keys, rows=data.rows.filter(asked))


def of_product(workspace: Workspace, data: Dataset, events: pl.DataFrame) -> Dataset:
    """The rows with the label of what happened about their own product, which is what contact about it can change."""
    return replace(data, keys=labelled(workspace, data.objective, data.keys, events, data.until, by_product=True))


def waiting(keys: pl.DataFrame, events: pl.DataFrame, goal: Objective, group: NDArray[np.intp]) -> dict[str, Waiting]:
    """By treatment, per row of `customer_id, at, product`, the days until the first of its events, about the product
    where that is asked, and until the goal.

    group: of each row, rows of one number having had about the same contact to expect. Raises InvalidInput where the
    goal asks for no effect.
    """
    uplift = asked_of(goal)
    by = ["customer_id", *(["product"] if uplift.about is not None else [])]
    own = ["customer_id", *(["product"] if uplift.about is not None or goal.product != "none" else [])]
    within, succeeded = uplift.within / timedelta(days=1), _until(keys, events, (goal.target,), own)
    return {
        name: Waiting(_until(keys, events, kinds, by), succeeded, within, group)
        for name, kinds in uplift.treatments.items()
    }


def asked_of(goal: Objective) -> Uplift:
    """What the objective asks about contact. Raises InvalidInput where it asks nothing."""
    if goal.uplift is None:
        raise InvalidInput(f"objectives.{goal.name}.uplift", None, "treatments, declared in workspace.yaml")
    return goal.uplift


def _until(keys: pl.DataFrame, events: pl.DataFrame, kinds: tuple[str, ...], by: list[str]) -> NDArray[np.float64]:
    """Days from each row's moment to the first of the events after it, infinite for none."""
    joined = with_next(keys.select(*by, "at").with_row_index("row").sort("at"), events, kinds, by, "then").sort("row")
    days = (joined["then"] - joined["at"]).dt.total_microseconds() / 86_400_000_000
    return days.fill_null(np.inf).to_numpy()
