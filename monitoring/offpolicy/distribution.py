"""With which probability a policy takes each action: a catalogue's usual arm, or all that was logged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from features.configuration import Configuration
from leads.actions.catalogue import Catalogue
from leads.arbitration.arms import assign
from leads.arbitration.choosing import Chances
from leads.arbitration.decisions import Decisions, Tuning, arbitrate
from leads.arbitration.evidence import Evidence
from leads.arbitration.tuning import marginals
from leads.sheet.sheet import Sheet


def distribution(
    catalogue: Catalogue, evidence: Evidence, sheet: Sheet, now: datetime
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """(n, A) with which probability a catalogue's usual arm takes each action, ramps of new ones included, and what the
    models predict that it brings in.
    """
    decisions = _decided(catalogue, evidence, sheet, now)
    levers = np.array([catalogue.valuation.lever(action) for action in catalogue.actions])
    probability = Chances(decisions, evidence, catalogue.experiments.learning.exploration, levers).distributions()
    return probability, decisions.propensity * decisions.value - decisions.cost(slice(None))


def logging(configuration: Configuration, evidence: Evidence, sheet: Sheet, now: datetime) -> np.ndarray:
    """(n, A) with which probability each action is taken over all that chance decides, arms and control group too."""
    catalogue = configuration.catalogue
    assignment = assign(catalogue.experiments, (), now, configuration.workspace.timezone)
    return marginals(catalogue, evidence, _decided(catalogue, evidence, sheet, now), assignment)


def _decided(catalogue: Catalogue, evidence: Evidence, sheet: Sheet, now: datetime) -> Decisions:
    names = [action.name for action in catalogue.actions]
    ratio = evidence.ratios(names, catalogue.experiments.learning.prior) if evidence.responses else None
    return arbitrate(sheet, catalogue, now, tuning=Tuning(ratio=ratio))


def aligned(likely: np.ndarray, own: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """(n, A + 2) of a policy's probabilities (n, own): of the named actions, of nothing, and of all others."""
    found = np.zeros((len(likely), len(names) + 2))
    for place, name in enumerate(own):
        found[:, names.index(name) if name in names else len(names) + 1] += likely[:, place]
    found[:, len(names)] = np.maximum(1.0 - likely.sum(axis=1), 0.0)
    return found
