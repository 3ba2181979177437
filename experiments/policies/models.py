"""What the product learns from the past of a world, before any of its policies acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from experiments.policies.scores import Scoring, sheet_of
from features.configuration import Configuration, checked, load
from features.home import Home
from features.layout import FeatureLayout
from features.onboarding import import_into
from features.products import expansion
from leads.history import History
from leads.sheet.columns import NUMBER
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from models.scoring import objective_of, score_sheet, scored_rows
from serving.scoring.scorer import scored_sheet
from training.contact.uplift_training import Benefits
from training.registry import Registry
from training.train import train

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Learned:
    """Champions of every objective, with the effects of contact that proved themselves."""

    configuration: Configuration
    bundles: Mapping[str, Bundle]

    @property
    def score_columns(self) -> list[str]:
        """Columns of a scored frame."""
        return [column for name in self.bundles for column in self._objective(name).score_columns]

    @property
    def effects(self) -> bool:
        """Whether some effect of contact has proven itself."""
        return any(bundle.effects is not None for bundle in self.bundles.values())

    @property
    def hints(self) -> bool:
        """Whether trials hint at some effect that is not proven."""
        return any(bundle.hints is not None for bundle in self.bundles.values())

    @property
    def toll_columns(self) -> list[str]:
        """Columns of what contact takes."""
        return list(self.configuration.catalogue.effects.tolls)

    @property
    def effect_columns(self) -> list[str]:
        """Columns of effects, as the catalogue that counts changes reads them."""
        return self.configuration.effect_columns

    def static(self) -> Scoring:
        """Scores by the models that know static tags only."""
        return partial(_scored, partial(_baseline, self.bundles, self.configuration.layout))

    def full(self) -> Scoring:
        """Scores by the champions."""
        return partial(_scored, partial(score_sheet, self.bundles, self.configuration.layout))

    def with_effects(self) -> Scoring:
        """Scores by the champions, and what contact changes."""
        return partial(_scored, partial(scored_sheet, self.bundles, self.configuration))

    def metrics(self) -> dict[str, Any]:
        """AUC of each champion, and what was found of contact on customers kept back."""
        return {
            name: {
                "auc": bundle.manifest.metrics.get("auc"),
                "effects": dict(bundle.manifest.uplift),
                "toll": None if bundle.manifest.toll is None else bundle.manifest.toll.document,
            }
            for name, bundle in self.bundles.items()
        }

    def _objective(self, name: str) -> Any:
        return self.configuration.objective(name)


def learn(folder: Path, history: History, seed: int, tell: Tell) -> Learned:
    """Import the history into a home and train all objectives with the product's own training.

    The models are used whatever the gates say, as they are what there is; effects of contact only where they proved
    themselves, as in the service.
    """
    configuration = load("insurer")
    tell("importing the past")
    home, _ = import_into(configuration, folder, checked(configuration.workspace, history))
    benefits = Benefits(home, seed=seed)
    for name in configuration.workspace.objectives:
        tell(f"training {name}")
        found = train(home, name, seed=seed, benefits=benefits)
        Registry(home).promote(name, found.version)
    return opened(home)


def opened(home: Home) -> Learned:
    """The models of a home."""
    names = list(home.configuration.workspace.objectives)
    registry, digest = Registry(home), home.configuration.workspace.digest
    return Learned(home.configuration, {name: registry.require_champion(name, digest, threads=1) for name in names})


def _scored(work: Callable[[Sheet], Sheet], frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the columns that scoring adds."""
    sheet = work(sheet_of(frame))
    return frame.hstack(sheet.frame([name for name in sheet.columns.names if name not in frame.columns]))


def _baseline(bundles: Mapping[str, Bundle], layout: FeatureLayout, sheet: Sheet) -> Sheet:
    """The sheet with scores by static tags alone."""
    names: list[str] = []
    scores: list[np.ndarray] = [np.empty((0, len(sheet)))]
    for name, bundle in bundles.items():
        objective = objective_of(layout, name)
        rows = expansion(layout, sheet, objective.product, objective.products)
        chosen = np.flatnonzero(scored_rows(objective, rows))
        flat = np.full(len(sheet) * len(objective.score_columns), np.nan)
        flat[chosen] = bundle.baseline(rows.whole().taken(chosen))
        names += objective.score_columns
        scores.append(flat.reshape(len(sheet), -1).T)
    return sheet.plus(dict.fromkeys(names, NUMBER), np.vstack(scores))
