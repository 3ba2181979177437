"""Hot state anew from the lake, as it was at a moment: identities, profiles, states, and the queue."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import redis

from features import spans as spanning
from features.configuration import Configuration
from features.consents import last_words
from features.home import Home
from features.hot import HotFeatures
from features.identity import identity_key, key_of
from features.lake import ARRIVED, last_arrival, read_events, read_own, read_records
from features.own_events import COMPLETED, ERASED, MERGED, UNMERGED
from features.reports import contradicted
from leads.configuration.bounds import TOLERANCE
from leads.configuration.recognition import Recognition
from leads.history import IDENTITIES
from serving.calls.attempt_records import AttemptRecords
from serving.calls.called import with_called
from serving.calls.promise import packed
from serving.clock import microseconds
from serving.disk import say
from serving.events.halves import by_halves
from serving.events.stream import Event, Stream
from serving.live.placement import Placement
from serving.live.refolding import FOLDED_TO
from serving.live.refusals import refused_numbers
from serving.live.soundness import Folded, Soundness
from serving.live.sweep import swept
from serving.people.census import counted, register
from serving.people.contact import Contact
from serving.people.contact_frames import contact_frame, contacts_of
from serving.people.contacts import Contacts
from serving.people.erased_customers import ErasedCustomers
from serving.people.reach import Reach
from serving.queue.aftermath import CallRecord, standing
from serving.queue.leases import Leases
from serving.queue.queued_people import QueuedPeople
from serving.queue.rests import Rests
from serving.queue.revival import wake
from serving.recording.recorder import Recorder
from serving.scoring.scorer import Scorer
from serving.store.keys.key import Kind
from serving.store.keyspace import Keyspace, beginning
from serving.store.layout import StoreLayout
from serving.store.scripts import Scripts
from serving.store.words import DUPLICATE_DAYS

CHUNK = 2000

FORMAT = 7
"""Of what the queue keeps; a store that was written in another one is rebuilt."""

Progress = Callable[[int, int], None]
"""Called with how many customers are done, of how many."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild found. `merged`: ids that turned out to be another's."""

    customers: int
    events: int
    merged: int


class Rebuild:
    """Folds the hot state anew."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, scripts: Scripts, home: Home, configuration: Configuration,
        stream: Stream, hot: HotFeatures, contacts: Contacts, erased: ErasedCustomers, recorder: Recorder | None,
        scorer: Scorer, leases: Leases, rests: Rests, queued_people: QueuedPeople,
        attempt_records: AttemptRecords, placement: Placement, soundness: Soundness, layout: StoreLayout,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._scripts = scripts
        self._home = home
        self._configuration = configuration
        self._stream = stream
        self._hot = hot
        self._contacts = contacts
        self._erased = erased
        self._recorder = recorder
        self._scorer = scorer
        self._leases = leases
        self._rests = rests
        self._queued_people = queued_people
        self._attempt_records = attempt_records
        self._placement = placement
        self._soundness = soundness
        self._held = layout

    def is_needed(self) -> bool:
        """Whether the store holds nothing of this home yet, or states of another layout than its configuration's."""
        return self._held.held() != self._layout()

    def fill(self, now: Callable[[], datetime], progress: Progress | None = None) -> None:
        """Fold the hot state where that is needed, by one process at a time."""
        if self.is_needed():
            with (self._home.folder / "rebuild.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if self.is_needed():
                    self.run(now(), progress)

    def _layout(self) -> str:
        """What states and queue look like, and after which import into the home."""
        imports = self._home.imports
        return f"{self._configuration.layout.digest}/{FORMAT}{f'/{imports}' if imports else ''}"

    def run(self, now: datetime, progress: Progress | None = None) -> Rebuilt:
        """Forget derived state and fold it again from everything up to `now`. The stream worker must not run.

        What was accepted and is not in the lake yet is recorded first, so that the lake alone decides.
        """
        if self._recorder is not None:
            self._recorder.drain()
        self._clear()
        self._continue_after_the_lake()
        # A sender's clock may be ahead: what was accepted and folded so is folded again.
        reach = now + TOLERANCE if self._recorder is not None else now
        last = last_arrival(self._home) or 0
        events = self._soundness.readable(read_events(self._home, until=reach, by_arrival=True, as_came=True), now)
        self._soundness.pass_over_own(now)
        census = counted(
            self._home, _with_strangers(self._records(now), events), now, noting=self._recorder is not None
        )
        contacts, merged = census.people, census.merged
        theirs = events.with_columns(_renamed(events["customer_id"], merged))
        states = self._soundness.folded(theirs, now)
        self._remember(events, now)
        register(self._client, self._keys, self._contacts, census)
        self._hold(census.unity.into, now)
        self._calls(merged, events, now)
        self._contacts.numbers.rest(refused_numbers(self._home, events, merged, now))
        self._write(contacts, states, now, progress)
        stamp = {"rebuilt_at": str(microseconds(now)), "layout": self._layout(), FOLDED_TO: str(last)}
        self._client.hset(self._keys.meta, mapping=stamp)
        swept(self._client, self._keys)
        return Rebuilt(len(contacts), len(states.events), len(merged))

    def _clear(self) -> None:
        """Forget what is folded again or passes. What nobody declared is not known to be either: it stays, and is told
        of by how it begins.
        """
        strange = set()
        for key in self._client.scan_iter(f"{self._keys.prefix}:*", count=5000):
            found = self._keys.find(key)
            if found is None:
                strange.add(beginning(self._keys.named(key)))
            elif found.kind is not Kind.KEPT:
                self._client.unlink(key)
        if strange:
            say(f"keys of the store that this version does not know stay as they are: {', '.join(sorted(strange))}")

    def _continue_after_the_lake(self) -> None:
        """The worker goes on after what the lake holds; where nothing is recorded, after nothing."""
        if self._recorder is not None:
            ends = {self._keys.applied(p): end for p, end in enumerate(self._stream.recorded())}
            self._client.mset(ends)

    def _records(self, now: datetime) -> list[Contact]:
        """Each customer's newest record, identities in their normal form, in the order in which they were told."""
        workspace = self._configuration.workspace
        records = last_words(workspace.channels, read_records(self._home, now).sort("at", maintain_order=True))
        latest = (
            spanning.with_beginnings(records)
            .unique("customer_id", keep="last", maintain_order=True)
            .sort("at", "customer_id")
        )
        return [normalised(contact, workspace.recognition) for contact in contacts_of(workspace, latest)]

    def _remember(self, events: pl.DataFrame, now: datetime) -> None:
        """Recent events are duplicates when sent again, and the erased stay so."""
        self._erased.lift()
        keys, since = self._keys, now - timedelta(days=DUPLICATE_DAYS)
        arrived = pl.col(ARRIVED) >= microseconds(since) // 1000 << 20
        recent = events.filter((pl.col("time") > since) | arrived.fill_null(False))
        today = microseconds(now) // 86_400_000_000
        with self._client.pipeline(transaction=False) as pipeline:
            for event_id, source in recent.select("id", "source").iter_rows():
                pipeline.sadd(keys.seen(today), Event(event_id, source, "", "", 0, {}).digest)
            self._each_row(read_own(self._home, ERASED), now, lambda row: self._bury(pipeline, row))
            pipeline.execute()

    def _bury(self, pipeline: Any, row: Mapping[str, Any]) -> None:
        told = json.loads(row["data"])
        self._erased.add(told["digests"], told.get("identities", ()), microseconds(row["time"]), pipeline)

    def _each_row(self, rows: pl.DataFrame, now: datetime, act: Callable[[Mapping[str, Any]], object]) -> None:
        """Act on each row of own events, in their order; one of which nothing can be made is set aside."""
        for row in rows.iter_rows(named=True):
            by_halves([row], lambda one: act(one[0]), lambda one, error: self._soundness.set_aside(one, error, now))

    def _calls(self, merged: Mapping[str, str], events: pl.DataFrame, now: datetime) -> None:
        """What came of calls: who is not to be called before a time, who was promised a call, and the call book."""
        rows = with_called(read_own(self._home, COMPLETED, MERGED, UNMERGED, until=now), events)
        configuration = self._configuration
        grace, recognition = configuration.catalogue.queueing.callback_grace, configuration.workspace.recognition
        record = CallRecord(standing(rows.iter_rows(named=True)), merged, grace, recognition)
        self._each_row(rows, now, lambda row: record.follow(row, json.loads(row["data"])))
        people = record.people()
        kept: dict[str, dict[str, Any]] = {
            self._keys.promises: {
                name: packed(after.promise) for name, after in people.items() if after.promise is not None
            },
            self._keys.rest: {name: after.rest for name, after in people.items()},
            self._keys.retries: {name: after.retry for name, after in people.items() if after.retry is not None},
        }
        for key, values in kept.items():
            if values:
                self._client.hset(key, mapping=values)
        pages = {name: after.attempts for name, after in people.items() if after.attempts is not None}
        self._attempt_records.write(pages, record.hours)
        for disposition in {after.disposition for after in people.values() if after.disposition is not None}:
            resting = {name: after.rest for name, after in people.items() if after.disposition == disposition}
            self._client.zadd(self._keys.resting_after(disposition), resting)
            self._client.sadd(self._keys.resting, disposition)

    def _hold(self, into: Mapping[str, str], now: datetime) -> None:
        """Who was handed out or pushed is so as who they are now: an import may have made them somebody else.
        into: id → the one that survives.
        """
        keys = (self._keys.held_customers, self._keys.pushed)
        names = sorted({name.decode() for key in keys for name in self._client.hkeys(key)})  # type: ignore[union-attr]
        for name in names:
            if into.get(name, name) != name:
                self._queued_people.join(name, into[name], now)
        leases = self._leases.all(now)
        handed_out = {name for lease in leases for name in (lease.customer_id, lease.called or lease.customer_id)}
        self._queued_people.part({name: into.get(name, name) for name in handed_out}, now)

    def _to_wake(self, contacts: Sequence[Contact]) -> list[Reach]:
        """Those who rest for good, and those with a number that was wrong and was told again."""
        retold = {contact.customer_id for contact in contacts if any(span.wrong for span in contact.spans.values())}
        resting = self._rests.for_good([contact.customer_id for contact in contacts])
        return [reach for reach in self._contacts.reach(sorted({*resting, *retold})) if reach is not None]

    def _agreed(self, reached: Sequence[Reach]) -> set[str]:
        """Who agreed to calls after they did not want any."""
        ids = [reach.customer_id for reach in reached]
        if not ids:
            return set()
        agreed = self._scorer.agreed(reached, self._hot.read(self._client, ids))
        return {customer_id for customer_id, yes in zip(ids, agreed, strict=True) if yes}

    def _write(
        self,
        contacts: dict[str, Contact],
        states: Folded,
        now: datetime,
        progress: Progress | None,
    ) -> None:
        workspace = self._configuration.workspace
        caps = self._configuration.catalogue.queueing.recycling.caps
        everyone = list(contacts)
        for start in range(0, len(everyone), CHUNK):
            ids = everyone[start : start + CHUNK]
            told = [contacts[customer_id] for customer_id in ids]
            met = [customer_id for customer_id in ids if customer_id in states.rows]
            rows = [states.rows[customer_id] for customer_id in met]
            with self._client.pipeline(transaction=False) as pipeline:
                self._contacts.write(pipeline, told)
                self._hot.write_profiles(pipeline, contact_frame(workspace, told))
                self._hot.write_states(pipeline, met, states.interactions[rows], states.standing[rows], states.at[rows])
                pipeline.execute()
            waking = self._to_wake(told)
            wake(self._scripts, caps, waking, now, agreed=self._agreed(waking))
            over = contradicted(self._configuration.layout, states.standing[rows])
            for customer_id in (name for name, gone in zip(met, over, strict=True) if gone):
                self._rests.come_back(customer_id, now)
            self._placement.rescore(ids, now)
            if progress is not None:
                progress(start + len(ids), len(everyone))


def normalised(contact: Contact, recognition: Recognition) -> Contact:
    """With identities in their normal form, in which versions before may not have kept them; what cannot be one is
    dropped.
    """
    keys = {kind: identity_key(kind, getattr(contact, kind), recognition, contact.timezone) for kind in IDENTITIES}
    values: dict[str, Any] = {kind: None if key is None else key.removeprefix(f"{kind}:") for kind, key in keys.items()}
    own = {*keys.values()}
    others = {key for known in contact.known_as if (key := key_of(known, recognition)) is not None}
    spans = spanning.normalised(contact.spans, recognition)
    return replace(contact, **values, known_as=tuple(sorted(others - own)), spans=spans)


def _renamed(customer_ids: pl.Series, merged: Mapping[str, str]) -> pl.Series:
    return customer_ids.replace(merged) if merged else customer_ids


def _with_strangers(told: Sequence[Contact], events: pl.DataFrame) -> list[Contact]:
    """Those who are known by their events alone get an empty record as of the event that came first."""
    known = {contact.customer_id for contact in told}
    first = events.group_by("customer_id", maintain_order=True).agg(pl.col("time").first().to_physical())
    return [*told, *(Contact(name, at) for name, at in sorted(first.rows()) if name not in known)]
