"""Learners: ways to turn a campaign into what contact adds to each one's probability of success.

S, T and X: Künzel, Sekhon, Bickel & Yu 2019, PNAS 116. DR: Kennedy 2023, Electronic Journal of Statistics 17. R: Nie &
Wager 2021, Biometrika 108. All on LightGBM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from models.calibrator import Floats
from models.encoding import Matrix
from training.uplift.groundwork import Groundwork

Said = Callable[[Matrix], Floats]
"""(n,) what contact adds to the probability of rows of the matrix, as a share of 1."""


def s_learner(ground: Groundwork) -> Said:
    """One model that reads contact beside the features; asked with and without."""
    campaign = ground.campaign
    model = ground.outcome(_with(campaign.matrix, campaign.treated), campaign)
    return lambda matrix: _told(model, _with(matrix, 1.0)) - _told(model, _with(matrix, 0.0))


def t_learner(ground: Groundwork) -> Said:
    """A model of those contacted less one of those left alone."""
    alone, reached = ground.arms
    return lambda matrix: _told(reached, matrix) - _told(alone, matrix)


def x_learner(ground: Groundwork) -> Said:
    """What each got beyond what the other group lets expect, learned in either group; mixed by the share contacted."""
    campaign = ground.campaign
    alone, reached = ground.expected
    given = campaign.treated > 0
    of_reached = ground.effect((campaign.label - alone)[given], campaign.weight[given], campaign.where(given))
    of_alone = ground.effect((reached - campaign.label)[~given], campaign.weight[~given], campaign.where(~given))
    share = float(np.average(campaign.treated, weights=campaign.weight))
    return lambda matrix: share * _told(of_alone, matrix) + (1 - share) * _told(of_reached, matrix)


def dr_learner(ground: Groundwork) -> Said:
    """Learned from doubly robust estimates of each one's effect."""
    model = ground.effect(ground.doubly, ground.campaign.weight)
    return lambda matrix: _told(model, matrix)


def r_learner(ground: Groundwork) -> Said:
    """What goes beyond expectation, per contact beyond expectation, weighted by the square of that."""
    campaign, chance = ground.campaign, ground.chance
    alone, reached = ground.expected
    beyond = campaign.treated - chance
    target = (campaign.label - chance * reached - (1 - chance) * alone) / beyond
    model = ground.effect(target, campaign.weight * beyond**2)
    return lambda matrix: _told(model, matrix)


LEARNERS: Mapping[str, Callable[[Groundwork], Said]] = {
    "s": s_learner, "t": t_learner, "x": x_learner, "dr": dr_learner, "r": r_learner,
}  # fmt: skip

BLEND = "blend"
"""The mean of what all of them say."""


def fitted(ground: Groundwork) -> dict[str, Said]:
    """All learners on one groundwork, and their blend."""
    found = {name: learner(ground) for name, learner in LEARNERS.items()}
    return found | {BLEND: lambda matrix: np.asarray(np.mean([said(matrix) for said in found.values()], axis=0))}


def _told(model: object, matrix: Matrix) -> Floats:
    return np.asarray(model.predict(matrix, num_threads=1), np.float64)  # type: ignore[attr-defined]


def _with(matrix: Matrix, given: Floats | float) -> Matrix:
    column = np.broadcast_to(np.asarray(given, np.float32), (len(matrix),))
    return np.column_stack([matrix, column]).astype(np.float32)
