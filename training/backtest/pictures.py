"""Pictures of a backtest: how methods compare window by window, and how much of all successes a list finds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.calibrator import Floats
from training.metrics import reliability
from training.plots import figure

_FIGURES = {"auc": "AUC", "average_precision": "average precision", "ece": "calibration error"}


def draw(folder: Path, document: Mapping[str, Any], predictions: pl.DataFrame) -> list[Path]:
    """Write auc.png, average_precision.png, ece.png, found.png and calibration.png; their paths."""
    paths = [_by_window(folder / f"{name}.png", document, name, title) for name, title in _FIGURES.items()]
    methods = list(document["overall"]["methods"])
    label, weight = (predictions[name].to_numpy() for name in ("label", "weight"))
    said = {name: predictions[name].to_numpy() for name in methods}
    paths.append(_found(folder / "found.png", label, weight, said))
    paths.append(_calibration(folder / "calibration.png", label, weight, said["model"]))
    return paths


def _by_window(path: Path, document: Mapping[str, Any], name: str, title: str) -> Path:
    picture, axes = figure(f"{title} by window, 95% intervals")
    windows = document["windows"]
    methods = list(document["overall"]["methods"])
    for place, method in enumerate(methods):
        told = [window["methods"][method] for window in windows]
        known = [(number, item) for number, item in enumerate(told, start=1) if item[name] is not None]
        if not known:
            continue
        x = np.array([number for number, _ in known]) + (place - len(methods) / 2) * 0.08
        y = np.array([item[name] for _, item in known])
        bounds = np.array([item[f"{name}_interval"] or [item[name]] * 2 for _, item in known]).T
        axes.errorbar(x, y, yerr=np.maximum(np.abs(bounds - y), 0.0), fmt="o", capsize=2, label=method)
    axes.set_xticks(range(1, len(windows) + 1), [f"{window['from']:%Y-%m-%d}" for window in windows])
    axes.legend(fontsize=7)
    picture.savefig(path)
    return path


def _found(path: Path, label: Floats, weight: Floats, said: Mapping[str, Floats]) -> Path:
    picture, axes = figure("Successes found, by share of customers called best first")
    axes.plot([0, 1], [0, 1], color="0.7")
    for name, probability in said.items():
        order = np.argsort(-probability, kind="stable")
        called, found = np.cumsum(weight[order]), np.cumsum((weight * label)[order])
        axes.plot(called / called[-1], found / max(float(found[-1]), 1e-12), label=name)
    axes.set(xlabel="share called", ylabel="share of successes")
    axes.legend(fontsize=7)
    picture.savefig(path)
    return path


def _calibration(path: Path, label: Floats, weight: Floats, probability: Floats) -> Path:
    picture, axes = figure("Said and observed rates, ten bins of equal size")
    said, came, _ = reliability(label, probability, weight)
    most = float(max(said.max(), came.max())) or 1.0
    axes.plot([0, most], [0, most], color="0.7")
    axes.plot(said, came, marker="o")
    axes.set(xlabel="mean probability", ylabel="observed rate")
    picture.savefig(path)
    return path
