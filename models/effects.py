"""Effects of contact that serving works out beside the scores: an uplift model, what its matrices mean, on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.home import write_json
from features.products import Expansion, is_added
from leads.errors import CorruptBundle
from leads.sheet.program import Program
from leads.sheet.sheet import Sheet
from models.calibrator import Floats
from models.encoding import Encoding, Matrix
from models.forest import Forest
from models.uplift import Condensed, Effect, Even, Trees, UpliftModel

if TYPE_CHECKING:
    import lightgbm


@dataclass(frozen=True)
class EffectInputs:
    """What an effect may depend on. answers: by name the SQL of a customer's answers to contact, whose columns are the
    last of the encoding.
    """

    encoding: Encoding
    answers: tuple[tuple[str, str], ...] = ()

    def matrix(self, source: Sheet | pl.DataFrame, rows: NDArray[np.intp] | None = None) -> Matrix:
        """(rows, features and answers) of feature rows. rows: these alone."""
        sheet = source if isinstance(source, Sheet) else Sheet.of(source)
        sheet = sheet if rows is None else sheet.taken(rows)
        tags = self._tags.matrix(sheet) if self._tags.features else np.zeros((len(sheet), 0), np.float32)
        if not self.answers:
            return tags
        told = self._told.numbers(sheet, range(len(self.answers)))
        with np.errstate(over="ignore"):
            return np.hstack([tags, np.array(told, np.float32).T])

    def expanded(self, rows: Expansion, chosen: NDArray[np.intp]) -> tuple[Matrix, NDArray[np.intp]]:
        """Of the chosen rows of an expansion: the matrix of those that differ, and for each its row there."""
        if any(map(is_added, self.encoding.names)):
            return self.encoding.expanded(rows, chosen), np.arange(len(chosen))
        people, place = np.unique(rows.row[chosen], return_inverse=True)
        return self.matrix(rows.sheet, None if len(people) == len(rows.sheet) else people), place

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What it reads of a sheet."""
        answers = (pl.sql_expr(sql).meta.root_names() for _, sql in self.answers)
        return (*self._tags.names, *(name for names in answers for name in names))

    @cached_property
    def _tags(self) -> Encoding:
        features = self.encoding.features
        return Encoding(features[: len(features) - len(self.answers)], self.encoding.categories)

    @cached_property
    def _told(self) -> Program:
        return Program([pl.sql_expr(sql) for _, sql in self.answers])


def answer_column(name: str) -> str:
    """The feature that an answer is."""
    return f"answer__{name}"


@dataclass(frozen=True)
class Effects:
    """An uplift model with what its matrices mean, for an objective's population."""

    objective: str
    encoding: Encoding
    telling: EffectInputs
    model: UpliftModel

    @property
    def treatments(self) -> tuple[str, ...]:
        return tuple(self.model.effects)

    def predict(self, rows: Expansion, chosen: NDArray[np.intp], threads: int = 1) -> Floats:
        """(chosen, treatments) what each adds to the probability, for rows of an expansion."""
        telling, place = self.telling.expanded(rows, chosen)
        found = self.model.predict(self.encoding.expanded(rows, chosen), telling, threads, place)
        return np.column_stack(list(found.values()))

    def log_odds(self, rows: Expansion, chosen: NDArray[np.intp], threads: int = 1) -> Floats:
        """(chosen, treatments) by how much each changes the log-odds, for rows of an expansion."""
        telling, place = self.telling.expanded(rows, chosen)
        found = [effect.log_odds(telling, threads)[place] for effect in self.model.effects.values()]
        return np.column_stack(found)

    def save(self, folder: Path) -> None:
        """As text, like a bundle. Raises TypeError for effects of a kind that is not kept."""
        folder.mkdir(parents=True, exist_ok=True)
        treatments: dict[str, Any] = {}
        boosters = {"base": self.model.base}
        for name, effect in self.model.effects.items():
            trees, treatments[name] = _written(effect)
            boosters |= {} if trees is None else {name: trees}
        for name, booster in boosters.items():
            (folder / f"{name}.txt").write_text(booster.model_to_string(), encoding="utf-8")
        document = {
            "objective": self.objective,
            "encoding": _spelled(self.encoding),
            "telling": _spelled(self.telling.encoding),
            "answers": [list(item) for item in self.telling.answers],
            "treatments": treatments,
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
                EffectInputs(_understood(document["telling"]), answers),
                UpliftModel(_booster(folder, "base"), effects),
            )
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise CorruptBundle(f"{folder} cannot be read: {error}") from error


def _written(effect: Effect) -> tuple[Forest | lightgbm.Booster | None, dict[str, Any]]:
    """The booster of an effect where it has one, and the rest of it."""
    if isinstance(effect, Even):
        return None, {"level": effect.level}
    if isinstance(effect, Condensed):
        return effect.trees, {"weights": effect.weights.tolist()}
    if isinstance(effect, Trees):
        return effect.booster, {"scale": effect.scale, "added": effect.level}
    raise TypeError(f"an effect cannot be kept as a {type(effect).__name__}")


def _read(folder: Path, name: str, told: Mapping[str, Any]) -> Effect:
    if "level" in told:
        return Even(float(told["level"]))
    booster = _booster(folder, name)
    if "weights" in told:
        return Condensed(booster, np.array(told["weights"], np.float64))
    return Trees(booster, float(told.get("scale", 1.0)), float(told.get("added", 0.0)))


def _booster(folder: Path, name: str) -> Forest:
    return Forest((folder / f"{name}.txt").read_text(encoding="utf-8"))


def _spelled(encoding: Encoding) -> dict[str, Any]:
    categories = {name: list(values) for name, values in encoding.categories.items()}
    return {"features": [list(item) for item in encoding.features], "categories": categories}


def _understood(document: Mapping[str, Any]) -> Encoding:
    features = tuple((str(name), str(dtype)) for name, dtype in document["features"])
    return Encoding(features, {name: tuple(values) for name, values in document["categories"].items()})
