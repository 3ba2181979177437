"""Pictures of a model for the registry. Figures are drawn without a display and without global state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from training.metrics import reliability

_TOP = 20
"""Features shown."""


def draw(folder: Path, holdout: pl.DataFrame, importance: Sequence[tuple[str, float]]) -> None:
    """Write calibration.png, lift.png and importance.png.

    holdout: `label, probability, weight`. importance: features with their gain, largest first.
    """
    label, probability, weight = (holdout[name].to_numpy() for name in ("label", "probability", "weight"))
    _calibration(folder / "calibration.png", *reliability(label, probability, weight)[:2])
    _lift(folder / "lift.png", label, probability, weight)
    _importance(folder / "importance.png", importance[:_TOP])


def _calibration(path: Path, said: np.ndarray, came: np.ndarray) -> None:
    picture, axes = figure("Said and observed rates, ten bins of equal size")
    most = float(max(said.max(), came.max())) or 1.0
    axes.plot([0, most], [0, most], color="0.7")
    axes.plot(said, came, marker="o")
    axes.set(xlabel="mean probability", ylabel="observed rate")
    picture.savefig(path)


def _lift(path: Path, label: np.ndarray, probability: np.ndarray, weight: np.ndarray) -> None:
    picture, axes = figure("Successes found, by share of customers called best first")
    order = np.argsort(-probability, kind="stable")
    called, found = np.cumsum(weight[order]), np.cumsum((weight * label)[order])
    axes.plot([0, 1], [0, 1], color="0.7")
    axes.plot(called / called[-1], found / max(found[-1], 1e-12))
    axes.set(xlabel="share called", ylabel="share of successes")
    picture.savefig(path)


def _importance(path: Path, importance: Sequence[tuple[str, float]]) -> None:
    picture, axes = figure("What the model reads most (gain)")
    names = [name for name, _ in reversed(importance)]
    axes.barh(names, [gain for _, gain in reversed(importance)])
    picture.savefig(path)


def figure(title: str) -> tuple[Figure, Axes]:
    """An empty picture with its axes."""
    picture = Figure(figsize=(7, 5), layout="constrained")
    FigureCanvasAgg(picture)
    axes = picture.add_subplot()
    axes.set_title(title)
    return picture, axes
