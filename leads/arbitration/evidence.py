"""Evidence: what came of the actions that were carried out, and how far it moves the models' propensities.

Responses to an action are taken as Poisson with mean `ratio × Σ propensities`, and the ratio as gamma with mean 1
before anything was seen: after `successes` where `expected` were predicted it is gamma with shape `prior + successes`
and rate `prior + expected` (conjugacy; Gelman et al., Bayesian Data Analysis, 2.6). So with little evidence the
models' propensity stands, and with much the observed response does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np

POINTS = 32
"""Equally likely points that stand for the posterior of a ratio."""

_Z = np.array([NormalDist().inv_cdf((i + 0.5) / POINTS) for i in range(POINTS)])


@dataclass(frozen=True)
class Response:
    """What came of one action: how often it was carried out and its time was over, the sum of the propensities that
    were predicted then, and how often it succeeded. What was repeated for a customer who awaited the same event counts
    once, with its mean propensity and success.
    """

    trials: int = 0
    expected: float = 0.0
    successes: float = 0

    def ratio(self, prior: float) -> float:
        """The mean of the posterior: observed over predicted, drawn towards 1.

        >>> Response().ratio(20.0), Response(1000, 20.0, 30).ratio(20.0)
        (1.0, 1.25)
        """
        return (prior + self.successes) / (prior + self.expected)

    def points(self, prior: float) -> np.ndarray:
        """(POINTS,) equally likely values of the ratio, ascending: the quantiles of its gamma posterior by Wilson and
        Hilferty's cube root (PNAS 17, 1931). They are the posterior that is sampled from, so that probabilities of
        choice can be counted exactly.
        """
        shape = prior + self.successes
        cube: np.ndarray = 1.0 - 1.0 / (9.0 * shape) + _Z / (3.0 * np.sqrt(shape))
        return np.asarray(shape * np.maximum(cube, 0.0) ** 3 / (prior + self.expected))


@dataclass(frozen=True, eq=False)
class Evidence:
    """Responses by action; an action that is not there has none."""

    responses: Mapping[str, Response]

    def of(self, action: str) -> Response:
        return self.responses.get(action, Response())

    @cached_property
    def document(self) -> dict[str, dict[str, float]]:
        """As JSON has it."""
        return {name: asdict(response) for name, response in sorted(self.responses.items())}

    @cached_property
    def digest(self) -> str:
        """Names this evidence in decisions."""
        return hashlib.sha256(json.dumps(self.document, sort_keys=True).encode()).hexdigest()

    @classmethod
    def read(cls, document: Mapping[str, Mapping[str, float]]) -> Evidence:
        """From its JSON form."""
        return cls(
            {
                str(name): Response(int(found["trials"]), float(found["expected"]), found["successes"])
                for name, found in document.items()
            }
        )

    def ratios(self, actions: Sequence[str], prior: float) -> np.ndarray:
        """(A,) the mean ratio of each action."""
        return np.array([self.of(action).ratio(prior) for action in actions])


NOTHING = Evidence({})
"""Before anything was carried out."""
