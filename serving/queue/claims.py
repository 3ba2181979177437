"""Claims: what agents take from the queue, checked as it is handed out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from serving.meaning import Means
from serving.queue.allotment import Allotter
from serving.queue.confirmation import Confirmation, Confirmed
from serving.queue.grants import LeaseAnswer
from serving.queue.handover import Handover
from serving.queue.lease import Wanted
from serving.queue.leases import Leases
from serving.queue.shortage import Hindrance

_ROUNDS = 3
"""How often customers who may no longer be called are replaced by others in one claim."""


class ClaimAnswer(TypedDict):
    leases: list[LeaseAnswer]
    limits: Annotated[list[Hindrance], Means("why there are fewer leads than were asked for")]


class Claims:
    """Hands out what agents claim."""

    def __init__(self, allotter: Allotter, leases: Leases, confirmation: Confirmation, handover: Handover) -> None:
        self._allotter = allotter
        self._leases = leases
        self._confirmation = confirmation
        self._handover = handover

    def claim(self, queue: str, wanted: Wanted, now: datetime) -> ClaimAnswer:
        """The body of the answer: up to as many customers as are wanted, that only this agent holds.

        Each is decided on anew: consent, do-not-call and hours are this moment's, not the last rescoring's. Where there
        are fewer than wanted, what kept it short is named.
        """
        allotment = self._allotter.allot(queue, wanted, now)
        rounds = [] if allotment.wanted is None else self._taken(queue, allotment.wanted, allotment.day, now)
        taken = [granted for confirmed in rounds for granted in confirmed.grants]
        decided = [made for confirmed in rounds for made in confirmed.decided]
        kept = rounds[-1].read_at if rounds else None
        handed = self._handover.hand_over(taken, decided, wanted.lease_seconds, kept.now() if kept else now)
        limits = self._allotter.told(queue, allotment, len(handed), now)
        return {"leases": [granted.body for granted in handed], "limits": limits}

    def _taken(self, queue: str, wanted: Wanted, day: str, now: datetime) -> list[Confirmed]:
        rounds: list[Confirmed] = []
        left = wanted.limit
        while left and len(rounds) < _ROUNDS:
            leases = self._leases.claim(queue, replace(wanted, limit=left), now, day)
            if not leases:
                break
            rounds.append(self._confirmation.confirmed(queue, wanted, leases, now))
            left -= len(rounds[-1].grants)
        return rounds
