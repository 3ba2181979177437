"""People: which customer ids turn out to be one person, and which share an identity and must stay apart.

A function of what each id has told by itself, so that the order of arrival does not matter, and what joined two ids can
be taken back: without it they are as if they had never been joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

STRANGER = "person-"
"""How the ids begin that we give to people met by an identity alone."""

DISTINCT, UNMERGED, SHARED = "distinct", "unmerged", "shared"
"""Why those who share an identity are not one: a distinct tag says so, a person did, or too many share it."""


@dataclass(frozen=True)
class Known:
    """What an id has told of itself. Times are microseconds.

    keys: identities that it has or had, each with since when. ended: when it was last said that an identity, or all of
    a kind (`phone:`), is not theirs any more; what began later is theirs again. wrong: when somebody else was found at
    an identity. distinct: values of the tags that no two people share, where told. verdicts: what a person decided:
    other id → whether they are the same.
    """

    customer_id: str
    keys: Mapping[str, int] = field(default_factory=dict)
    ended: Mapping[str, int] = field(default_factory=dict)
    wrong: Mapping[str, int] = field(default_factory=dict)
    distinct: Mapping[str, Any] = field(default_factory=dict)
    verdicts: Mapping[str, bool] = field(default_factory=dict)

    def over(self, key: str, since: int) -> int | None:
        """When it was said here that an identity which began `since` is over; None while it is not."""
        said = max(self.ended.get(key, -1), self.ended.get(kind_of(key), -1), self.wrong.get(key, -1))
        return said if said >= since else None

    def differs(self, other: Known) -> str | None:
        """Why they cannot be one person: a person said so, or both told a distinct tag and not the same value."""
        if self.verdicts.get(other.customer_id) is False:
            return UNMERGED
        common = self.distinct.keys() & other.distinct.keys()
        return DISTINCT if any(self.distinct[name] != other.distinct[name] for name in common) else None


@dataclass(frozen=True)
class Dispute:
    """People, by the ids that survive, who share an identity and stay apart, and why."""

    why: str
    customers: tuple[str, ...]


@dataclass(frozen=True)
class Unity:
    """Who is who. into: id → the id that survives, for every id. standing: id → the identities of its own that still
    lead to its person, or would if they were not barred. leads: identity → the id that it leads to. disputes: identity
    → who shares it and must stay apart.
    """

    into: Mapping[str, str]
    standing: Mapping[str, Collection[str]]
    leads: Mapping[str, str]
    disputes: Mapping[str, Dispute]

    @property
    def people(self) -> Mapping[str, Sequence[str]]:
        """The ids of each person by the one that survives."""
        found: dict[str, list[str]] = defaultdict(list)
        for customer_id, into in self.into.items():
            found[into].append(customer_id)
        return found


def kind_of(key: str) -> str:
    """How the keys of a kind begin: `phone:` of `phone:+86…`."""
    return key.partition(":")[0] + ":"


def rank(customer_id: str) -> tuple[bool, str]:
    """Ids in the order in which they survive: given ones before ours, then by name, whichever came first."""
    return customer_id.startswith(STRANGER), customer_id


def surviving(merged: Mapping[str, str], customer_id: str) -> str:
    """The id under which a customer is kept, after all merges (id → the id it was merged into).

    Of ids that lead round in a circle, the one that comes first by name.
    """
    passed = [customer_id]
    while (into := merged.get(passed[-1])) is not None:
        if into in passed:
            return min(passed[passed.index(into) :])
        passed.append(into)
    return passed[-1]


def too_many(customer_ids: Iterable[str], most: int) -> bool:
    """Whether more ids that were given share something than people of one person or family would."""
    return sum(not customer_id.startswith(STRANGER) for customer_id in customer_ids) > most


def shared_keys(everyone: Iterable[Known], most: int) -> dict[str, list[str]]:
    """The identities that join nobody, as more than `most` given ids share them, with those ids."""
    sharers: dict[str, list[str]] = defaultdict(list)
    for known in everyone:
        for key in known.keys:
            sharers[key].append(known.customer_id)
    return {key: ids for key, ids in sharers.items() if len(ids) > most and too_many(ids, most)}


def unite(everyone: Collection[Known], barred: Collection[str] = ()) -> Unity:
    """Who of these becomes one. barred: identities that join nobody.

    Whoever had an identity at the same time as somebody else is them. What was said first counts first, and last what
    somebody was wrong about; whom a group differs from does not join it. Nobody outside may share an identity that is
    not barred with anybody inside.
    """
    groups = _Groups(everyone)
    sharers = _sharers(everyone, barred)
    doubtful = {key for known in everyone for key in known.wrong}
    ties = sorted(_ties(everyone, sharers), key=lambda tie: (tie[3] in doubtful, tie))
    for _, one, other, key in ties:
        groups.tie(one, other, key)
    into = {known.customer_id: groups.survivor(known.customer_id) for known in everyone}
    standing = {known.customer_id: {key for key in known.keys if groups.stands(known, key)} for known in everyone}
    leads: dict[str, str] = {}
    disputes: dict[str, Dispute] = {}
    for key, having in sharers.items():
        left = [holder for holder in having if key in standing[holder.customer_id]]
        people = sorted({into[holder.customer_id] for holder in left}, key=rank)
        if left:
            leads[key] = left[0].customer_id
        if len(people) > 1:
            disputes[key] = Dispute(groups.reason(left), tuple(people))
    return Unity(into, standing, leads, disputes)


def _sharers(everyone: Iterable[Known], barred: Collection[str]) -> dict[str, list[Known]]:
    """Per identity who has or had it, the first first."""
    found: dict[str, list[Known]] = defaultdict(list)
    for known in everyone:
        for key in known.keys:
            if key not in barred:
                found[key].append(known)
    for key, ids in found.items():
        ids.sort(key=lambda known: (known.keys[key], rank(known.customer_id)))
    return found


def _ties(everyone: Iterable[Known], sharers: Mapping[str, Sequence[Known]]) -> Iterator[tuple[int, str, str, str]]:
    """What may join two ids: since when, and by which identity; a person's word comes first, by none."""
    names = {known.customer_id for known in everyone}
    for known in everyone:
        for other, same in known.verdicts.items():
            if same and other in names:
                yield -1, *_ordered(known.customer_id, other), ""
    for key, holders in sharers.items():
        for first, second in combinations(holders, 2):
            yield max(first.keys[key], second.keys[key]), first.customer_id, second.customer_id, key


def _ordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if rank(one) <= rank(other) else (other, one)


class _Groups:
    """Ids joined so far."""

    def __init__(self, everyone: Iterable[Known]) -> None:
        self._members = {known.customer_id: [known] for known in everyone}
        self._known = {known.customer_id: known for known in everyone}

    def tie(self, left: str, right: str, key: str) -> None:
        """Join the groups of two ids, unless they differ, one of them had given up the identity before, or it is known
        to be wrong for one of their people.
        """
        one, other = self._members[left], self._members[right]
        if one is other or (key and not self._at_once(left, right, key)):
            return
        if any(member.differs(another) for member in one for another in other):
            return
        one += other
        for member in other:
            self._members[member.customer_id] = one

    def survivor(self, customer_id: str) -> str:
        return min((member.customer_id for member in self._members[customer_id]), key=rank)

    def stands(self, holder: Known, key: str) -> bool:
        """Whether an identity still leads to its holder: nobody of the group has said that it is over."""
        return self._over(holder, key) is None

    def reason(self, holders: Sequence[Known]) -> str:
        """Why those who have an identity are not one."""
        groups = [self._members[holder.customer_id] for holder in holders]
        pairs = ((one, other) for left, right in combinations(groups, 2) for one in left for other in right)
        reasons = {one.differs(other) for one, other in pairs}
        return UNMERGED if UNMERGED in reasons else DISTINCT

    def _at_once(self, left: str, right: str, key: str) -> bool:
        pair = (self._known[left], self._known[right])
        begun = max(known.keys[key] for known in pair)
        if any(member.wrong.get(key, -1) >= known.keys[key] for known in pair for member in self._both(*pair)):
            return False
        return all((over := self._over(known, key)) is None or over > begun for known in pair)

    def _both(self, one: Known, other: Known) -> Iterator[Known]:
        yield from self._members[one.customer_id]
        yield from self._members[other.customer_id]

    def _over(self, holder: Known, key: str) -> int | None:
        since = holder.keys[key]
        said = [over for member in self._members[holder.customer_id] if (over := member.over(key, since)) is not None]
        return min(said, default=None)
