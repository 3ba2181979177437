"""Prepared leads: who is next in the store, and what was decided ahead for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from serving.clock import milliseconds
from serving.queue.zones import Zones
from serving.store.records import PreparedRow
from serving.store.scripts import Scripts

_IN_HAND = timedelta(seconds=30)
"""So long nobody else decides on those who were drawn."""

_CLOSED = timedelta(minutes=1)
"""After this is looked again at those whom it is no hour to call."""


@dataclass(frozen=True)
class NextLeads:
    """Customers who are to be decided on ahead, each with the queues in which they are next. in_hand: until when they
    are whose draw this is (ms). looked_at: how many were due, those included who are not next any more.
    """

    in_hand: int
    looked_at: int
    queues: Mapping[str, Sequence[str]]


class PreparedLeads:
    """Every step is one script. What was prepared is handed out, or not, by the script of a claim."""

    def __init__(self, scripts: Scripts, zones: Zones) -> None:
        self._scripts = scripts
        self._zones = zones

    def draw(self, most: int, now: datetime) -> NextLeads:
        """The next few to decide on, who may be called at this hour."""
        lasting = [span // timedelta(milliseconds=1) for span in (_IN_HAND, _CLOSED)]
        zones = json.dumps(self._zones.open_at(now))
        in_hand, looked_at, *rows = self._scripts.run("next", milliseconds(now), most, lasting[0], zones, lasting[1])
        names = [[part.decode() for part in row] for row in rows]
        return NextLeads(int(in_hand), looked_at, {customer_id: queues for customer_id, *queues in names})

    def keep(self, drawn: NextLeads, prepared: Mapping[str, PreparedRow], anew: datetime, now: datetime) -> None:
        """What was decided for those who were drawn; nothing for whom it holds none. anew: when to decide again."""
        again = milliseconds(anew)
        told = [
            part
            for name in drawn.queues
            for part in (name, again, _encode(prepared[name]) if name in prepared else b"")
        ]  # fmt: skip
        self._scripts.run("prepare", milliseconds(now), drawn.in_hand, *told)


_encode = msgspec.msgpack.Encoder().encode
