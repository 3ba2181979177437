"""Claims: what agents take from the queue, checked as it is handed out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import msgspec
from typing_extensions import TypedDict

from serving.decisions.rows import read_offered
from serving.meaning import Means
from serving.queue.allotment import Allotter
from serving.queue.confirmation import Confirmation, Confirmed
from serving.queue.grants import CallAnswer, LeaseAnswer, lease_body
from serving.queue.handover import Handover
from serving.queue.lead_decisions import LeadDecisions
from serving.queue.lease import Ahead, Decided, Lease, Wanted
from serving.queue.leases import Leases
from serving.queue.shortage import Hindrance
from serving.stopwatch import Stopwatch, Tell

PARTS = ("rules", "hold", "decide", "hand_over", "limits")
"""Of a claim: what may be taken, holding leads, deciding on those that were not decided ahead, handing them over, and
why there are no more.
"""

_ROUNDS = 3
"""How often customers who may no longer be called are replaced by others in one claim."""


class ClaimAnswer(TypedDict):
    leases: list[LeaseAnswer]
    limits: Annotated[list[Hindrance], Means("why there are fewer leads than were asked for")]


@dataclass(frozen=True)
class _Round:
    """Leads that were claimed at once, and of those that were not decided on ahead who is granted."""

    leases: Sequence[Lease]
    confirmed: Confirmed

    @property
    def count(self) -> int:
        """How many of them go to the agent."""
        return sum(1 for lease in self.leases if lease.decided) + len(self.confirmed.grants)


class Claims:
    """Hands out what agents claim."""

    def __init__(
        self, allotter: Allotter, leases: Leases, decisions: LeadDecisions, confirmation: Confirmation,
        handover: Handover,
    ) -> None:  # fmt: skip
        self._allotter = allotter
        self._leases = leases
        self._decisions = decisions
        self._confirmation = confirmation
        self._handover = handover

    def claim(self, queue: str, wanted: Wanted, now: datetime, tell: Tell | None = None) -> ClaimAnswer:
        """The body of the answer: up to as many customers as are wanted, that only this agent holds.

        Whoever was decided on ahead is handed out by that, where nothing of it has changed; all others are decided on
        anew: consent, do-not-call and hours are this moment's. Where there are fewer than wanted, what kept it short is
        named. tell: what each of its PARTS cost.
        """
        watch = Stopwatch(tell)
        allotment = self._allotter.allot(queue, wanted, now)
        watch.over("rules")
        rounds = [] if allotment.wanted is None else self._taken(queue, allotment.wanted, allotment.day, now, watch)
        leases = self._handed(rounds, wanted.lease_seconds, now)
        watch.over("hand_over")
        limits = self._allotter.conclude(queue, allotment, len(leases), now)
        watch.over("limits")
        return {"leases": leases, "limits": limits}

    def _taken(self, queue: str, wanted: Wanted, day: str, now: datetime, watch: Stopwatch) -> list[_Round]:
        rounds: list[_Round] = []
        ahead, left = Ahead(self._decisions.versions, self._handover.hearing), wanted.limit
        while left and len(rounds) < _ROUNDS:
            leases = self._leases.claim(queue, replace(wanted, limit=left), now, day, ahead)
            watch.over("hold")
            if not leases:
                break
            undecided = [lease for lease in leases if not lease.decided]
            rounds.append(_Round(leases, self._confirmation.confirmed(queue, wanted, undecided, now)))
            watch.over("decide")
            left -= rounds[-1].count
        return rounds

    def _handed(self, rounds: Sequence[_Round], seconds: float, now: datetime) -> list[LeaseAnswer]:
        """In the order in which they were claimed, those that the agent got."""
        confirmed = [each.confirmed for each in rounds]
        decided = [made for each in confirmed for made in each.decided]
        read_at = next((each.read_at for each in reversed(confirmed) if each.read_at is not None), None)
        grants = [granted for each in confirmed for granted in each.grants]
        handed = self._handover.hand_over(grants, decided, seconds, read_at.now() if read_at else now)
        bodies = {granted.lease.id: granted.body for granted in handed}
        leases = [lease for each in rounds for lease in each.leases]
        bodies |= {lease.id: _body(lease, lease.decided) for lease in leases if lease.decided}
        return [bodies[lease.id] for lease in leases if lease.id in bodies]


def _body(lease: Lease, decided: Decided) -> LeaseAnswer:
    row = read_offered(decided.row)
    return lease_body(lease, _read_call(decided.call), row.chosen[0], row.id)


_read_call: Callable[[bytes], CallAnswer] = msgspec.json.Decoder().decode
