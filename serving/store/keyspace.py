"""Names of the keys in the hot store. All share one hash tag, so that scripts work on a cluster too."""

from __future__ import annotations

import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Keyspace:
    """Key names under a prefix such as `{nextlead}`."""

    prefix: str = "{nextlead}"

    def of(self, *parts: str) -> str:
        return ":".join((self.prefix, *parts))

    def stream(self, partition: int) -> str:
        """Accepted events and customer changes that wait for the worker."""
        return self.of("stream", str(partition))

    def seen(self, day: int) -> str:
        """Digests of the events accepted on a day, counted from 1970."""
        return self.of("seen", str(day))

    def applied(self, partition: int) -> str:
        """The last stream entry of the partition whose effects are in the hot state."""
        return self.of("applied", str(partition))

    def owner(self, role: str) -> str:
        """The worker that has a role now: a partition's number, or `recorder`."""
        return self.of("owner", role)

    @property
    def workers(self) -> str:
        """Workers that are there, by when they are given up (ms)."""
        return self.of("workers")

    @property
    def recorded(self) -> str:
        """Per partition, the last stream entry that is in the lake."""
        return self.of("recorded")

    @property
    def recording(self) -> str:
        """What is being written to the lake now, as JSON: after a crash exactly that is written again."""
        return self.of("recording")

    @property
    def unranked(self) -> str:
        """Per customer who could not be ranked, why."""
        return self.of("unranked")

    @property
    def waits(self) -> str:
        """How long events waited until the queue knew them: counts per bucket, and their sum."""
        return self.of("waits")

    @property
    def meta(self) -> str:
        """Facts about the hot state: when it was rebuilt, the last sweep, the worker's heartbeat."""
        return self.of("meta")

    @property
    def contacts(self) -> str:
        """Per customer, identities, time zone and when they were said, as JSON."""
        return self.of("contacts")

    @property
    def identities(self) -> str:
        """Per normalised identity, the customer it belongs to."""
        return self.of("identities")

    @property
    def numbers(self) -> str:
        """Digests of numbers that rest, by since when."""
        return self.of("numbers")

    @property
    def people(self) -> str:
        """Counts changes of records and identities, so that they come one after another."""
        return self.of("people")

    @property
    def own(self) -> str:
        """Per id what was told of it alone, as JSON, where that is not what stands in `contacts` under the same id."""
        return self.of("records")

    @property
    def members(self) -> str:
        """Per surviving id of several, all ids of the person, as JSON."""
        return self.of("members")

    def sharers(self, key: str) -> str:
        """Who has or had an identity, a set, where that is not just the one to whom it leads."""
        return self.of("sharers", key)

    @property
    def verdicts(self) -> str:
        """Per id what a person decided: other ids, and whether they are the same, as JSON."""
        return self.of("verdicts")

    @property
    def split(self) -> str:
        """Counts how often ids that were one came apart: whoever read who is who before that reads it again."""
        return self.of("split")

    @property
    def conflicts(self) -> str:
        """Per identity that people share who must stay apart, why, and those people's ids, as JSON."""
        return self.of("conflicts")

    @property
    def merged(self) -> str:
        """Per id that was merged away, the id that survives."""
        return self.of("merged")

    @property
    def erased(self) -> str:
        """Digests of erased customer ids: they are not accepted again."""
        return self.of("erased")

    @property
    def erasing(self) -> str:
        """Ids of erased customers whose rows are to leave the lake."""
        return self.of("erasing")

    @property
    def lake_erased(self) -> str:
        """Digests of erased customers whom the lake has forgotten too; who waits for that takes them out."""
        return self.of("lake_erased")

    def timeline(self, customer_id: str) -> str:
        return self.of("timeline", customer_id)

    def decision(self, decision_id: str) -> str:
        return self.of("decision", decision_id)

    @property
    def decisions(self) -> str:
        """Decisions that wait to be recorded in the lake."""
        return self.of("decisions")

    def idempotency(self, digest: str) -> str:
        return self.of("idempotency", digest)


def partition_of(customer_id: str, partitions: int) -> int:
    """The stream a customer's events go to: always the same one, so that they are applied in order."""
    return zlib.crc32(customer_id.encode()) % partitions
