"""The keys of the service itself: its workers, its clock, and the answers that are not to be made twice."""

from __future__ import annotations

from serving.store.keys.key import Customers, Key, Keys, Kind, Shape


class ServiceKeys:
    """What the processes of one service know of each other."""

    meta = Key(
        "meta", Shape.HASH, Kind.PASSING, Customers.NOWHERE,
        "facts about the hot state: its layout, when it was rebuilt and swept, the worker's heartbeat",
    )  # fmt: skip
    unranked = Key(
        "unranked", Shape.HASH, Kind.FOLDED, Customers.ENTRY, "customer who could not be ranked → why, without values"
    )
    tallies = Key(
        "tallies", Shape.HASH, Kind.KEPT, Customers.NOWHERE,
        "how many scores and ages of features fell into each bucket, as sweeps counted them, and their sums",
    )  # fmt: skip
    owner = Keys(
        "owner:{role}", Shape.STRING, Kind.KEPT, Customers.NOWHERE,
        "the worker that has a role now: a partition's number, or `recorder`",
    )  # fmt: skip
    workers = Key(
        "workers", Shape.SORTED, Kind.KEPT, Customers.NOWHERE, "workers that are there, by when they are given up (ms)"
    )
    clock = Key(
        "clock", Shape.STRING, Kind.PASSING, Customers.NOWHERE,
        "how far the service's time is ahead of the store's (ms), while a worker keeps it",
    )  # fmt: skip
    session = Keys(
        "session:{digest}", Shape.STRING, Kind.KEPT, Customers.NOWHERE,
        "digest of a token → who signed in and until when, packed; it expires",
    )  # fmt: skip
    sign_in = Keys(
        "sign_in:{digest}", Shape.STRING, Kind.KEPT, Customers.NOWHERE,
        "digest of a state → a sign-in that was begun with a provider, packed; it expires",
    )  # fmt: skip
    sessions = Keys(
        "sessions:{person}", Shape.SET, Kind.KEPT, Customers.NOWHERE,
        "person who signed in → digests of the tokens of their sessions; it expires",
    )  # fmt: skip
    idempotency = Keys(
        "idempotency:{request}", Shape.STRING, Kind.KEPT, Customers.PASSING,
        "the answer to a request that carried a key; it expires", sealed="values",
    )  # fmt: skip
