"""Experiments: who is left untouched, how decisions learn, and arms with other levers."""

from __future__ import annotations

from dataclasses import dataclass

from leads.actions.learning import USUAL, Arm, Learning


@dataclass(frozen=True)
class Experiments:
    """control_share: share of the customers who are left untouched, by hash of customer and month. learning: how it
    learns from what came of decisions. arms: experiments beside control and treatment.
    """

    control_share: float = 0.0
    learning: Learning = USUAL
    arms: tuple[Arm, ...] = ()


NONE = Experiments()
"""Where nothing is declared: everybody is treated, and nothing is tried."""
