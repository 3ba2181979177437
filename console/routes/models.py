"""Models as they serve, whether their chances come true, and how the service is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
from fastapi import APIRouter, Response

from console.guest import Guest, door
from console.model_charts import Tenth, calibration, lift
from console.pages import Pages
from console.route import PageRoute
from serving.access.act import Act
from serving.http.access import Doorkeeper
from serving.scoring.degradation import Degradation
from serving.scoring.models import Models, ModelState

_SHOWN = ("auc", "average_precision", "lift_at_10pct", "brier", "ece", "baseline_auc")


def router(doorkeeper: Doorkeeper, pages: Pages, models: Models, degradation: Degradation) -> APIRouter:
    """/console/models."""
    routes = APIRouter(route_class=PageRoute, prefix="/console/models")
    reading = door(doorkeeper, Act.READ_MODELS)

    @routes.get("")
    def get_models(guest: Guest = reading) -> Response:
        """The model of each objective."""
        models.look()
        told = [_model(state) for state in models.states]
        return pages.page(guest, "models.html", models=told, late=degradation.everywhere())

    return routes


def _model(state: ModelState) -> dict[str, Any]:
    bundle = state.bundle
    told: dict[str, Any] = {
        "objective": state.objective, "version": state.version, "challenger": state.challenger,
        "problem": state.problem, "manifest": None,
    }  # fmt: skip
    if bundle is None:
        return told
    metrics = bundle.manifest.metrics
    figures = [(name, metrics[name], metrics.get(f"{name}_interval")) for name in _SHOWN if name in metrics]
    tenths, reached = _charts(bundle.folder)
    return told | {
        "manifest": bundle.manifest, "figures": figures, "rows": metrics.get("rows"), "tenths": tenths,
        "reached": reached, "card": (bundle.folder / "card.md").read_text("utf-8"),
    }  # fmt: skip


@lru_cache(maxsize=16)
def _charts(folder: Path) -> tuple[list[Tenth], list[tuple[float, float]]]:
    """Of a version, which never changes once it is there."""
    holdout = pl.read_parquet(folder / "holdout.parquet")
    return calibration(holdout), lift(holdout)
