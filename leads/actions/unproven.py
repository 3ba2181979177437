"""What contact is taken to change of a chance where no trials have told yet."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np

from leads.configuration.section import Section

LOG_ODDS = 0.44
"""By default: what raised the renewals of the best centres from 72 to 80%, logit(0.80) - logit(0.72)."""


@dataclass(frozen=True)
class Unproven:
    """Either an even change of everybody's log-odds, or a share of the chance; the other is None.

    Contact that moves everybody's log-odds evenly moves most whose renewal hangs in the balance, and hardly who renews
    anyway; a share of the chance has it the other way round, and has sure renewers called first.
    """

    log_odds: float | None = LOG_ODDS
    share: float | None = None

    def lift(self, propensity: np.ndarray) -> np.ndarray:
        """What is added to each chance, as a share of it: (sigmoid(logit p + d) - p) / p, or the declared share.

        >>> Unproven().lift(np.array([0.1, 0.72, 0.99])).round(3)
        array([0.471, 0.111, 0.004])
        >>> Unproven(None, 0.1).lift(np.array([0.1, 0.72]))
        array([0.1, 0.1])
        """
        if self.log_odds is None:
            return np.full_like(propensity, self.share)
        more = exp(self.log_odds) - 1
        found: np.ndarray = more * (1 - propensity) / (1 + propensity * more)
        return found


def parse_unproven(top: Section) -> Unproven:
    """From the key `unproven`: `{log_odds: d}`, or a share of the chance between 0 and 1."""
    if not top.has("unproven"):
        return TAKEN
    if isinstance(top.values["unproven"], dict):
        inner = top.section("unproven")
        inner.only("log_odds")
        return Unproven(inner.number("log_odds", LOG_ODDS, least=0))
    share = top.number("unproven", 1.0, least=0)
    if share > 1:
        raise top.refuse("unproven", "a share, at most 1, or {log_odds: 0.44}")
    return Unproven(None, share)


TAKEN = Unproven()
"""Where a catalogue says nothing."""
