"""Records that Python and the queue's scripts both read. The scripts are filled in with the places of a row's fields,
and may name no field of a structure that is not declared here.

Rows are kept as MessagePack arrays; times are milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from serving.store.words import Recalled


class PlaceRow(NamedTuple):
    """A customer's place in one queue."""

    cell: str
    priority: float
    action: str


class ItemRow(NamedTuple):
    """All that the queue knows of a customer. reserve: how long they are kept for their owner. places: by queue."""

    phones: Sequence[str]
    owner: str
    reserve: int
    partition: int
    places: Mapping[str, PlaceRow]


class PromiseRow(NamedTuple):
    """A promised callback. until: when it is that agent's alone. details: what the record says of it, as JSON.
    not_before: where a dialer could not take it, when it may be handed out again.
    """

    agent_id: str
    due: float
    until: float
    details: str
    not_before: float | None = None


class ReservedRow(NamedTuple):
    """A customer who is kept for their owner since a time. recalled: 1 once that was over and told."""

    owner: str
    since: float
    recalled: int


class RecallRow(NamedTuple):
    """A customer who was somebody's alone since a time and is anyone's now. queue: empty where they stand in none."""

    agent_id: str
    queue: str
    since: float
    what: Recalled = "own_customer"


class LiftedRow(NamedTuple):
    """A rest that ended before its time: until when it was, and after which disposition."""

    rest: int
    disposition: str


class AttemptRow(NamedTuple):
    """What came of calling a lead. numbers: by phone; hours: by local hour. Either is a list where it is empty."""

    day: str
    today: int
    total: int
    misses: int
    numbers: Mapping[str, Sequence[Any]]
    hours: Mapping[str, tuple[int, int]]


class NumberRow(NamedTuple):
    """What came of dialling a number."""

    day: str
    today: int
    total: int
    reached: int
    wrong: bool


class ShareAccountRow(NamedTuple):
    """By their latest claim, what is counted of one who shares. weight: in millionths. content: 1 where they are."""

    weight: int
    start: int
    content: int
    had: int


class SumsRow(NamedTuple):
    """Of those at work, in sums: weights and what they had with their starts; then the same of the content."""

    weight: int
    had: int
    content_weight: int
    content_had: int


class StandingRow(NamedTuple):
    """What `shares` answers of one, and of the others in sums."""

    at_work: int
    start: int
    had: int
    weight: int
    others_had: int
    content_weight: int
    content_had: int


class HeadRow(NamedTuple):
    """What `head` answers, one after another."""

    customer: bytes
    item: bytes
    state: bytes
    lane: bytes


class RestingNumber(NamedTuple):
    """A number that rests, by its digest, since when (us)."""

    digest: str
    since: int


class SeenNumber(NamedTuple):
    """A number by its digest, and since when it rests (us), 0 where it does not."""

    digest: str
    since: float


class OfferRow(NamedTuple):
    """What was decided ahead for a customer in one queue, each part as it is kept when the lead is handed out.

    decision: its id. campaign, objective: of the action that was chosen, each may be empty. row, purpose, event: of the
    ledger, and at: the time of the event (us). lease: what the lease is for. call: how they are called, as JSON.
    """

    decision: str
    campaign: str
    objective: str
    row: msgspec.Raw
    purpose: str
    event: msgspec.Raw
    at: int
    lease: msgspec.Raw
    call: msgspec.Raw


class PreparedRow(NamedTuple):
    """What was decided ahead for a customer. versions: of all that decides. ends: until when it stands (ms). stamp: a
    digest of what it rests on. zone: as cells name it. numbers: theirs. offers: by queue.
    """

    versions: str
    ends: int
    stamp: str
    zone: str
    numbers: Sequence[SeenNumber]
    offers: Mapping[str, OfferRow]


class LeaseRecord(msgspec.Struct, omit_defaults=True):
    """A lease as the scripts keep it. at: when it was granted or handed over. since: from when the customer has waited.
    day, counted: the counters it counts in. called, home: the id it was handed out under, and that one's partition,
    where it is kept under another by now. key: with which it was claimed.
    """

    token: float
    customer: str
    queue: str
    agent: str
    action: str
    priority: float
    ends: float
    at: float
    cell: str
    lane: str
    phones: tuple[str, ...] = ()
    partition: int = 0
    since: float = 0
    day: str = ""
    counted: tuple[str, ...] = ()
    called: str | None = None
    home: int | None = None
    key: str = ""


class Asked(msgspec.Struct, omit_defaults=True):
    """What `claim` is asked for. lasts: milliseconds. stem: of the lease ids. zones: where calls are allowed now;
    closed: all others that are known. without, paused: campaigns and objectives of which nothing may be taken.
    counters: the most that may be taken of each on the day. top: from which priority on an open lead is a top one.
    team: counted too. most_held: of leases at once. key: with which it is asked. most_of_key: of leases at once that
    were claimed with it. versions: of all that decides, empty where nothing is handed out that was decided ahead.
    endpoints: those that want to hear of decisions.
    """

    queue: str
    limit: int
    lasts: int
    agent: str
    stem: str
    day: str
    skills: Sequence[str]
    regions: Sequence[str]
    languages: Sequence[str]
    zones: Sequence[str]
    closed: Sequence[str]
    without: Sequence[str]
    paused: Sequence[str]
    counters: Mapping[str, int]
    top: float | None = None
    team: str | None = None
    most_held: int | None = None
    key: str = ""
    most_of_key: int | None = None
    versions: str = ""
    endpoints: Sequence[str] = ()


def as_text(content: bytes) -> msgspec.Raw:
    """Bytes inside a row, packed as a text is: the scripts know no other kind."""
    return msgspec.Raw(b"\xdb" + len(content).to_bytes(4, "big") + content)


class CallOutcome(msgspec.Struct, omit_defaults=True):
    """What came of a call, as `complete` and `rest` are told. rest: before when nobody calls. promise: its row, without
    what is not known yet. number: that rests. hour, reached: of the call, where it is in the call book.
    """

    disposition: str
    rest: int
    promise: tuple[str, float, float, str] | None = None
    number: RestingNumber | None = None
    hour: int | None = None
    reached: bool | None = None
