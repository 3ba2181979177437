"""A customer scored and decided on, once for all that a page says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leads.arbitration.decisions import Decisions
from serving.decisions.decider import Decider
from serving.scoring.scorer import Scored, Scorer

_OFFERS = 4


@dataclass(frozen=True)
class Judged:
    """scored, decisions: of one customer, at one moment; the decisions hold the four best offers."""

    scored: Scored
    decisions: Decisions

    @property
    def now(self) -> datetime:
        """When."""
        return self.scored.now

    @property
    def order(self) -> list[int]:
        """Positions of the actions that may be offered, the best first."""
        return [int(position) for position in self.decisions.order[0] if position >= 0]


class Judging:
    """Judges without writing it down."""

    def __init__(self, scorer: Scorer, decider: Decider) -> None:
        self._scorer = scorer
        self._decider = decider

    def of(self, customer_id: str, now: datetime) -> Judged:
        """A customer who is known, as they stand now."""
        scored = self._scorer.score([customer_id], now)
        return Judged(scored, self._decider.best(scored, limit=_OFFERS))
