"""People in the hot store: who owns which identity, who turned out to be whom, and who must stay apart."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Any, Literal, TypeVar

import redis

from features.identity import Identity
from features.number_reports import noted
from features.own_events import DIALLED
from features.people import SHARED, STRANGER, rank
from features.wrong_numbers import Report, mistaken, normalised
from leads.configuration.bounds import TOLERANCE
from leads.configuration.workspace import Workspace
from leads.errors import TooBusy
from serving.events.stream import Event
from serving.meaning import Means
from serving.people.circle import Circles
from serving.people.contact import Contact
from serving.people.contacts import Contacts
from serving.people.saying import Saying, consented
from serving.people.settling import Cause, Settling
from serving.store.keyspace import Keyspace
from serving.store.personal import personal

T = TypeVar("T")

_ATTEMPTS = 200
"""How often a change is tried again when another one came in between."""

_SHOWN = 100
"""Of those who share an identity that is shared by too many, how many are named."""


@dataclass(frozen=True)
class TellingResult:
    """What became of it: the id under which the customer is kept, and the ids that were merged into it."""

    customer_id: str
    merged: tuple[str, ...]
    created: bool


@dataclass(frozen=True)
class ConflictAnswer:
    """An identity that people share who are not one."""

    identity: str
    reason: Annotated[
        Literal["distinct", "unmerged", "shared"],
        Means("they differ in a distinct tag, a person said that they are not one, or too many share it"),
    ]
    customers: Annotated[
        tuple[str, ...],
        Means("who share it and are not one, a hundred at most; it leads to one of them, or to nobody"),
    ]
    count: Annotated[int, Means("how many they are")]


class People:
    """The one writer of contact records and identities. Changes of several processes come one after another."""

    def __init__(
        self,
        client: redis.Redis,
        keyspace: Keyspace,
        workspace: Workspace,
        contacts: Contacts,
        circles: Circles,
        settling: Settling,
    ) -> None:
        self._client = client
        self._keys = keyspace
        self._workspace = workspace
        self._contacts = contacts
        self._circles = circles
        self._settling = settling
        self._lock = threading.Lock()

    def tell(
        self, customer_id: str, news: Mapping[str, Any], at: int, said: Sequence[Saying] = (), by: str | None = None
    ) -> TellingResult:
        """Take in what is told of a customer (fields as in Facts, None takes one away) at `at` microseconds.

        said: words on consents, which count as of when they were said; those that change something or carry a proof
        are kept with who told them (`by`). Whoever shares an identity becomes one with them, unless a distinct tag or a
        person says that they are not the same, or more share it than a family would.
        """
        return self.change(lambda pipeline: self._tell(pipeline, customer_id, news, at, said, by))

    def meet(self, identities: Iterable[Identity], at: int) -> dict[str, str]:
        """The customer of each identity by its key, under the id that told it; one nobody has yet goes to a new one.

        An identity that is shared by too many is nobody's, and is left out.
        """
        unique = {identity.key: identity for identity in identities}
        known = self._owners(list(unique))
        if len(known) == len(unique):
            return known
        return self.change(lambda pipeline: self._meet(pipeline, unique, at))

    def wrong(self, report: Report) -> bool:
        """Somebody else was found at a customer's number; whether that was news.

        It leads to them no more, until it is told again later. Whom only this number had joined come apart. Where the
        report does not say which number that was, the record does.
        """
        key, mistaken = self._mistaken(report)
        asked = report.phone is None and key != ""
        return bool(mistaken or asked) and self.change(lambda pipeline: self._wrong(pipeline, report))

    def forget(self, pipeline: Any, customer_ids: Sequence[str], at: int) -> None:
        """Nothing is left of these ids; queues writes, as `change` asks for. Who was not one for their sake may be."""
        circle = self._circles.read(dict.fromkeys(customer_ids))
        self._settling.settle(pipeline, circle, {}, Cause(), at, gone=customer_ids)

    def change(self, act: Callable[[Any], T]) -> T:
        """Run `act`, which reads, calls `multi` and queues writes: all or nothing, on what nobody else has changed.

        Raises TooBusy when others kept coming in between.
        """
        with self._lock:
            for _ in range(_ATTEMPTS):
                with self._client.pipeline(transaction=True) as pipeline:
                    pipeline.watch(self._keys.people)  # type: ignore[no-untyped-call]
                    done = act(pipeline)
                    pipeline.incr(self._keys.people)
                    try:
                        pipeline.execute()
                    except redis.WatchError:
                        continue
                    return done
        raise TooBusy("too many changes of customers at once", retry_after=1)

    def conflicts(self) -> list[ConflictAnswer]:
        """Identities shared by people who are not one, for review."""
        found: dict[bytes, bytes] = self._client.hgetall(self._keys.conflicts)  # type: ignore[assignment]
        listed = [self._conflict(key.decode(), json.loads(text)) for key, text in sorted(found.items())]
        return [conflict for conflict in listed if conflict.count > 1]

    def _conflict(self, key: str, kept: Mapping[str, Any]) -> ConflictAnswer:
        if kept["why"] != SHARED:
            ids = sorted(set(self._contacts.surviving(kept["customers"])), key=rank)
            return ConflictAnswer(key, kept["why"], tuple(ids), len(ids))
        _, some = self._client.sscan(self._keys.sharers(key), count=_SHOWN)  # type: ignore[misc]
        names = sorted((member.decode() for member in some), key=rank)[:_SHOWN]
        return ConflictAnswer(key, SHARED, tuple(names), int(self._client.scard(self._keys.sharers(key))))  # type: ignore[arg-type]

    def _owners(self, keys: Sequence[str]) -> dict[str, str]:
        """Identity → the id that it leads to, of those that lead to one."""
        return {key: owner for key, owner in zip(keys, self._contacts.owners(keys), strict=True) if owner is not None}

    def _meet(self, pipeline: Any, unique: Mapping[str, Identity], at: int) -> dict[str, str]:
        found = self._owners(list(unique))
        left = [key for key in unique if key not in found]
        disputes: list[Any] = self._client.hmget(self._keys.conflicts, list(map(personal, left))) if left else []  # type: ignore[assignment]
        strangers = {}
        for key, dispute in zip(left, disputes, strict=True):
            if dispute is None:
                identity, found[key] = unique[key], f"{STRANGER}{uuid.uuid4().hex[:16]}"
                strangers[found[key]] = Contact(found[key], at).told(at, {identity.kind: identity.value})
        circle = self._circles.read(strangers)
        self._settling.settle(pipeline, circle, strangers, Cause(), at)
        return found

    def _tell(
        self, pipeline: Any, customer_id: str, news: Mapping[str, Any], at: int, said: Sequence[Saying], by: str | None
    ) -> TellingResult:
        own, _ = self._contacts.own([customer_id])
        before = own.get(customer_id, Contact(customer_id, at))
        changed = {customer_id: reduce(lambda record, word: word.heard(record, at), said, before.told(at, news))}
        circle = self._circles.read(changed)
        into = self._settling.settle(pipeline, circle, changed, Cause(), at)
        if kept := [word for word in said if word.is_proven or word.is_news(before)]:
            self._settling.tell(pipeline, consented(customer_id, kept, by, at))
        here = into[customer_id]
        members = [name for name, survivor in into.items() if survivor == here]
        merged = {name for name in members if circle.into[name] == name} | {customer_id}
        return TellingResult(
            here, tuple(sorted(merged - {here}, key=rank)), not any(name in circle.before for name in members)
        )

    def _mistaken(self, report: Report) -> tuple[str, dict[str, Contact]]:
        """The number that a report is about, and the records that it changes, with that."""
        own, _ = self._contacts.own(self._contacts.members(self._contacts.surviving([report.customer_id]))[0])
        told = {name: record.tellings for name, record in own.items()}
        key, times = mistaken(normalised(report, self._workspace), told, TOLERANCE)
        return key, {name: own[name].reported(key, at) for name, at in times.items()}

    def _wrong(self, pipeline: Any, report: Report) -> bool:
        key, changed = self._mistaken(report)
        circle = self._circles.read(changed)
        self._settling.settle(pipeline, circle, changed, Cause("wrong_number"), report.at)
        if report.phone is None and key:
            note = noted(DIALLED, report, report.customer_id, key.removeprefix("phone:"))
            self._settling.tell(pipeline, Event(*note))
        return bool(changed)
