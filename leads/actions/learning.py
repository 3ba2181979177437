"""How decisions learn, as it is declared: smoothing, exploration, ramps, the attribution window, and arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from leads.configuration.section import Section

CONTROL, TREATMENT = "control", "treatment"
"""The arms that are always there: those who are left untouched, and the rest."""


@dataclass(frozen=True)
class Learning:
    """What is declared under `learning`.

    exploration: the share of decisions that are drawn; the others take what is worth most. even: of those that are
        drawn, the share drawn evenly among all that is offered; the rest is Thompson sampling, which learns faster, and
        leaves what hardly ever wins out of the log.
    prior: how many expected successes the models' propensity weighs. bucket: within so long a customer's draw
        stays the same. attribution: what a customer brings in counts for the decision before it, so
        long after it, when policies are valued; actions are learned from by their objectives' own horizons.
    every: how often a running service learns by itself, None for never.
    new: actions that ramp up: at first offered to `ramp_from` of the customers, to all after `ramp_trials`.
    """

    exploration: float = 0.0
    even: float = 0.5
    prior: float = 20.0
    bucket: timedelta = timedelta(days=1)
    attribution: timedelta = timedelta(days=14)
    new: tuple[str, ...] = ()
    ramp_from: float = 0.1
    ramp_trials: int = 300
    every: timedelta | None = None

    def ramp(self, trials: int) -> float:
        """The share of customers to whom a new action is offered after so many trials.

        >>> Learning(ramp_from=0.1, ramp_trials=100).ramp(50)
        0.55
        """
        return min(1.0, self.ramp_from + (1.0 - self.ramp_from) * trials / self.ramp_trials)


USUAL = Learning()
"""Where nothing is declared: no exploration, no new actions."""


@dataclass(frozen=True)
class Arm:
    """An experiment: a share of the customers, by hash of customer and month, with levers and exploration of its
    own. levers are those of the catalogue with the arm's in their place.
    """

    name: str
    share: float
    levers: Mapping[str, Mapping[str, float]]
    exploration: float


def parse_learning(section: Section, actions: tuple[str, ...]) -> Learning:
    """The learning policy from its section. Raises InvalidWorkspace for an unknown key or action, or a share that is
    none.
    """
    section.only("exploration", "even", "prior", "bucket", "attribution", "new", "ramp_from", "ramp_trials", "every")
    prior = section.number("prior", USUAL.prior, least=5)
    for name in ("bucket", "attribution", "every"):
        if section.has(name) and section.duration(name).total_seconds() <= 0:
            raise section.refuse(name, "a time above 0, such as 14d")
    return Learning(
        exploration=parse_share(section, "exploration", USUAL.exploration),
        even=parse_share(section, "even", USUAL.even),
        prior=prior,
        bucket=section.duration("bucket", "1d"),
        attribution=section.duration("attribution", "14d"),
        new=section.choices("new", actions),
        ramp_from=parse_share(section, "ramp_from", USUAL.ramp_from),
        ramp_trials=int(section.number("ramp_trials", USUAL.ramp_trials, least=1)),
        every=section.duration("every") if section.has("every") else None,
    )


def parse_share(section: Section, name: str, default: float) -> float:
    """A share from 0 to 1."""
    share = section.number(name, default, least=0)
    if share > 1:
        raise section.refuse(name, "a share of at most 1")
    return share
