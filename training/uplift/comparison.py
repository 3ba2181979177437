"""Learners compared: each predicts rows that it has not seen, in several divisions, and the same with contact dealt out
anew, which tells what chance makes look like an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.calibrator import Floats
from models.encoding import Matrix
from training.ranking import RESAMPLES, interval
from training.uplift.campaign import Campaign
from training.uplift.chances import Chances, chances
from training.uplift.curves import TOP, Figures, draws, figures
from training.uplift.groundwork import Groundwork
from training.uplift.learners import Said, fitted
from training.uplift.power import rows_needed

FIGURES = ("top", "gain", "auuc", "qini")
"""Told of each learner, beside the average effect on all."""

Step = Callable[[float], None]
"""Is told the share of the work that is done."""


@dataclass(frozen=True)
class Design:
    """How learners are compared. folds: parts, of which each is predicted by learners of the others. divisions: how
    often rows are divided anew; figures are their mean. placebos: how often contact is dealt out anew.
    """

    folds: int = 5
    divisions: int = 2
    placebos: int = 5
    seed: int = 7
    threads: int = 1


@dataclass(frozen=True)
class Comparison:
    """What was found. drawn: by learner its figures over resamples of customers. placebos: by learner its gain in each
    campaign with contact dealt out anew.
    """

    campaign: Campaign
    chances: Chances
    design: Design
    drawn: Mapping[str, Figures]
    placebos: Mapping[str, Floats]

    @cached_property
    def best(self) -> str:
        """The learner of the largest Qini coefficient."""
        return max(self.drawn, key=lambda name: float(self.drawn[name]["qini"][0]))

    @property
    def average(self) -> Floats:
        """(1 + resamples,) the effect on all."""
        return self.drawn[self.best]["average"]

    @property
    def document(self) -> dict[str, Any]:
        """For JSON: `rows, contacted, successes`, the `average` effect, `contact` (whether it was tossed for), and by
        learner its figures with 95% intervals, how far its Qini is behind the best one's, its `placebo` and how many
        rows its gain asks for (`rows_needed`).
        """
        rows = self.campaign
        return {
            "rows": len(rows), "contacted": int(rows.treated.sum()), "successes": int(rows.label.sum()), "top": TOP,
            **_told("average", self.average), "rows_needed": rows_needed(self.average, len(rows)),
            "contact": self.chances.document,
            "folds": self.design.folds, "divisions": self.design.divisions, "seed": self.design.seed,
            "best": self.best, "learners": {name: self._learner(name) for name in self.drawn},
        }  # fmt: skip

    def _learner(self, name: str) -> dict[str, Any]:
        found, placebo = self.drawn[name], self.placebos[name]
        told: dict[str, Any] = {key: value for figure in FIGURES for key, value in _told(figure, found[figure]).items()}
        behind = _told("behind", self.drawn[self.best]["qini"] - found["qini"])
        told["rows_needed"] = rows_needed(found["gain"], len(self.campaign))
        mean = float(placebo.mean()) if len(placebo) else None
        return told | behind | {"placebo": {"gains": placebo.tolist(), "mean": mean}}

    def said(self) -> Said:
        """The best learner, learned from all rows."""
        return fitted(Groundwork(self.campaign, self.chances.of, self.design.seed, self.design.threads))[self.best]


def compare(campaign: Campaign, design: Design, step: Step | None = None) -> Comparison:
    """Compare the learners on a campaign."""
    known = chances(campaign, campaign.folds(design.folds, design.seed), design.seed, design.threads)
    drawn = draws(campaign, RESAMPLES, design.seed)
    work, tell = design.divisions + design.placebos, step or (lambda share: None)
    parts: list[Mapping[str, Figures]] = []
    for number in range(design.divisions):
        said = predicted(campaign, known.of, design, design.seed + number)
        parts.append({name: figures(campaign, known.of, one, drawn, design.seed) for name, one in said.items()})
        tell((number + 1) / work)
    gains: dict[str, list[float]] = {name: [] for name in parts[0]}
    for number in range(design.placebos):
        for name, gain in _placebo(campaign, design, number).items():
            gains[name].append(gain)
        tell((design.divisions + number + 1) / work)
    means = {
        name: {key: np.mean([part[name][key] for part in parts], axis=0) for key in parts[0][name]} for name in gains
    }
    return Comparison(campaign, known, design, means, {name: np.array(found) for name, found in gains.items()})


def predicted(campaign: Campaign, chance: Floats, design: Design, seed: int) -> dict[str, Floats]:
    """What each learner says of each row, learned from the rows of other customers."""
    fold = campaign.folds(design.folds, seed)
    found: dict[str, Floats] = {}
    for number in range(design.folds):
        inside = fold == number
        ground = Groundwork(campaign.where(~inside), chance[~inside], design.seed, design.threads)
        for name, said in fitted(ground).items():
            found.setdefault(name, np.zeros(len(fold)))[inside] = _ranked(said, campaign.matrix[inside])
    return found


def _ranked(said: Said, matrix: Matrix) -> Floats:
    """(n,) from 0 to 1 in the order of what is said: learners of different folds are not on one scale."""
    told = said(matrix)
    ordered = np.sort(told)
    places = np.searchsorted(ordered, told, "left") + np.searchsorted(ordered, told, "right")
    return np.asarray(places / (2 * len(told)), np.float64)


def _placebo(campaign: Campaign, design: Design, number: int) -> dict[str, float]:
    """By learner the gain that it finds where there is none to be found."""
    seed = design.seed + 1_000 + number
    dealt = campaign.dealt_anew(np.random.default_rng(seed))
    even = np.full(len(dealt), float(np.average(dealt.treated, weights=dealt.weight)))
    once = np.ones((1, len(dealt)), np.int16)
    said = predicted(dealt, even, design, seed)
    return {name: float(figures(dealt, even, one, once, seed)["gain"][0]) for name, one in said.items()}


def _told(name: str, values: Floats) -> dict[str, Any]:
    return {name: float(values[0]), f"{name}_interval": interval(values[1:])}
