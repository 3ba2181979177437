"""Merging by a person's word: two are one, whatever was decided before; or they are not, and a merge is taken back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

import redis

from features.people import rank, unite
from leads.errors import Conflicting, InvalidInput, NotFound
from serving.people.circle import Circle, Circles
from serving.people.contacts import Contacts
from serving.people.people import People
from serving.people.settling import Cause, Settling
from serving.store.keyspace import Keyspace


class Merging:
    """Merges and unmerges. by, reason: whose word it is, and why; at: microseconds."""

    def __init__(
        self, client: redis.Redis, keyspace: Keyspace, contacts: Contacts, circles: Circles, settling: Settling,
        people: People,
    ) -> None:  # fmt: skip
        self._client = client
        self._keys = keyspace
        self._contacts = contacts
        self._circles = circles
        self._settling = settling
        self._people = people

    def unmerge(self, customer_id: str, other: str, by: str, reason: str, at: int) -> tuple[str, str]:
        """Take back that `other` was merged with the customer, for good; the ids under which both are kept now.

        Raises NotFound for who is not known, Conflicting where they are not one.
        """
        cause = Cause.person(by, reason)
        return self._people.change(lambda pipeline: self._unmerge(pipeline, customer_id, other, cause, at))

    def merge(self, customer_id: str, other: str, by: str, reason: str, at: int) -> str:
        """Make two one, whatever was decided before; the id that survives.

        Raises NotFound for who is not known, Conflicting where they are one already or a distinct tag differs.
        """
        cause = Cause.person(by, reason)
        return self._people.change(lambda pipeline: self._merge(pipeline, customer_id, other, cause, at))

    def _unmerge(self, pipeline: Any, customer_id: str, other: str, cause: Cause, at: int) -> tuple[str, str]:
        kept, gone = self._pair(customer_id, other)
        if kept != gone:
            raise Conflicting(f"{customer_id} and {other} are not one customer: there is nothing to take back")
        circle = self._circles.read({}, {customer_id: {}, other: {}})
        left = _without(circle, customer_id, other)
        apart = [(other, name) for name in left]
        circle = self._circles.read({}, _verdicts(apart, False))
        into = self._settling.settle(pipeline, circle, {}, cause.of(other, apart=apart), at)
        return into[customer_id], into[other]

    def _merge(self, pipeline: Any, customer_id: str, other: str, cause: Cause, at: int) -> str:
        one, two = self._pair(customer_id, other)
        if one == two:
            raise Conflicting(f"{customer_id} and {other} are one customer already")
        left, right = self._contacts.members([one, two])
        parted = [(a, b) for a in left for b in right]
        verdicts = self._verdicts_between(parted)
        same = [*verdicts, (customer_id, other)]
        circle = self._circles.read({}, _verdicts(same, True))
        into = self._settling.settle(pipeline, circle, {}, cause.of(other, same=same), at)
        if into[customer_id] != into[other]:
            raise Conflicting(f"{customer_id} and {other} cannot be one: a distinct tag has another value")
        return into[customer_id]

    def _pair(self, customer_id: str, other: str) -> tuple[str, str]:
        """The surviving ids of two who are known. Raises NotFound, and InvalidInput for one who is named twice."""
        if customer_id == other:
            raise InvalidInput("customer_id", other, "another id than the customer's own")
        survivors = self._contacts.surviving([customer_id, other])
        for name, record in zip((customer_id, other), self._contacts.read(survivors), strict=True):
            if record is None:
                raise NotFound("customer", name)
        return survivors[0], survivors[1]

    def _verdicts_between(self, pairs: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of these pairs those whom a person kept apart."""
        names = sorted({one for one, _ in pairs})
        found: list[Any] = self._client.hmget(self._keys.verdicts, names)  # type: ignore[assignment]
        decided = {name: json.loads(text or "{}") for name, text in zip(names, found, strict=True)}
        return [(one, other) for one, other in pairs if decided[one].get(other) is False]


def _verdicts(pairs: Iterable[tuple[str, str]], same: bool) -> dict[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = {}
    for one, other in pairs:
        found.setdefault(one, {})[other] = same
        found.setdefault(other, {})[one] = same
    return found


def _without(circle: Circle, customer_id: str, gone: str) -> list[str]:
    """Who of a person stays with the customer when `gone` leaves, with those who were joined by it alone."""
    mine = [
        known for name, known in circle.known.items() if circle.into[name] == circle.into[customer_id] and name != gone
    ]
    into = unite(mine, circle.barred).into
    here = into.get(customer_id, customer_id)
    return sorted({customer_id, *(name for name, survivor in into.items() if survivor == here)}, key=rank)
