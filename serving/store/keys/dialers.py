"""The keys of dialers and webhooks: what other systems were told, and what they could not take."""

from __future__ import annotations

from serving.store.keys.key import Customers, Key, Keys, Kind, Shape


class DialerKeys:
    """Books of dialers, outboxes of endpoints, and dead letters of both."""

    books = Key("dialers:books", Shape.SET, Kind.KEPT, Customers.NOWHERE, "names of the dialers that a book is kept of")
    book_leads = Keys(
        "dialer:{dialer}:leads", Shape.HASH, Kind.KEPT, Customers.CLEANED,
        "customer → the lead as the dialer has it, as JSON; of the erased without their number",
        sealed="values",
    )  # fmt: skip
    book_ids = Keys(
        "dialer:{dialer}:ids", Shape.HASH, Kind.KEPT, Customers.OUTSIDE, "the dialer's own id of a lead → customer"
    )
    book_ranked = Keys(
        "dialer:{dialer}:ranked", Shape.SET, Kind.KEPT, Customers.OUTSIDE, "customers whose rank there is to be lowered"
    )
    book_codes = Keys(
        "dialer:{dialer}:codes", Shape.HASH, Kind.KEPT, Customers.OUTSIDE, "our code for a customer → customer"
    )
    book_held = Keys(
        "dialer:{dialer}:held", Shape.HASH, Kind.KEPT, Customers.PASSING,
        "customer → what is leased to the dialer, as JSON, until it is dialled or the lease ends",
        sealed="values",
    )  # fmt: skip
    feeder = Keys("dialer:{dialer}:feeder", Shape.STRING, Kind.KEPT, Customers.NOWHERE, "the process that feeds it")
    calls_begun = Keys(
        "dialer:{dialer}:begun", Shape.HASH, Kind.KEPT, Customers.NOWHERE, "calls that are being taken, by since when"
    )
    call = Keys(
        "dialer:{dialer}:call:{call}", Shape.STRING, Kind.KEPT, Customers.PASSING,
        "how far a call's report is taken, as JSON; it expires",
        sealed="values",
    )  # fmt: skip
    call_lock = Keys(
        "dialer:{dialer}:call:{call}:lock", Shape.STRING, Kind.KEPT, Customers.NOWHERE, "who takes a call's report now"
    )
    lettered = Key(
        "deadletters", Shape.SET, Kind.KEPT, Customers.NOWHERE, "names of all that letters were ever kept for"
    )
    letters = Keys(
        "deadletters:{name}", Shape.STREAM, Kind.KEPT, Customers.CLEANED,
        "what a dialer or endpoint could not take or be told, with the reason",
        sealed="values",
    )  # fmt: skip
    courier = Key("webhook:courier", Shape.STRING, Kind.KEPT, Customers.NOWHERE, "the process that delivers webhooks")
    outbox = Keys(
        "webhook:{endpoint}:waiting", Shape.STREAM, Kind.KEPT, Customers.PASSING,
        "messages that wait to be delivered",
        sealed="values",
    )  # fmt: skip
    outbox_tries = Keys(
        "webhook:{endpoint}:tries", Shape.HASH, Kind.KEPT, Customers.NOWHERE,
        "message → how often it was sent in vain, and when it is due again (ms)",
    )  # fmt: skip
    disabled = Keys(
        "webhook:{endpoint}:disabled", Shape.STRING, Kind.KEPT, Customers.NOWHERE, "why nothing is sent to an endpoint"
    )
