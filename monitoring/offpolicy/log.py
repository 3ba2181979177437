"""A log of decisions as estimators need it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leads.errors import InvalidInput


@dataclass(frozen=True, eq=False)
class Overlap:
    """How far what was logged covers what the target does, known from both policies and not from what was drawn.

    logged, target: (n, K) with which probability either takes each action, doing nothing among them, in each decision.
    """

    logged: np.ndarray
    target: np.ndarray

    @property
    def untried(self) -> float:
        """The share of what the target does that could never have been logged."""
        return float(np.where(self.logged > 0, 0.0, self.target).sum(axis=1).mean())

    def moments(self, clip: float) -> tuple[float, float]:
        """The mean weight and the mean squared weight that are to be expected of a log."""
        weights = np.zeros_like(self.target)
        np.divide(self.target, self.logged, out=weights, where=self.logged > 0)
        weights = np.minimum(weights, clip)
        return float((self.logged * weights).sum(axis=1).mean()), float((self.logged * weights**2).sum(axis=1).mean())


@dataclass(frozen=True, eq=False)
class Log:
    """n decisions that one policy made, and how another would have made them.

    reward: (n,) what came of each. logged: (n,) with which probability the logging policy took the action that it
        took, above 0. target: (n,) with which the target policy would have taken it.
    predicted: (n,) the reward that a model predicts of the action taken. expected: (n,) what it predicts of the
        target policy, its actions weighed by their probabilities. Both 0 where there is no model.
    overlap: None where only the probabilities of what was taken are known; then it is told by what was drawn.
    """

    reward: np.ndarray
    logged: np.ndarray
    target: np.ndarray
    predicted: np.ndarray
    expected: np.ndarray
    overlap: Overlap | None = None

    def __post_init__(self) -> None:
        for name in ("logged", "target", "predicted", "expected"):
            if getattr(self, name).shape != self.reward.shape:
                raise InvalidInput(name, getattr(self, name).shape, f"one per reward, {self.reward.shape}")
        if len(self.reward) < 2:
            raise InvalidInput("reward", len(self.reward), "at least two decisions")
        for name, low in (("logged", np.nextafter(0, 1)), ("target", 0.0)):
            values = getattr(self, name)
            wrong = values[~((values >= low) & (values <= 1 + 1e-9))]
            if len(wrong):
                raise InvalidInput(name, float(wrong[0]), "a probability, above 0 where it was logged")

    @classmethod
    def without_model(cls, reward: np.ndarray, logged: np.ndarray, target: np.ndarray) -> Log:
        """A log for which nothing predicts the reward."""
        nothing = np.zeros(len(reward))
        return cls(reward, logged, target, nothing, nothing)

    def weights(self, clip: float) -> np.ndarray:
        """(n,) how much more often the target takes the action, at most `clip`."""
        return np.asarray(np.minimum(self.target / self.logged, clip))

    def moments(self, clip: float) -> tuple[float, float]:
        """The mean weight and the mean squared weight: to be expected where the overlap is known, else as drawn."""
        if self.overlap is not None:
            return self.overlap.moments(clip)
        weights = self.weights(clip)
        return float(weights.mean()), float((weights**2).mean())
