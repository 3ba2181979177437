"""What contact changes, as it is used: by treatment a change in log-odds, and the base that it moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats
from models.encoding import Matrix
from models.forest import Forest

if TYPE_CHECKING:
    import lightgbm


class Effect(Protocol):
    """What a treatment does to the log-odds of success."""

    def log_odds(self, matrix: Matrix, threads: int = 0) -> Floats:
        """(rows,) for rows of what the effect may depend on."""
        ...


@dataclass(frozen=True)
class Trees:
    """An effect as a boosted forest, so many times (`scale`) what that says, and `level` more for all."""

    booster: Forest | lightgbm.Booster
    scale: float = 1.0
    level: float = 0.0

    def log_odds(self, matrix: Matrix, threads: int = 0) -> Floats:
        """(rows,) for rows of the features it was learned from."""
        found = np.asarray(self.booster.predict(matrix, num_threads=threads), np.float64)
        return found if (self.scale, self.level) == (1.0, 0.0) else self.scale * found + self.level

    def measured(self, slope: float, level: float) -> Trees:
        """So many times as strong, and `level` more for all."""
        return replace(self, scale=self.scale * slope, level=self.level * slope + level)


@dataclass(frozen=True)
class Even:
    """The same for everybody: what contact does on average, where nothing has shown whom it moves more."""

    level: float

    def log_odds(self, matrix: Matrix, threads: int = 0) -> Floats:
        """(rows,) whatever the rows."""
        return np.full(len(matrix), self.level)


@dataclass(frozen=True)
class UpliftModel:
    """base: the probability of success under the contact of the past. effects: by treatment, the change in log-odds."""

    base: Forest | lightgbm.Booster
    effects: Mapping[str, Effect]

    def predict(
        self, matrix: Matrix, telling: Matrix, threads: int = 0, place: NDArray[np.intp] | None = None
    ) -> dict[str, Floats]:
        """What each treatment adds to each row's probability, between −1 and 1.

        place: of each row of the matrix its row in `telling`, the same one by default.
        """
        base = np.asarray(self.base.predict(matrix, num_threads=threads), np.float64)
        room = base * (1 - base)
        log_odds = {name: effect.log_odds(telling, threads) for name, effect in self.effects.items()}
        return {
            name: np.clip(room * (found if place is None else found[place]), -base, 1 - base)
            for name, found in log_odds.items()
        }


@dataclass(frozen=True)
class Condensed:
    """What answers to contact say (`training.contact.response_surrogate`), cheap enough for every row that is scored:
    trees over the tags, and (k,) `weights` of the answers.
    """

    trees: Forest | lightgbm.Booster
    weights: Floats

    def log_odds(self, matrix: Matrix, threads: int = 0) -> Floats:
        """(rows,) for rows of tags and answers."""
        tags, told = matrix[:, : -len(self.weights)], matrix[:, -len(self.weights) :]
        found = np.asarray(self.trees.predict(tags, num_threads=threads), np.float64)
        # Summed one by one: a product of matrices rounds otherwise for one row than for many.
        for answer, weight in enumerate(self.weights):
            found = found + weight * told[:, answer].astype(np.float64)
        return found
