"""What each trial tells of an effect: how contact and success went together, beyond what was known of either.

At every time of the wait, contact less its hazard h(t, x), times success less what those who still wait let expect,
m(t, x). Its mean is zero without an effect if either of the two is right, and their errors only count multiplied by
each other (doubly robust: Robins 1994 on g-estimation; orthogonal: Chernozhukov et al. 2018, Econometrics Journal 21).
What an effect of one would bring to it is its information, h(1 − p) with p(t, x) the chance of contact later on.

Each trial's h, m and p are by models of other customers of its own half: what one half has learned of effects is judged
on the other, and neither customers nor errors are common to both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.calibrator import Floats
from models.encoding import Matrix
from training.contact.waiting import Spells, Waiting

if TYPE_CHECKING:
    import lightgbm

EDGE = 0.02
"""Least chance of contact and of none at which a trial tells."""

LEAST = 0.002
"""Least m(1 − m) that an effect on log-odds is taken to have room in."""

ROUNDS = 80
MOST = 20.0
"""Contacts to expect in a spell, at most; whoever has so many to expect is contacted at once."""

SMALL: Mapping[str, Any] = {
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}
"""Of all trees that are grown on trials."""

_TREES: Mapping[str, Any] = {
    **SMALL, "learning_rate": 0.1, "num_leaves": 7, "min_child_samples": 50, "feature_fraction": 0.7,
}  # fmt: skip


@dataclass(frozen=True)
class Scores:
    """n trials. gain: what contact brought about beyond expectation. information: by how much an effect of 1 on the
    probability would raise it; leverage: an effect of 1 on the log-odds. All are 0 where it was clear from the start
    whether there would be contact.
    """

    gain: Floats
    information: Floats
    leverage: Floats

    def where(self, rows: NDArray[np.bool_]) -> Scores:
        """Some of the trials."""
        return Scores(self.gain[rows], self.information[rows], self.leverage[rows])

    @property
    def open(self) -> NDArray[np.bool_]:
        """(n,) where contact was neither sure nor out of the question."""
        return self.information > 0


def scored(
    matrix: Matrix, waiting: Waiting, label: Floats, weight: Floats, part: NDArray[np.intp], half: NDArray[np.intp],
    categories: list[int], seed: int, threads: int = 1,
) -> Scores:  # fmt: skip
    """Of each trial, by what the others of its half let expect, those of its own part left out."""
    out = np.zeros((3, len(label)))
    for number in np.unique(half):
        rows = half == number
        crossing = _Crossing(matrix[rows], label[rows], weight[rows], part[rows], categories, seed, threads)
        out[:, rows] = crossing.scores(waiting.where(rows))
    return Scores(*out)


@dataclass(frozen=True)
class _Crossing:
    """The trials of a half."""

    matrix: Matrix
    label: Floats
    weight: Floats
    part: NDArray[np.intp]
    categories: list[int]
    seed: int
    threads: int

    def scores(self, waiting: Waiting) -> Floats:
        """(3, n) gain, information and leverage."""
        spells = waiting.spells(self.weight)
        hazard, success, contact = self._expected(spells, waiting.group, waiting.treated)
        # What is to be expected changes while they wait; hazard is met on average halfway.
        then, halfway = (success[0] + share * (success[1] - success[0]) for share in (spells.waited, spells.waited / 2))
        room, label = hazard * (1 - contact), self.label[spells.row]
        gain = spells.contacted * (label - then) - hazard * (label - halfway)
        sides = (gain, room, room * np.maximum(halfway * (1 - halfway), LEAST))
        summed = np.stack([np.bincount(spells.row, side, len(self.label)) for side in sides])
        chance = contact[: len(self.label)]
        return np.where((chance > EDGE) & (chance < 1 - EDGE), summed, 0.0)

    def _expected(self, spells: Spells, group: NDArray[np.intp], treated: Floats) -> tuple[Floats, Floats, Floats]:
        """(m,) the contacts to expect in each spell, (2, m) the chance of success of who waits at its beginning and at
        its end, and (m,) that of contact from its beginning on.
        """
        row = spells.row
        matrix = np.hstack([self.matrix[row], np.column_stack([group[row], spells.piece]).astype(np.float32)])
        hazard, success, contact = np.zeros(len(row)), np.zeros((2, len(row))), np.zeros(len(row))
        weight, exposure = self.weight[row], np.log(np.maximum(spells.exposure, 1e-9))
        for number in np.unique(self.part):
            inside = self.part[row] == number
            apart, held, next_ = ~inside, matrix[inside], matrix[inside]
            next_[:, -1] += 1
            data = self._data(matrix[apart], weight[apart])
            outcome = self._trained("cross_entropy", data, self.label[row][apart])
            success[:, inside] = outcome.predict(held), outcome.predict(next_)
            contact[inside] = self._trained("cross_entropy", data, treated[row][apart]).predict(held)
            data.set_init_score(exposure[apart])
            pace = self._trained("poisson", data, spells.contacted[apart]).predict(held, raw_score=True)
            hazard[inside] = np.minimum(np.exp(np.asarray(pace) + exposure[inside]), MOST)
        return hazard, success, contact

    def _data(self, matrix: Matrix, weight: Floats) -> lightgbm.Dataset:
        import lightgbm

        return lightgbm.Dataset(
            matrix, np.zeros(len(matrix)), weight=weight, categorical_feature=self.categories,
            params={"verbosity": -1, "max_bin": SMALL["max_bin"], "feature_pre_filter": False}, free_raw_data=False,
        )  # fmt: skip

    def _trained(self, kind: str, data: lightgbm.Dataset, target: Floats) -> lightgbm.Booster:
        import lightgbm

        parameters = dict(_TREES) | {"objective": kind, "seed": self.seed, "num_threads": self.threads}
        return lightgbm.train(parameters, data.set_label(target), ROUNDS)
