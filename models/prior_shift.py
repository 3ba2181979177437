"""Where the rate of success stands beside what a model says, by the outcomes that are known: part of a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from leads.configuration.objective import Prior
from models.calibrator import Floats


@dataclass(frozen=True)
class PriorShift:
    """What is believed of the shift of log-odds at a time: the sum of parts, one for each half-life of the prior.

    means: (parts,). covariance: (parts, parts).
    """

    at: datetime
    means: Floats
    covariance: Floats

    @property
    def mean(self) -> float:
        return float(self.means.sum())

    @property
    def variance(self) -> float:
        return float(self.covariance.sum())

    def later(self, prior: Prior, at: datetime) -> PriorShift:
        """As it is at that time, with nothing learned in between: drawn towards 0, and less sure.

        Stationary Ornstein-Uhlenbeck processes: after its half-life half of a departure is left.
        """
        past = max(at - self.at, timedelta())
        left = np.array([0.5 ** (past / half_life) for half_life in prior.half_lives])
        news = np.diag(prior.spread**2 * (1 - left**2))
        return PriorShift(at, self.means * left, self.covariance * np.outer(left, left) + news)

    def updated(self, mean: float, variance: float) -> PriorShift:
        """With their sum now known so well; each part takes its share of what that says."""
        share = self.covariance.sum(axis=1) / self.variance
        less = np.outer(share, share) * (self.variance - variance)
        return PriorShift(self.at, self.means + share * (mean - self.mean), self.covariance - less)

    @property
    def document(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "means": self.means.tolist(), "covariance": self.covariance.tolist()}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> PriorShift:
        """From its document. Raises KeyError, TypeError and ValueError where that is none."""
        at = datetime.fromisoformat(document["at"])
        if at.tzinfo is None:
            raise ValueError(f"time {document['at']!r} has no offset")
        means, covariance = (np.array(document[name], np.float64) for name in ("means", "covariance"))
        if covariance.shape != (len(means), len(means)):
            raise ValueError("covariance is not that of the means")
        return cls(at, means, covariance)


def unknown(prior: Prior, at: datetime) -> PriorShift:
    """Before any outcome is known."""
    parts = len(prior.half_lives)
    return PriorShift(at, np.zeros(parts), np.eye(parts) * prior.spread**2)
