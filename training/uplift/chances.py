"""Chances of contact: a coin that was tossed for everybody, or what the features tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats
from training.contact.uplift import crossed
from training.ranking import Ranked, interval
from training.uplift.campaign import Campaign

EDGE = 0.05
"""Least chance of contact, and of none, that is taken to be true: a rarer case would count too much."""


@dataclass(frozen=True)
class Chances:
    """of: (n,) chance of contact for each row. auc: how well the features tell who was contacted, with its interval."""

    of: Floats
    auc: float
    auc_interval: list[float] | None

    @property
    def document(self) -> dict[str, Any]:
        """For JSON: `tossed, auc, auc_interval`."""
        return {"tossed": self.tossed, "auc": self.auc, "auc_interval": self.auc_interval}

    @property
    def tossed(self) -> bool:
        """Whether nothing tells who was contacted."""
        return self.auc_interval is None or self.auc_interval[0] <= 0.5


def chances(campaign: Campaign, fold: NDArray[np.intp], seed: int, threads: int = 1) -> Chances:
    """Each row's by a model of the other folds, or the same for all where that tells no more than chance."""
    told = crossed(
        campaign.matrix, {"contact": campaign.treated}, campaign.weight, fold, campaign.categories, seed, threads
    )["contact"]
    ranked = Ranked.of(campaign.treated, told, campaign.weight)
    drawn = ranked.resampled(np.random.default_rng(seed), customer=campaign.customer)[0]
    found = Chances(np.clip(told, EDGE, 1 - EDGE), ranked.measures()[0], interval(drawn))
    if not found.tossed:
        return found
    share = float(np.average(campaign.treated, weights=campaign.weight))
    return Chances(np.full(len(campaign), share), found.auc, found.auc_interval)
