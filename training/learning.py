"""Learning one objective's model: which rows try, judge and prove it, what was tried, and the model of all rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import lightgbm
import polars as pl

from features.configuration import Configuration
from models.encoding import Encoding, encoding_of
from training.data.dataset import Dataset, slices
from training.data.join import Progress
from training.data.proof import Proof
from training.data.splits import Part, numbered
from training.model import CANDIDATES, Learner, Rows
from training.model_selection import Trial, trial
from training.prior import stretches
from training.search import Found, Search


@dataclass(frozen=True)
class Divided:
    """A data set, and which of its rows try, judge and prove a model."""

    data: Dataset
    parts: tuple[Part, ...]
    proof: Proof


@dataclass(frozen=True)
class Chance:
    """What a run leaves to chance and to the machine: the same seed gives the same model, whatever the threads."""

    seed: int
    threads: int


@dataclass(frozen=True)
class Tried:
    """One way of modelling as it was judged on rows that it had not seen. rows: all of them, as it reads them. search:
    what a search for settings found, None where nobody asked for one.
    """

    encoding: Encoding
    rows: Rows
    learner: Learner
    trial: Trial
    search: Found | None = None


@dataclass(frozen=True)
class Learned:
    """One way of modelling, judged and then learned from all rows. parameters: LightGBM's of that last fit's trees, and
    what shares the model is made of.
    """

    encoding: Encoding
    trial: Trial
    model: lightgbm.Booster
    parameters: dict[str, Any]


def telling(data: Dataset, names: list[str]) -> list[str]:
    """Features that are not the same in every row; the others would only take the place of those that tell."""
    distinct = data.rows.select(pl.col(name).n_unique() for name in names).row(0)
    return [name for name, count in zip(names, distinct, strict=True) if count > 1] or names[:1]


def tried(
    divided: Divided, names: list[str], configuration: Configuration, chance: Chance, tell: Progress | None = None,
    search: Search | None = None,
) -> Tried:  # fmt: skip
    """Try these features on rows that are kept back. search: for settings other than the usual ones."""
    data = divided.data
    encoding = encoding_of(data.rows, names, configuration.workspace.categories)
    label, weight = data.keys["label"].cast(pl.Float64).to_numpy(), data.keys["weight"].to_numpy()
    stretch, customer = stretches(data.objective, data.keys), numbered(data.keys["customer_id"])
    rows = Rows(encoding.matrix(data.rows), label, weight, stretch=stretch, customer=customer)
    learner = Learner(encoding.names, encoding.category_positions, chance.seed, chance.threads)
    step: Callable[[float], None] | None = None if tell is None else lambda share: tell("fit", share)
    found = None if search is None else search.run(learner, rows, divided.parts[-1], _told(tell))
    candidates = CANDIDATES if found is None else found.candidates
    judged = trial(learner, rows, divided.parts, divided.proof, candidates, step)
    return Tried(encoding, rows, learner, judged, found)


def _told(tell: Progress | None) -> Callable[[float], None] | None:
    return None if tell is None else lambda share: tell("search", share)


def learned(divided: Divided, found: Tried) -> Learned:
    """Learn from all rows, as was best where it was tried."""
    everything = replace(found.rows, factor=divided.data.keys["factor"].to_numpy())
    recipe = found.trial.recipe
    parameters = found.learner.parameters(found.rows, recipe.trees.settings) | recipe.document
    if found.search is not None:
        parameters["search"] = found.search.document
    return Learned(found.encoding, found.trial, recipe.model(found.learner, everything), parameters)


def judged(divided: Divided, full: Trial, static: Trial) -> pl.DataFrame:
    """The judged rows with both predictions, which slices they are in, and which part of the split held them."""
    data = divided.data
    rows = data.rows[full.holdout]
    return (
        data.keys[full.holdout]
        .drop("settled", "factor")
        .with_columns(
            pl.col("label").cast(pl.Float64),
            pl.Series("part", full.part, dtype=pl.Int64),
            pl.Series("probability", full.probability),
            pl.Series("baseline", static.probability),
            pl.Series("shipped", full.shipped, dtype=pl.Float64).fill_nan(None),
            pl.Series("shipped_weight", data.keys["weight"].to_numpy() * divided.proof.factor)[full.holdout],
            *slices(data.objective, rows),
        )
    )
