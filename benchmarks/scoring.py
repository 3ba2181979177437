"""From state to decision: features, every objective's scores, and what to do, with tiny models of random labels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from benchmarks.harness.events import START, random_events
from benchmarks.transform import _best
from features.configuration import Configuration, load
from features.history import states_at
from features.products import expand
from features.value import value_at
from leads.arbitration.decisions import Decisions, arbitrate
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from models.calibrator import IDENTITY
from models.encoding import encoding_of
from models.forest import Forest
from models.manifest import Manifest, Tiers, Window
from models.scoring import score_sheet
from training.data.dataset import model_features

SIZE = 100_000
NOW = START + timedelta(days=366, hours=2)
_TRAINED_ON = 1_000
_ROUNDS = 100
_REPEATS = {1: 200, 1_000: 20}


def run(size: int = SIZE) -> dict[str, Any]:
    """Milliseconds to score and decide for 1, 1,000 and `size` customers of the insurer, and for each step."""
    configuration = load("insurer")
    profile, states = _customers(configuration, size, np.random.default_rng(7))
    bundles = random_bundles(configuration, profile.part(0, _TRAINED_ON), *(state[:_TRAINED_ON] for state in states))
    figures: dict[str, Any] = {"features": len(configuration.layout.schema), "objectives": len(bundles)}
    for rows in sorted({1, min(1_000, size), size}):
        part = profile.part(0, rows), states[0][:rows], states[1][:rows]
        figures |= _figures(configuration, bundles, *part, _REPEATS.get(rows, 3))
    return figures


def _figures(
    configuration: Configuration, bundles: Mapping[str, Bundle], profile: Sheet, interactions: np.ndarray,
    standing: np.ndarray, repeats: int,
) -> dict[str, float]:  # fmt: skip
    layout, catalogue = configuration.layout, configuration.catalogue

    def features() -> Sheet:
        return value_at(layout, profile, interactions, standing, NOW)

    def whole() -> Decisions:
        return arbitrate(score_sheet(bundles, layout, features()), catalogue, NOW)

    sheet, decisions = features(), whole()
    scored = score_sheet(bundles, layout, sheet)
    size = len(profile)
    return {
        f"whole_{size}_ms": _best(whole, repeats),
        f"value_at_{size}_ms": _best(features, repeats),
        f"score_sheet_{size}_ms": _best(lambda: score_sheet(bundles, layout, sheet), repeats),
        f"decide_{size}_ms": _best(lambda: arbitrate(scored, catalogue, NOW), repeats),
        f"offered_{size}": int((decisions.order[:, 0] >= 0).sum()),
    }


def _customers(
    configuration: Configuration, size: int, rng: np.random.Generator
) -> tuple[Sheet, tuple[np.ndarray, np.ndarray]]:
    """Profiles with tags at random and states after five events each; the first customer holds a policy."""
    workspace, layout = configuration.workspace, configuration.layout
    events = random_events(workspace, size * 5, size, rng)
    holder = events.filter(pl.col("type") == "policy.purchased")["customer_id"].head(1)
    everyone = pl.Series("customer_id", [f"C{i}" for i in range(size)])
    ids = pl.concat([holder, everyone]).unique(maintain_order=True)
    columns = [ids]
    for name, dtype in layout.profile.items():
        tag = workspace.tags.get(name)
        options = list(tag.values) if tag and tag.values else [True, False]
        if dtype == pl.Float64:
            columns.append(pl.Series(name, rng.gamma(2.0, 10.0, size)))
        else:
            columns.append(pl.Series(name, np.array(options)[rng.integers(0, len(options), size)], dtype=dtype))
    states = tuple(states_at(workspace, view, ids, events) for view in (layout.interactions, layout.standing))
    return Sheet.of(pl.DataFrame(columns[1:])), (states[0], states[1])


def random_bundles(
    configuration: Configuration, profile: Sheet, interactions: np.ndarray, standing: np.ndarray
) -> dict[str, Bundle]:
    """A model per objective over all features it may read, trained on random labels of these customers."""
    sheet = value_at(configuration.layout, profile, interactions, standing, NOW)
    rng = np.random.default_rng(7)
    return {name: _bundle(configuration, name, sheet, rng) for name in configuration.workspace.objectives}


def _bundle(configuration: Configuration, name: str, sheet: Sheet, rng: np.random.Generator) -> Bundle:
    objective, workspace = configuration.workspace.objectives[name], configuration.workspace
    rows = expand(configuration.layout, sheet, objective.product, objective.products)
    names = model_features(configuration, objective)
    encoding = encoding_of(rows.frame(), names, workspace.categories)
    data = lightgbm.Dataset(
        encoding.matrix(rows), rng.integers(0, 2, len(rows)), categorical_feature=encoding.category_positions
    )
    model = lightgbm.train(
        {"objective": "binary", "num_leaves": 15, "verbosity": -1, "num_threads": 2, "seed": 7}, data, 100
    )
    past = datetime(2025, 1, 1, tzinfo=UTC)
    manifest = Manifest(
        objective=name, version="1", product=objective.product, products=objective.products, encoding=encoding,
        baseline=(), calibrator=IDENTITY, baseline_calibrator=IDENTITY, tiers=Tiers(0.5, 0.2, 0.1),
        data_window=Window(past, past, past), metrics={}, workspace=workspace.digest, created_at=past,
    )  # fmt: skip
    forest = Forest(model.model_to_string())
    return Bundle(Path(), manifest, forest, forest, 2)
