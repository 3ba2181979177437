"""Effects of contact for a home's objectives: data set, model on disk, and columns beside the scores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.assembly import number_frame, side_by_side
from features.home import Home, write_json
from features.layout import FeatureLayout
from features.products import Expansion, expansion, is_added
from leads.errors import CorruptBundle, InvalidInput
from leads.objective import Objective, Uplift
from leads.rules import Rule
from training.answering import Answering
from training.calibration import Floats
from training.dataset import Dataset, Record, model_features, training_set
from training.matrix import Encoding, Matrix, encoding_of
from training.scoring import asked, in_population, objective_of
from training.splits import shares
from training.uplift import FOLDS, Effect, Measured, Trees, Trials, UpliftModel, fit, gain_at, measure

FOLDER = "uplift"
"""Beside an objective's versions."""

MOST, MOST_MEASURED = 40_000, 80_000
"""Rows learned from: two dozen models are fitted; a few where only the size of effects is measured."""


@dataclass(frozen=True)
class Telling:
    """What an effect may depend on. answers: by name the SQL of a customer's answers to contact, whose columns are the
    last of the encoding.
    """

    encoding: Encoding
    answers: tuple[tuple[str, str], ...] = ()

    def beside(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the columns of the answers."""
        told = [pl.sql_expr(sql).cast(pl.Float64).alias(_column(name)) for name, sql in self.answers]
        return frame.with_columns(told) if told else frame

    def matrix(self, rows: Expansion, chosen: NDArray[np.intp]) -> Matrix:
        """Of the chosen rows of an expansion."""
        told = Expansion(self.beside(rows.frame), rows.row, rows.added)
        return self.encoding.expanded(told, chosen)


def _column(answer: str) -> str:
    return f"answer__{answer}"


@dataclass(frozen=True)
class Effects:
    """An uplift model with what its matrices mean. metrics: what it showed on customers it had not seen."""

    objective: str
    encoding: Encoding
    telling: Telling
    model: UpliftModel
    metrics: Mapping[str, Any]

    def save(self, folder: Path) -> None:
        """As text, like a bundle."""
        folder.mkdir(parents=True, exist_ok=True)
        boosters = {"base": self.model.base}
        treatments: dict[str, Any] = {}
        for name, effect in self.model.effects.items():
            parts, treatments[name] = _written(name, effect)
            boosters |= parts
        for name, booster in boosters.items():
            (folder / f"{name}.txt").write_text(booster.model_to_string(), encoding="utf-8")
        document = {
            "objective": self.objective,
            "encoding": _spelled(self.encoding),
            "telling": _spelled(self.telling.encoding),
            "answers": [list(item) for item in self.telling.answers],
            "treatments": treatments,
            "metrics": dict(self.metrics),
        }
        write_json(folder / "manifest.json", document)

    @classmethod
    def load(cls, folder: Path) -> Effects:
        """Raises CorruptBundle when a file is missing or not what it should be."""
        try:
            document = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            answers = tuple((str(name), str(sql)) for name, sql in document["answers"])
            effects = {name: _read(folder, name, told) for name, told in document["treatments"].items()}
            return cls(
                document["objective"],
                _understood(document["encoding"]),
                Telling(_understood(document["telling"]), answers),
                UpliftModel(_booster(folder, "base"), effects),
                document["metrics"],
            )
        except (OSError, KeyError, TypeError, ValueError, lightgbm.basic.LightGBMError) as error:
            raise CorruptBundle(f"{folder} cannot be read: {error}") from error


def _written(name: str, effect: Effect) -> tuple[dict[str, lightgbm.Booster], dict[str, Any] | None]:
    """The boosters of an effect by file, and the rest of it."""
    if isinstance(effect, Answering):
        boosters = effect.expectation.boosters
        return {f"{name}.{k}": booster for k, booster in enumerate(boosters)}, effect.document()
    if isinstance(effect, Trees):
        return {name: effect.booster}, None
    raise TypeError(f"an effect cannot be a {type(effect).__name__}")


def _read(folder: Path, name: str, told: Mapping[str, Any] | None) -> Effect:
    if told is None:
        return Trees(_booster(folder, name))
    return Answering.of(told, tuple(_booster(folder, f"{name}.{k}") for k in range(len(told["centre"]))))


def _booster(folder: Path, name: str) -> lightgbm.Booster:
    return lightgbm.Booster(model_str=(folder / f"{name}.txt").read_text(encoding="utf-8"))


def _spelled(encoding: Encoding) -> dict[str, Any]:
    categories = {name: list(values) for name, values in encoding.categories.items()}
    return {"features": [list(item) for item in encoding.features], "categories": categories}


def _understood(document: Mapping[str, Any]) -> Encoding:
    features = tuple((str(name), str(dtype)) for name, dtype in document["features"])
    return Encoding(features, {name: tuple(values) for name, values in document["categories"].items()})


def folder_of(home: Home, objective: str) -> Path:
    """Where an objective's effects lie."""
    return home.models / objective / FOLDER


def train_effects(
    home: Home, objective: str, until: datetime | None = None, seed: int = 7, threads: int = 2
) -> Effects:
    """Learn what contact changes, as the objective's `uplift` asks, and keep it in the home.

    Where it is `like` another objective's, that one's are learned first unless they are there.
    """
    uplift = home.configuration.objective(objective).uplift
    if uplift is None:
        raise InvalidInput(f"objectives.{objective}.uplift", None, "treatments, declared in workspace.yaml")
    if uplift.like is None:
        effects = _learned(home, objective, uplift, until, seed, threads)
    else:
        effects = _measured(home, objective, uplift, _source(home, uplift.like, until, seed, threads), until, seed)
    effects.save(folder_of(home, objective))
    return effects


def _source(home: Home, objective: str, until: datetime | None, seed: int, threads: int) -> Effects:
    if (folder_of(home, objective) / "manifest.json").is_file():
        return Effects.load(folder_of(home, objective))
    return train_effects(home, objective, until, seed, threads)


def _learned(home: Home, objective: str, uplift: Uplift, until: datetime | None, seed: int, threads: int) -> Effects:
    """Whom contact moves, and how much, from the objective's own outcomes."""
    data, events = _rows(home, objective, uplift, until, seed)
    answers = tuple((rule.name, rule.sql) for rule in uplift.answers)
    encoding, declared = _encoding(home, data.rows, objective), _declared(home)
    names = [name for name in encoding.names if any(fnmatchcase(name, pattern) for pattern in uplift.features)]
    if answers:
        names = [name for name in names if not is_added(name)]
    told = Telling(Encoding((), {}), answers).beside(data.rows)
    telling = Telling(encoding_of(told, names + [_column(name) for name, _ in answers], declared), answers)
    trials = _trials(data, uplift, events, encoding, telling)
    tags = telling.encoding.category_positions
    model, unseen = fit(trials, encoding.category_positions, tags, seed, threads)
    return Effects(objective, encoding, telling, model, _metrics(trials, unseen))


def _measured(
    home: Home, objective: str, uplift: Uplift, source: Effects, until: datetime | None, seed: int
) -> Effects:
    """Whom contact moves as another objective's outcomes tell; how much it moves these, from their own."""
    data, events = _rows(home, objective, uplift, until, seed)
    encoding = _encoding(home, data.rows, objective)
    trials = _trials(data, uplift, events, encoding, source.telling)
    known = {name: effect for name, effect in source.model.effects.items() if isinstance(effect, Answering)}
    model, found = measure(trials, encoding.category_positions, known, seed)
    return Effects(objective, encoding, source.telling, model, {name: _told(item) for name, item in found.items()})


def _told(found: Measured) -> dict[str, float]:
    half = 1.96 * found.error
    interval = {"slope": found.slope, "slope_low": found.slope - half, "slope_high": found.slope + half}
    return interval | {"scale": found.scale}


def _rows(
    home: Home, objective: str, uplift: Uplift, until: datetime | None, seed: int
) -> tuple[Dataset, pl.DataFrame]:
    """The labelled rows at the moments of the question, and all events."""
    record, goal = Record.of(home, until), home.configuration.objective(objective)
    most = MOST if uplift.like is None else MOST_MEASURED
    asked_at = replace(goal, moments=uplift.moments or goal.moments, max_rows=most)
    data = training_set(record, asked_at, seed)
    return data if uplift.about is None else asked_about(data, uplift.about), record.events


def asked_about(data: Dataset, about: Rule) -> Dataset:
    """The rows for which `about` gives a product that contact can be about, which takes the place of their own."""
    product = data.rows.select(about.expression.cast(pl.String).alias("product"))["product"]
    asked = product.is_not_null()
    keys = data.keys.with_columns(product).filter(asked)
    return replace(data, keys=keys, rows=data.rows.filter(asked))


def _declared(home: Home) -> dict[str, tuple[str, ...]]:
    workspace = home.configuration.workspace
    tags = {tag.name: tag.values for tag in workspace.tags.values() if tag.values}
    return tags | {"product": tuple(workspace.products)}


def _encoding(home: Home, rows: pl.DataFrame, objective: str) -> Encoding:
    names = model_features(home.configuration, home.configuration.objective(objective))
    return encoding_of(rows, names, _declared(home))


def _trials(data: Dataset, uplift: Uplift, events: pl.DataFrame, encoding: Encoding, telling: Telling) -> Trials:
    fold = np.floor(shares(data.keys["customer_id"], "uplift") * FOLDS).astype(np.intp)
    return Trials(
        matrix=encoding.matrix(data.rows),
        label=data.keys["label"].cast(pl.Float64).to_numpy(),
        treated={name: treated(data.keys, events, kinds, uplift) for name, kinds in uplift.treatments.items()},
        weight=data.keys["weight"].to_numpy(),
        fold=fold,
        telling=telling.encoding.matrix(telling.beside(data.rows)),
        answers=len(telling.answers),
    )


def treated(keys: pl.DataFrame, events: pl.DataFrame, kinds: tuple[str, ...], uplift: Uplift) -> NDArray[np.bool_]:
    """Per row of `customer_id, at, product` whether one of the events happened in (at, at + within], about the product
    where that is asked.
    """
    by = ["customer_id", *(["product"] if uplift.about is not None else [])]
    times = events.filter(pl.col("type").is_in(kinds)).select(*by, pl.col("time").alias("touched"))
    rows = keys.select(*by, "at").with_row_index("row").sort("at")
    joined = rows.join_asof(
        times.sort("touched"), left_on="at", right_on="touched", by=by, strategy="forward",
        allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    soon = (pl.col("touched") <= pl.col("at") + uplift.within).fill_null(False)
    return joined.sort("row").select(soon.alias("soon"))["soon"].to_numpy()


def _metrics(trials: Trials, unseen: Mapping[str, Floats]) -> dict[str, Any]:
    """By treatment the difference in success everywhere, and in the 30% of the rows with the highest and the lowest
    effect, as models say that have not seen the customer.
    """
    found: dict[str, Any] = {}
    for name, given in trials.treated.items():
        rows = (trials.label, given)
        found[name] = {
            "rows": len(trials.label),
            "treated": int(given.sum()),
            "difference": gain_at(*rows, unseen[name], 1.0, trials.weight),
            "difference_top_30pct": gain_at(*rows, unseen[name], 0.3, trials.weight),
            "difference_bottom_30pct": gain_at(*rows, -unseen[name], 0.3, trials.weight),
        }
    return found


def effect_frame(effects: Mapping[str, Effects], layout: FeatureLayout, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the columns of `Objective.uplift_column`; null outside the objective's population."""
    names: list[str] = []
    columns: list[Floats] = [np.empty((len(frame), 0))]
    for name, item in effects.items():
        objective = objective_of(layout, name)
        products = objective.products if objective.product == "each" else (None,)
        values = _effects(item, objective, layout, frame, len(products))
        names += [
            objective.uplift_column(treatment, product) for product in products for treatment in item.model.effects
        ]
        columns.append(values)
    return side_by_side([frame, number_frame(names, np.hstack(columns))])


def _effects(item: Effects, objective: Objective, layout: FeatureLayout, frame: pl.DataFrame, width: int) -> Floats:
    """(rows, products × treatments); NaN outside the population."""
    rows = expansion(layout, frame, objective.product, objective.products)
    chosen = np.flatnonzero(in_population(objective, asked(objective, rows)).to_numpy())
    flat = np.full((len(frame) * width, len(item.model.effects)), np.nan)
    if len(chosen):
        telling = item.telling.matrix(rows, chosen)
        predicted = item.model.predict(item.encoding.expanded(rows, chosen), telling, 1)
        flat[chosen] = np.column_stack(list(predicted.values()))
    return flat.reshape(len(frame), -1)
