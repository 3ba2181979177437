"""The keys of the queue. What is packed is MessagePack; its fields are declared in `records`."""

from __future__ import annotations

from serving.store.keys.key import Customers, Key, Keys, Kind, Shape


class PlaceKeys:
    """Where customers stand, and what decides it."""

    items = Key(
        "items", Shape.HASH, Kind.FOLDED, Customers.ENTRY,
        "customer → their item, packed",
        sealed="numbers",
    )  # fmt: skip
    cell = Keys(
        "cell:{queue}:{lane}|{cell}", Shape.SORTED, Kind.FOLDED, Customers.WOVEN,
        "customers of a queue in a lane and cell, by priority",
    )  # fmt: skip
    cells = Keys(
        "cells:{queue}:{lane}", Shape.SORTED, Kind.PASSING, Customers.NOWHERE,
        "cells of a lane that may hold customers, by a priority that none of these is above",
    )  # fmt: skip
    lanes = Keys("lanes:{queue}", Shape.SET, Kind.FOLDED, Customers.NOWHERE, "lanes of a queue that may have cells")
    lane = Key(
        "lane", Shape.HASH, Kind.FOLDED, Customers.ENTRY,
        "customer → the lane they stand in, where it is not the open one",
    )  # fmt: skip
    zones = Key(
        "zones", Shape.SET, Kind.FOLDED, Customers.NOWHERE,
        "time zones that cells name; the empty one is the workspace's own",
    )  # fmt: skip
    later = Key(
        "later", Shape.SORTED, Kind.FOLDED, Customers.ENTRY,
        "customers that wait for a time, by that time; their lane is `later`",
    )  # fmt: skip
    lane_ends = Key(
        "turns", Shape.SORTED, Kind.FOLDED, Customers.ENTRY,
        "customers that stand in a lane until a time, by that time",
    )  # fmt: skip
    waiting = Key(
        "waiting", Shape.SORTED, Kind.FOLDED, Customers.ENTRY,
        "customers that stand in a lane other than `later`, by since when (ms)",
    )  # fmt: skip
    pushed = Key(
        "pushed", Shape.HASH, Kind.KEPT, Customers.ENTRY,
        "customer → who pushed them to the top, and why, as JSON",
        sealed="values",
    )  # fmt: skip
    reserved = Key(
        "reserved", Shape.HASH, Kind.PASSING, Customers.ENTRY,
        "customer → to which owner they are reserved since when, and whether they were recalled, packed",
    )  # fmt: skip
    best_share = Keys(
        "topline:{queue}", Shape.STRING, Kind.PASSING, Customers.NOWHERE,
        "the priority from which on a lead is among the best of its queue",
    )  # fmt: skip


class NextKeys:
    """Who is next, and what was decided ahead for them."""

    next = Key(
        "next", Shape.SORTED, Kind.PASSING, Customers.ENTRY,
        "customers who are next in a cell, by when they are to be decided on ahead of their claim (ms)",
    )  # fmt: skip
    claimed = Key(
        "claimed", Shape.HASH, Kind.PASSING, Customers.NOWHERE,
        "queue → when somebody claimed from it last (ms): who is next there is decided on ahead",
    )  # fmt: skip
    prepared = Key(
        "prepared", Shape.HASH, Kind.PASSING, Customers.ENTRY,
        "customer → what was decided ahead for them, packed",
        sealed="numbers",
    )  # fmt: skip


class CallKeys:
    """What calls have left behind."""

    rest = Key("rest", Shape.HASH, Kind.FOLDED, Customers.ENTRY, "customer → ms before which nobody calls")
    resting = Key("resting", Shape.SET, Kind.FOLDED, Customers.NOWHERE, "dispositions after which somebody may rest")
    resting_after = Keys(
        "resting:{disposition}", Shape.SORTED, Kind.FOLDED, Customers.WOVEN,
        "customers that rest after a disposition, by until when",
    )  # fmt: skip
    lifted = Key(
        "lifted", Shape.HASH, Kind.FOLDED, Customers.ENTRY,
        "customer → the rest that ended before its time, and after which disposition it was, packed",
    )  # fmt: skip
    retries = Key(
        "retries", Shape.HASH, Kind.FOLDED, Customers.ENTRY,
        "customer → ms from when they are tried again after a call that reached nobody",
    )  # fmt: skip
    promises = Key(
        "promises",
        Shape.HASH,
        Kind.FOLDED,
        Customers.ENTRY,
        "customer → the callback they were promised, packed",
        sealed="details",
    )
    attempts = Key(
        "attempts", Shape.HASH, Kind.FOLDED, Customers.ENTRY,
        "customer → what came of calling them, packed",
        sealed="numbers",
    )  # fmt: skip
    hours = Key(
        "hours", Shape.HASH, Kind.FOLDED, Customers.NOWHERE,
        "local hour → calls, and calls that reached somebody, of everyone",
    )  # fmt: skip


class LeaseKeys:
    """Who holds whom, and what was granted."""

    leased = Key(
        "leased", Shape.HASH, Kind.KEPT, Customers.WOVEN,
        "lease → its record, packed",
        sealed="numbers",
    )  # fmt: skip
    leased_ends = Key("leased_ends", Shape.SORTED, Kind.KEPT, Customers.NOWHERE, "leases, by when they end (ms)")
    held_customers = Key(
        "holds:customers", Shape.HASH, Kind.KEPT, Customers.ENTRY,
        "customer → their lease; two, with a blank between, where two held customers became one",
    )  # fmt: skip
    held_phones = Key(
        "holds:phones", Shape.HASH, Kind.KEPT, Customers.WOVEN,
        "phone → the lease that holds it",
        sealed="fields",
    )  # fmt: skip
    token = Key("token", Shape.STRING, Kind.KEPT, Customers.NOWHERE, "the last fencing token that was given")
    lease_purpose = Keys(
        "leases:for:{lease}", Shape.STRING, Kind.KEPT, Customers.PASSING,
        "the decision that a lease carries out, as JSON; it expires",
        sealed="values",
    )  # fmt: skip
    loads = Key("loads", Shape.HASH, Kind.KEPT, Customers.NOWHERE, "agent → leases held now")
    key_loads = Key("key_loads", Shape.HASH, Kind.KEPT, Customers.NOWHERE, "API key → leases held that it claimed")
    taken = Keys("taken:{day}", Shape.HASH, Kind.KEPT, Customers.NOWHERE, "counter → how much was granted on a day")
    shares_at = Keys(
        "shares:{day}:{counted}:at", Shape.SORTED, Kind.KEPT, Customers.NOWHERE,
        "counters of a kind that are at work on a day, by when they claimed last",
    )  # fmt: skip
    shares_accounts = Keys(
        "shares:{day}:{counted}:turns",
        Shape.HASH,
        Kind.KEPT,
        Customers.NOWHERE,
        "counter → its account: its latest claim, packed",
    )
    shares_sums = Keys(
        "shares:{day}:{counted}:sums", Shape.STRING, Kind.KEPT, Customers.NOWHERE,
        "the sums of those at work, packed",
    )  # fmt: skip
    recalls = Key("recalls", Shape.SORTED, Kind.KEPT, Customers.ENTRY, "customers that were recalled, by when (ms)")
    recalled = Key("recalled", Shape.HASH, Kind.KEPT, Customers.ENTRY, "customer → their latest recall, packed")


class QueueKeys(PlaceKeys, NextKeys, CallKeys, LeaseKeys):
    """All keys that the queue's scripts write."""
