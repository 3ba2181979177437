"""Calibration: said and found rates by bins of probability, each with its interval."""

from __future__ import annotations

import polars as pl

from models.bundle import Bundle
from monitoring.performance.answer import Bin, Calibration
from monitoring.statistics.intervals import wilson
from training.metrics import ece, reliability

LEAST = 200
"""Labelled rows since training from which on they tell of calibration, in place of those kept back in training."""


def calibration(bundle: Bundle, since: pl.DataFrame) -> Calibration | None:
    """Of the labels since training (`label, probability`) where they are enough, else of the rows that the shipped
    calibrator was judged on; None where neither is there.
    """
    if len(since) >= LEAST:
        return _of("since", since.with_columns(weight=pl.lit(1.0)))
    held = bundle.holdout()
    if "shipped" not in held.columns:
        return None
    kept = held.filter(pl.col("shipped").is_not_null())
    rows = kept.select("label", pl.col("shipped").alias("probability"), pl.col("shipped_weight").alias("weight"))
    return _of("training", rows) if len(rows) else None


def _of(source: str, rows: pl.DataFrame) -> Calibration:
    label, probability, weight = (rows[name].to_numpy() for name in ("label", "probability", "weight"))
    bins = [_bin(*each) for each in zip(*reliability(label, probability, weight), strict=True)]
    return {
        "source": "since" if source == "since" else "training",
        "rows": len(rows),
        "error": round(ece(label, probability, weight), 5),
        "bins": bins,
    }


def _bin(said: float, found: float, mass: float) -> Bin:
    low, high = wilson(found * mass, max(round(mass), 1))
    return {"said": float(said), "found": float(found), "low": low, "high": high, "rows": float(mass)}
