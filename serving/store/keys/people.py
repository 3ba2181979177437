"""The keys of people: what is known of them, who is who, and who was erased."""

from __future__ import annotations

from serving.store.keys.key import Customers, Key, Keys, Kind, PersonalKeys, Shape


class PeopleKeys:
    """Profiles and states, records, identities, and erasures."""

    profile = Keys("profile:{customer}", Shape.STRING, Kind.FOLDED, Customers.NAME, "their profile, packed")
    interactions = Keys(
        "interactions:{customer}", Shape.STRING, Kind.FOLDED, Customers.NAME, "their decayed counters, packed"
    )
    standing = Keys(
        "standing:{customer}", Shape.STRING, Kind.FOLDED, Customers.NAME,
        "their policies and last words on consents, packed",
    )  # fmt: skip
    contacts = Key(
        "contacts", Shape.HASH, Kind.FOLDED, Customers.ENTRY,
        "customer → identities, tags, time zone and when they were said, as JSON",
        sealed="values",
    )  # fmt: skip
    records = Key(
        "records", Shape.HASH, Kind.FOLDED, Customers.ENTRY,
        "id → what was told of it alone, as JSON, where that is not what stands in `contacts` under the same id",
        sealed="values",
    )  # fmt: skip
    members = Key(
        "members", Shape.HASH, Kind.FOLDED, Customers.ENTRY,
        "surviving id of several → all ids of the person, as JSON",
    )  # fmt: skip
    identities = Key(
        "identities", Shape.HASH, Kind.FOLDED, Customers.WOVEN,
        "normalised identity → the customer it belongs to",
        sealed="fields",
    )  # fmt: skip
    sharers = PersonalKeys(
        "sharers:{identity}", Shape.SET, Kind.FOLDED, Customers.WOVEN,
        "who has or had an identity, where that is not just the one to whom it leads",
        sealed="names",
    )  # fmt: skip
    verdicts = Key(
        "verdicts", Shape.HASH, Kind.FOLDED, Customers.ENTRY,
        "id → what a person decided: other ids, and whether they are the same, as JSON",
    )  # fmt: skip
    conflicts = Key(
        "conflicts", Shape.HASH, Kind.FOLDED, Customers.WOVEN,
        "identity that people share who must stay apart → why, and those people's ids, as JSON",
        sealed="fields",
    )  # fmt: skip
    merged = Key("merged", Shape.HASH, Kind.FOLDED, Customers.ENTRY, "id that was merged away → the id that survives")
    people = Key(
        "people", Shape.STRING, Kind.KEPT, Customers.NOWHERE,
        "counts changes of records and identities, so that they come one after another",
    )  # fmt: skip
    split = Key(
        "split", Shape.STRING, Kind.PASSING, Customers.NOWHERE,
        "counts how often ids that were one came apart: whoever read who is who before that reads it again",
    )  # fmt: skip
    numbers = Key(
        "numbers", Shape.SORTED, Kind.KEPT, Customers.DIGEST,
        "digests of numbers at which nobody is called, by since when (us)",
    )  # fmt: skip
    tombstones = Key(
        "tombstones", Shape.SORTED, Kind.KEPT, Customers.DIGEST,
        "digests of erased customer ids and identities, by until when (us) they are not accepted again",
    )  # fmt: skip
    erased = Key(
        "erased", Shape.SET, Kind.KEPT, Customers.DIGEST,
        "the same as a version before kept them, which a rebuild brings to `tombstones`",
    )  # fmt: skip
    erasing = Key(
        "erasing", Shape.SET, Kind.KEPT, Customers.CLEANED, "ids of erased customers whose rows are to leave the lake"
    )
    erasing_names = Key(
        "erasing_names", Shape.HASH, Kind.KEPT, Customers.CLEANED,
        "id of an erased customer → texts by which nobody else is told, as JSON: they are looked for in what is to go",
        sealed="values",
    )  # fmt: skip
    lake_erased = Key(
        "lake_erased", Shape.SET, Kind.KEPT, Customers.DIGEST,
        "digests of erased customers whom the lake has forgotten too; who waits for that takes them out",
    )  # fmt: skip
