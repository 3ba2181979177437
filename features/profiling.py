"""Profiling: who refused that chances are worked out for them and decide what they are offered (PIPL, article 24)."""

from __future__ import annotations

import numpy as np

from features.consents import column
from leads.configuration.vocabulary import PROFILING
from leads.sheet.sheet import Sheet

PROFILED = column(PROFILING)
"""Of a sheet the column that is 0 for whoever refused that chances are worked out for them."""


def profiled(sheet: Sheet) -> np.ndarray:
    """Who may be scored: everybody who did not refuse; (n,) bool."""
    place = sheet.columns.places.get(PROFILED)
    return np.ones(len(sheet), dtype=bool) if place is None else sheet.values[place] != 0.0
