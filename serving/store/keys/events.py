"""The keys of events: on their way in, applied, recorded, and set aside."""

from __future__ import annotations

from serving.store.keys.key import Customers, Key, Keys, Kind, Shape


class EventKeys:
    """Accepted events, and where the workers are with them."""

    stream = Keys(
        "stream:{partition}", Shape.STREAM, Kind.KEPT, Customers.PASSING,
        "accepted events and customer changes that wait for the worker and the recorder",
        sealed="values",
    )  # fmt: skip
    seen = Keys(
        "seen:{day}", Shape.SET, Kind.KEPT, Customers.NOWHERE,
        "digests of the events accepted on a day, counted from 1970",
    )  # fmt: skip
    told = Keys(
        "told:{decision}", Shape.SET, Kind.KEPT, Customers.NOWHERE,
        "types of events that were told of the call of a decision: each counts once",
    )  # fmt: skip
    applied = Keys(
        "applied:{partition}", Shape.STRING, Kind.FOLDED, Customers.NOWHERE,
        "the last stream entry of the partition whose effects are in the hot state",
    )  # fmt: skip
    recorded = Key(
        "recorded", Shape.HASH, Kind.KEPT, Customers.NOWHERE, "partition → the last stream entry that is in the lake"
    )
    recording = Key(
        "recording", Shape.STRING, Kind.KEPT, Customers.NOWHERE,
        "what is being written to the lake now, as JSON: after a crash exactly that is written again",
    )  # fmt: skip
    decisions = Key(
        "decisions", Shape.STREAM, Kind.KEPT, Customers.PASSING, "decisions that wait to be recorded in the lake"
    )
    decision = Keys(
        "decision:{decision}", Shape.STRING, Kind.KEPT, Customers.WOVEN, "a recent decision, packed; it expires"
    )
    purpose = Keys(
        "purpose:{decision}", Shape.STRING, Kind.KEPT, Customers.WOVEN,
        "what the contact is for that a decision offers first, as JSON; it expires",
    )  # fmt: skip
    timeline = Keys(
        "timeline:{customer}", Shape.SORTED, Kind.PASSING, Customers.NAME,
        "a customer's newest events, as JSON, by time (us); older ones are read from the lake",
        sealed="values",
    )  # fmt: skip
    aside = Key(
        "aside", Shape.HASH, Kind.KEPT, Customers.CLEANED,
        "position → an event that was set aside, as JSON, with why",
        sealed="values",
    )  # fmt: skip
    waits = Key(
        "waits", Shape.HASH, Kind.KEPT, Customers.NOWHERE,
        "how long events waited until the queue knew them: counts per bucket, and their sum",
    )  # fmt: skip
