"""Hints: what trials say of an effect without proving it, believed as far as they speak.

Whoever decides takes contact to change something of everybody: to leave what is not proven out is a guess too, that it
moves all alike. The guess that costs least on average is the mean of what is to be believed once the trials are known
(Lindley 1985, Making Decisions). Before them contact is taken to change the log-odds of all by what the catalogue
declares, give or take as much, and a model that says whom it changes more to say nothing, give or take all that it
says. A hint claims nothing: it is told as no effect, and counts until one is proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leads.words.bilingual import Words
from training.contact.found import Estimate

DOUBT = 1.0
"""Standard deviation of the slope that is expected before the trials; its mean is 0."""


@dataclass(frozen=True)
class Hint:
    """slope: how much counts of what is said of each beyond the average. level: change in log-odds on average."""

    slope: float
    level: float

    @property
    def document(self) -> dict[str, Any]:
        return {"slope": self.slope, "level": self.level}

    @property
    def words(self) -> Words:
        """What decisions do meanwhile."""
        zh = f"；未证实前，决策只按最佳猜测：平均对数几率 {self.level:+.2f}，所预计的个体差异计 {self.slope:.2f}"
        en = (
            f"; until more is proven, decisions guess by it: {self.level:+.2f} of log-odds on average, and of each "
            f"point said beyond that {self.slope:.2f}"
        )
        return Words(zh, en)


def hinted(slope: Estimate, level: Estimate, declared: float) -> Hint:
    """What is to be believed of both after the trials; never an effect turned round.

    >>> hinted(Estimate(0.6, 0.5), Estimate(0.1, 0.22), 0.44)
    Hint(slope=0.48, level=0.168)
    """
    return Hint(max(slope.drawn(0.0, DOUBT), 0.0), level.drawn(declared, declared))
