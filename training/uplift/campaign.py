"""A campaign: whom a contact reached and whom not, what came of it, and what was known of them before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats
from models.encoding import Matrix
from training.contact.trials import Tried
from training.data.splits import numbered


@dataclass(frozen=True)
class Campaign:
    """n rows. treated, label: 1 or 0. weight: rows of the population that each stands for. customer: a number for each
    row's. categories: positions of categories in the matrix.
    """

    matrix: Matrix
    treated: Floats
    label: Floats
    weight: Floats
    customer: NDArray[np.intp]
    categories: list[int]

    @classmethod
    def of(cls, tried: Tried, treatment: str) -> Campaign:
        """The trials of an objective with one treatment."""
        trials = tried.trials(tried.encoding, tried.telling)
        customer = numbered(tried.keys["customer_id"])
        given, places = trials.waiting[treatment].treated, tried.encoding.category_positions
        return cls(trials.matrix, given, trials.label, trials.weight, customer, places)

    def __len__(self) -> int:
        return len(self.label)

    def where(self, rows: NDArray[np.bool_]) -> Campaign:
        """Some of the rows."""
        return replace(
            self, matrix=self.matrix[rows], treated=self.treated[rows], label=self.label[rows],
            weight=self.weight[rows], customer=self.customer[rows],
        )  # fmt: skip

    def dealt_anew(self, rng: np.random.Generator) -> Campaign:
        """The same with contact dealt out anew, as often as before: whatever is then found of its effect is chance."""
        return replace(self, treated=rng.permutation(self.treated))

    def folds(self, count: int, seed: int) -> NDArray[np.intp]:
        """(n,) a fold of each row; rows of one customer share it."""
        people = int(self.customer.max()) + 1
        return (np.random.default_rng(seed).permutation(people) % count)[self.customer].astype(np.intp)
