"""Whether answers are worse than they should be: a model is missing, events wait too long, or tags are old."""

from __future__ import annotations

from datetime import timedelta

from serving.scoring.freshness import Freshness
from serving.scoring.models import Models
from serving.scoring.scorer import FeatureAge


class Degradation:
    """profile_bound: tags older than this are too old; None accepts any age."""

    def __init__(self, models: Models, freshness: Freshness, profile_bound: timedelta | None) -> None:
        self._models = models
        self._freshness = freshness
        self._profile_bound = profile_bound

    def everywhere(self) -> bool:
        """Whether every answer is: a model is missing, or events wait too long."""
        return not self._models.complete or self._freshness.late()

    def too_old(self, age: FeatureAge) -> bool:
        """Whether a customer's tags are older than the declared bound, where there is one."""
        told = age["profile"]
        return self._profile_bound is not None and (told is None or told > self._profile_bound.total_seconds())
