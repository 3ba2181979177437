"""What contact is taken to change of a chance where no trials have told yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leads.configuration.section import Section
from leads.sheet.missing import zero_where_missing

LOG_ODDS = 0.44
"""By default: what raised the renewals of the best centres from 72 to 80%, logit(0.80) - logit(0.72)."""


@dataclass(frozen=True)
class Unproven:
    """Either a change of everybody's log-odds, or a share of the chance; the other is None. hints: whether the change
    of log-odds is each customer's own, as far as trials that prove nothing hint at it (`training.contact.hints`).

    Contact that moves everybody's log-odds evenly moves most whose renewal hangs in the balance, and hardly who renews
    anyway; a share of the chance has it the other way round, and has sure renewers called first.
    """

    log_odds: float | None = LOG_ODDS
    share: float | None = None
    hints: bool = True

    def lift(self, propensity: np.ndarray, hint: np.ndarray | None = None) -> np.ndarray:
        """What is added to each chance, as a share of it: (sigmoid(logit p + d) - p) / p, or the declared share. hint:
        what each customer's d is beyond the declared one; nothing where it is missing.

        >>> Unproven().lift(np.array([0.1, 0.72, 0.99])).round(3)
        array([0.471, 0.111, 0.004])
        >>> Unproven().lift(np.array([0.72, 0.72]), np.array([np.nan, -0.64])).round(3)
        array([ 0.111, -0.059])
        >>> Unproven(None, 0.1).lift(np.array([0.1, 0.72]))
        array([0.1, 0.1])
        """
        if self.log_odds is None:
            return np.full_like(propensity, self.share)
        more = np.exp(self.log_odds + (0.0 if hint is None or not self.hints else zero_where_missing(hint))) - 1
        found: np.ndarray = more * (1 - propensity) / (1 + propensity * more)
        return found


def parse_unproven(top: Section) -> Unproven:
    """From the key `unproven`: `{log_odds: d, hints: true}`, or a share of the chance between 0 and 1."""
    if not top.has("unproven"):
        return TAKEN
    if isinstance(top.values["unproven"], dict):
        inner = top.section("unproven")
        inner.only("log_odds", "hints")
        return Unproven(inner.number("log_odds", LOG_ODDS, least=0), hints=inner.flag("hints", True))
    share = top.number("unproven", 1.0, least=0)
    if share > 1:
        raise top.refuse("unproven", "a share, at most 1, or {log_odds: 0.44}")
    return Unproven(None, share)


TAKEN = Unproven()
"""Where a catalogue says nothing."""
