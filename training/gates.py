"""Gates: what a model must show on rows it has not seen before it may become the champion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from leads.configuration.objective import Objective
from models.bundle import Bundle
from training.data.proof import rarer
from training.data.splits import numbered
from training.metrics import ece, miscalibration
from training.ranking import auc_gain

_RELATIVE = 0.5
"""Calibration error allowed at most, as a share of the base rate: of rare outcomes few successes tell, so it must be
beyond that by more than chance (one-sided, 95%).
"""

_CHANCE = 1.645

_COMPARABLE = 20
"""Cases of the rarer class that a comparison with the champion needs."""

KEYS = ["customer_id", "at", "product"]


@dataclass(frozen=True)
class Check:
    """One named check: the value found, the bound it was held against, and whether it passed. comparison: it asks only
    whether the present champion does better.
    """

    name: str
    value: float | None
    bound: float | None
    passed: bool
    note: str = ""
    comparison: bool = False


def checks(objective: Objective, metrics: dict[str, Any], holdout: pl.DataFrame) -> list[Check]:
    """The checks that need no other model.

    holdout: `customer_id, label, probability, baseline` of rows that the judged model has not seen, and `shipped,
    shipped_weight`, null where the shipped calibrator is not judged, and the weight of the row where it is
    (`data.proof`).
    """
    found = metrics.get("auc")
    if found is None:
        return [Check("auc", None, objective.gate_auc, False, str(metrics.get("note", "")))]
    label, said, static = (holdout[name].to_numpy() for name in ("label", "probability", "baseline"))
    gained = auc_gain(label, said, static, numbered(holdout["customer_id"]))
    return [
        Check("auc", found, objective.gate_auc, bool(found >= objective.gate_auc)),
        _not_worse("not_worse_than_static_tags", objective, *gained),
        _calibrated(objective, holdout),
    ]


def _not_worse(name: str, objective: Objective, gain: float, bounds: list[float] | None, rows: str = "") -> Check:
    """Passes where the lower end of the interval is not below what the objective allows to be lost."""
    least = -objective.gate_margin
    shown = "" if bounds is None else f"gain in AUC, 95% between {bounds[0]:+.4f} and {bounds[1]:+.4f}"
    return Check(name, gain, least, bounds is not None and bounds[0] >= least, rows + shown)


def _calibrated(objective: Objective, holdout: pl.DataFrame) -> Check:
    """Of what ships, on rows of customers that its calibrator has not seen."""
    name, found = "calibration_error", shipped_calibration(holdout)
    if found["error"] is None:
        told = f"only {found['positives']} successes of {found['rows']} rows that its calibrator has not seen: not told"
        return Check(name, None, objective.gate_calibration, True, told)
    relative = _RELATIVE * found["rate"]
    surely = max(found["error"] - _CHANCE * found["standard_error"], 0.0)
    told = (
        f"{found['rows']} rows of {found['customers']} customers that its calibrator has not seen; "
        f"{found['ece']:.4f} with what chance shows, at least {surely:.4f} with 95%"
    )
    passed = found["error"] <= objective.gate_calibration and surely <= relative
    return Check(name, found["error"], min(objective.gate_calibration, relative), bool(passed), told)


def shipped_calibration(holdout: pl.DataFrame) -> dict[str, Any]:
    """What the shipped calibrator came to on the rows that judge it: `rows, positives, customers, rate`, calibration
    error in ten bins (`ece`) and less what chance shows (`error`, with its `standard_error`); null where too few of a
    class are there to tell.
    """
    rows = holdout.filter(pl.col("shipped").is_not_null())
    label, said, weight = (rows[name].to_numpy() for name in ("label", "shipped", "shipped_weight"))
    found: dict[str, Any] = {
        "rows": len(rows), "positives": int(label.sum()), "customers": rows["customer_id"].n_unique(),
        "rate": None, "ece": None, "error": None, "standard_error": None,
    }  # fmt: skip
    if rarer(label) < _COMPARABLE:
        return found
    error, spread = miscalibration(label, said, weight, numbered(rows["customer_id"]))
    rate = float(np.average(label, weights=weight))
    return found | {"rate": rate, "ece": ece(label, said, weight), "error": error, "standard_error": spread}


def against_champion(objective: Objective, champion: Bundle, holdout: pl.DataFrame, rows: pl.DataFrame) -> Check:
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
    if rarer(label) < _COMPARABLE:
        return Check(
            name,
            None,
            -objective.gate_margin,
            True,
            f"only {len(label)} rows that neither model has seen: not compared",
            comparison=True,
        )
    customer = numbered(holdout["customer_id"])[both]
    gained = auc_gain(label, holdout["probability"].to_numpy()[both], known[both], customer)
    return replace(_not_worse(name, objective, *gained, rows=f"{len(label)} rows; "), comparison=True)
