"""Gates: what a model must show on rows it has not seen before it may become the champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from leads.objective import Objective
from training.bundle import Bundle
from training.calibration import Floats
from training.metrics import ece
from training.ranking import auc_gain

_RELATIVE = 0.5
"""Calibration error allowed as a share of the base rate."""

_ABSOLUTE = 0.05
"""Calibration error allowed at most, chance aside."""

_COMPARABLE = 20
"""Cases of the rarer class that a comparison with the champion needs."""

KEYS = ["customer_id", "at", "product"]


@dataclass(frozen=True)
class Check:
    """One named check: the value found, the bound it was held against, and whether it passed."""

    name: str
    value: float | None
    bound: float | None
    passed: bool
    note: str = ""


def checks(objective: Objective, metrics: dict[str, Any], holdout: pl.DataFrame) -> list[Check]:
    """The checks that need no other model.

    holdout: `label, probability, recalibrated, baseline, weight` of rows that the judged model has not seen.
    The calibration checked is that of a calibrator made like the shipped one, which knows the latest rate.
    """
    found = metrics.get("auc")
    if found is None:
        return [Check("auc", None, objective.gate_auc, False, str(metrics.get("note", "")))]
    label = holdout["label"].to_numpy()
    gain, bounds = auc_gain(label, holdout["probability"].to_numpy(), holdout["baseline"].to_numpy())
    weight = holdout["weight"].to_numpy()
    error = ece(label, holdout["recalibrated"].to_numpy(), weight)
    allowed = _calibration_bound(label, weight)
    return [
        Check("auc", found, objective.gate_auc, bool(found >= objective.gate_auc)),
        Check("not_worse_than_static_tags", gain, 0.0, bounds is None or bounds[1] >= 0, _shown(bounds)),
        Check("calibration_error", error, allowed, bool(error <= allowed)),
    ]


def _calibration_bound(label: Floats, weight: Floats) -> float:
    """What is allowed, and twice what ten bins of so many rows show by chance alone."""
    rate = float(np.average(label, weights=weight))
    effective = weight.sum() ** 2 / (weight**2).sum()
    chance = 0.8 * (rate * (1 - rate) / max(effective / 10, 1)) ** 0.5
    return float(min(_ABSOLUTE, _RELATIVE * rate) + 2 * chance)


def against_champion(champion: Bundle, holdout: pl.DataFrame, rows: pl.DataFrame) -> Check:
    """Not worse than the champion on the same rows, none of which either has seen.

    holdout: keys, `label` and `probability` of the challenger; rows: the features of the same rows. For rows
    of the champion's own holdout its predictions of that time count; of the others only those later than all
    it knew.
    """
    name = f"not_worse_than_champion_{champion.manifest.version}"
    theirs = champion.holdout().select(*KEYS, pl.col("probability").alias("theirs"))
    joined = holdout.join(theirs, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    known = joined["theirs"].to_numpy().copy()
    later = np.isnan(known) & (holdout["at"] > champion.manifest.data_window.observed_until).to_numpy()
    if later.any():
        known[later] = champion.predict(rows.filter(later))
    both = ~np.isnan(known)
    label = holdout["label"].to_numpy()[both]
    if min(label.sum(), len(label) - label.sum()) < _COMPARABLE:
        return Check(name, None, 0.0, True, f"only {len(label)} rows that neither model has seen: not compared")
    gain, bounds = auc_gain(label, holdout["probability"].to_numpy()[both], known[both])
    return Check(name, gain, 0.0, bounds is None or bounds[1] >= 0, f"{len(label)} rows; {_shown(bounds)}")


def _shown(bounds: list[float] | None) -> str:
    return "" if bounds is None else f"gain in AUC, 95% between {bounds[0]:+.4f} and {bounds[1]:+.4f}"
