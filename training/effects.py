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
from features.products import expansion
from leads.errors import CorruptBundle, InvalidInput
from leads.objective import Objective, Uplift
from training.calibration import Floats
from training.dataset import Dataset, Record, model_features, training_set
from training.matrix import Encoding, encoding_of
from training.scoring import asked, in_population, objective_of
from training.splits import shares
from training.uplift import FOLDS, Trials, UpliftModel, fit, gain_at

FOLDER = "uplift"
"""Beside an objective's versions."""

MOST = 30_000
"""Rows learned from: two dozen models are fitted."""


@dataclass(frozen=True)
class Effects:
    """An uplift model with what its matrix means. metrics: what it showed on customers it had not seen."""

    objective: str
    encoding: Encoding
    model: UpliftModel
    metrics: Mapping[str, Any]

    def save(self, folder: Path) -> None:
        """As text, like a bundle."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, booster in {"base": self.model.base, **self.model.effects}.items():
            (folder / f"{name}.txt").write_text(booster.model_to_string(), encoding="utf-8")
        document = {
            "objective": self.objective,
            "features": [list(item) for item in self.encoding.features],
            "categories": {name: list(values) for name, values in self.encoding.categories.items()},
            "treatments": list(self.model.effects),
            "telling": list(self.model.telling),
            "metrics": dict(self.metrics),
        }
        write_json(folder / "manifest.json", document)

    @classmethod
    def load(cls, folder: Path) -> Effects:
        """Raises CorruptBundle when a file is missing or not what it should be."""
        try:
            document = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            models = {
                name: lightgbm.Booster(model_str=(folder / f"{name}.txt").read_text(encoding="utf-8"))
                for name in ("base", *document["treatments"])
            }
            features = tuple((str(name), str(dtype)) for name, dtype in document["features"])
            categories = {name: tuple(values) for name, values in document["categories"].items()}
        except (OSError, KeyError, ValueError, lightgbm.basic.LightGBMError) as error:
            raise CorruptBundle(f"{folder} cannot be read: {error}") from error
        base = models.pop("base")
        return cls(
            document["objective"],
            Encoding(features, categories),
            UpliftModel(base, models, tuple(document["telling"])),
            document["metrics"],
        )


def folder_of(home: Home, objective: str) -> Path:
    """Where an objective's effects lie."""
    return home.models / objective / FOLDER


def train_effects(
    home: Home, objective: str, until: datetime | None = None, seed: int = 7, threads: int = 2
) -> Effects:
    """Learn what contact changes, as the objective's `uplift` asks, and keep it in the home."""
    goal = home.configuration.objective(objective)
    if goal.uplift is None:
        raise InvalidInput(f"objectives.{objective}.uplift", None, "treatments, declared in workspace.yaml")
    record = Record.of(home, until)
    asked_at = replace(goal, moments=goal.uplift.moments or goal.moments, max_rows=min(goal.max_rows, MOST))
    data = training_set(record, asked_at, seed)
    names = model_features(home.configuration, goal)
    declared = {tag.name: tag.values for tag in home.configuration.workspace.tags.values() if tag.values}
    declared |= {"product": tuple(home.configuration.workspace.products)}
    encoding = encoding_of(data.rows, names, declared)
    trials = _trials(data, goal.uplift, record.events, encoding)
    model, unseen = fit(trials, encoding.category_positions, seed, threads=threads)
    effects = Effects(objective, encoding, model, _metrics(trials, unseen))
    effects.save(folder_of(home, objective))
    return effects


def _telling(uplift: Uplift, encoding: Encoding) -> tuple[int, ...]:
    """Positions of the features that the effect may depend on."""
    names = enumerate(encoding.names)
    return tuple(place for place, name in names if any(fnmatchcase(name, item) for item in uplift.features))


def _trials(data: Dataset, uplift: Uplift, events: pl.DataFrame, encoding: Encoding) -> Trials:
    fold = np.floor(shares(data.keys["customer_id"], "uplift") * FOLDS).astype(np.intp)
    return Trials(
        matrix=encoding.matrix(data.rows),
        label=data.keys["label"].cast(pl.Float64).to_numpy(),
        treated={name: treated(data.keys, events, kinds, uplift) for name, kinds in uplift.treatments.items()},
        weight=data.keys["weight"].to_numpy(),
        fold=fold,
        telling=_telling(uplift, encoding),
    )


def treated(keys: pl.DataFrame, events: pl.DataFrame, kinds: tuple[str, ...], uplift: Uplift) -> NDArray[np.bool_]:
    """Per row of `customer_id, at` whether one of the events happened in (at, at + within]."""
    times = events.filter(pl.col("type").is_in(kinds)).select("customer_id", pl.col("time").alias("touched"))
    rows = keys.select("customer_id", "at").with_row_index("row").sort("at")
    joined = rows.join_asof(
        times.sort("touched"), left_on="at", right_on="touched", by="customer_id", strategy="forward",
        allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    soon = (pl.col("touched") <= pl.col("at") + uplift.within).fill_null(False)
    return joined.sort("row").select(soon.alias("soon"))["soon"].to_numpy()


def _metrics(trials: Trials, unseen: Mapping[str, Floats]) -> dict[str, Any]:
    """By treatment the difference in success everywhere, and in the 30% of the rows with the highest and the lowest
    effect, as models say that have not seen the customer.
    """
    found = {}
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
        predicted = item.model.predict(item.encoding.expanded(rows, chosen), 1)
        flat[chosen] = np.column_stack(list(predicted.values()))
    return flat.reshape(len(frame), -1)
