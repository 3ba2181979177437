"""Places in the queues: where a customer stands in each, for what, and who may come first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Literal, cast

import msgspec
from typing_extensions import TypedDict

from serving.clock import from_milliseconds, written
from serving.meaning import Means, Time
from serving.store.records import HeadRow, ItemRow, PlaceRow
from serving.store.words import BAR, CELL, Lane, State, lane_of


@dataclass(frozen=True)
class Place:
    """A customer's place in one queue. zone: their time zone, which decides when they may be called.

    language: one that an agent must speak, None for any. campaign: the one that the action belongs to. objective: what
    it is for, which is the name of its own queue.
    """

    priority: float
    action: str
    product: str | None
    region: str | None
    zone: str | None = None
    language: str | None = None
    campaign: str | None = None
    objective: str | None = None

    @property
    def cell(self) -> str:
        """Places of one cell are for the same agents, at the same hours."""
        return _cell(*_PARTS(self))


@dataclass(frozen=True)
class Cell:
    """A cell of a queue. order: why its customers stand where they do (see ORDERS). agent_id: whose they are, None for
    anyone. skill: the product line. Each other part may be empty.
    """

    order: Order
    zone: str
    campaign: str
    objective: str
    skill: str = ""
    region: str = ""
    language: str = ""
    agent_id: str | None = None

    @classmethod
    def read(cls, lane: str, name: str) -> Cell:
        """By its name in a lane."""
        parts, (kind, agent_id) = parts_of(name), lane_of(lane)
        return cls(
            ORDERS[kind], parts["zone"], parts["campaign"], parts["objective"],
            parts["product"], parts["region"], parts["language"], agent_id,
        )  # fmt: skip


class AgesAnswer(TypedDict):
    """How long things have waited, in seconds."""

    oldest_seconds: float
    median_seconds: float


@dataclass(frozen=True)
class Item:
    """Everything the queues know of a customer: a place per queue.

    phones: every number they are reached at; while somebody holds one, nobody else gets any of them. owner: the agent
    to whom they are reserved for a while, from when they are ready.
    """

    customer_id: str
    phones: tuple[str, ...]
    places: Mapping[str, Place]
    owner: str | None = None

    def written(self, partition: int, reserve: timedelta, alias: Callable[[str], str] = str) -> bytes:
        """As the queue's scripts read it, numbers under an alias; nothing for one without places."""
        if not self.places:
            return b""
        places = {queue: PlaceRow(place.cell, place.priority, place.action) for queue, place in self.places.items()}
        milliseconds = round(reserve.total_seconds() * 1000)
        return _encode(ItemRow(tuple(map(alias, self.phones)), self.owner or "", milliseconds, partition, places))


Order = Literal["pushed", "callback", "overdue_callback", "own_customer", "open"]
"""Why a customer stands where they do (see ORDERS)."""


class Promised(TypedDict):
    agent_id: str
    due: Time


@dataclass(frozen=True)
class QueueItem:
    """A customer at a queue's head."""

    customer_id: str
    priority: float
    action: str
    state: State
    order: Order
    agent_id: Annotated[str | None, Means("whom the customer is promised or reserved to")]
    since: Annotated[Time | None, Means("from when they have waited")]
    promised: Annotated[Promised | None, Means("the callback that they wait for")] = None


ORDERS: Mapping[Lane, Order] = {
    Lane.TOP: "pushed", Lane.DUE: "callback", Lane.OVER: "overdue_callback", Lane.OWN: "own_customer",
    Lane.OPEN: "open",
}  # fmt: skip
"""By lane, what goes before the priority, as answers say it."""


def order_of(lane: str) -> Order:
    """Why customers of a lane stand where they do."""
    return ORDERS[lane_of(lane)[0]]


def waiting(queue: str, row: HeadRow, since: float | None) -> QueueItem:
    """A row of the queue's head."""
    place = PlaceRow(*ItemRow(*_decode(row.item)).places[queue])
    kind, agent_id = lane_of(row.lane.decode())
    told = None if since is None else written(from_milliseconds(since))
    state, priority = cast(State, row.state.decode()), float(place.priority)
    return QueueItem(row.customer.decode(), priority, place.action, state, ORDERS[kind], agent_id, told)


def parts_of(cell: str) -> dict[str, str]:
    """What a cell's name says."""
    return dict(zip(CELL, cell.split(BAR), strict=True))


@lru_cache(maxsize=16_384)
def _cell(*parts: str | None) -> str:
    """The name of a cell, of which there are few beside those who stand in them."""
    return BAR.join(map(plain, parts))


_PARTS = attrgetter(*CELL)


def plain(text: str | None) -> str:
    """Inside a cell's name; the separator cannot stand in it."""
    return (text or "").replace(BAR, "/")


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
