"""People: which customer ids turn out to be one person, and which share an identity and must stay apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STRANGER = "person-"
"""How the ids begin that we give to people met by an identity alone."""


@dataclass(frozen=True)
class Known:
    """What tells a customer from others. distinct: their values of the tags that no two people share, where told."""

    customer_id: str
    distinct: Mapping[str, Any] = field(default_factory=dict)

    def differs(self, other: Known) -> bool:
        """Whether they cannot be one person: both told a distinct tag, and told different values."""
        common = self.distinct.keys() & other.distinct.keys()
        return any(self.distinct[name] != other.distinct[name] for name in common)


@dataclass(frozen=True)
class Union:
    """Who becomes one. into: the id that survives. merged: ids that lead to it now. apart: who must not join."""

    into: str
    merged: tuple[str, ...]
    apart: tuple[str, ...]


def rank(customer_id: str) -> tuple[bool, str]:
    """Ids in the order in which they survive: given ones before ours, then by name, whichever came first."""
    return customer_id.startswith(STRANGER), customer_id


def unite(teller: Known, owners: Iterable[Known]) -> Union:
    """What becomes of a customer and of those who own identities that they tell."""
    group, apart = [teller], []
    for owner in sorted(owners, key=lambda known: rank(known.customer_id)):
        if any(owner.differs(member) for member in group):
            apart.append(owner.customer_id)
        else:
            group.append(owner)
    ids = sorted({member.customer_id for member in group}, key=rank)
    return Union(ids[0], tuple(ids[1:]), tuple(apart))


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


class Register:
    """Who owns which identity, in memory: the rule of the live index for whole histories.

    owners: identity key → customer id. merged: id → the id it was merged into. conflicts: identity key → the ids that
    share it and must stay apart.
    """

    def __init__(self, merged: Mapping[str, str] | None = None) -> None:
        self.owners: dict[str, str] = {}
        self.merged: dict[str, str] = dict(merged or {})
        self.conflicts: dict[str, set[str]] = {}
        self._distinct: dict[str, dict[str, Any]] = {}

    def tell(self, customer_id: str, keys: Sequence[str], distinct: Mapping[str, Any]) -> Union:
        """Take in that a customer has these identities and distinct values."""
        own = surviving(self.merged, customer_id)
        held = {key: surviving(self.merged, self.owners[key]) for key in keys if key in self.owners}
        teller = Known(own, self._distinct.get(own, {}) | dict(distinct))
        others = {owner for owner in held.values() if owner != own}
        union = unite(teller, [Known(owner, self._distinct.get(owner, {})) for owner in others])
        self._join(union, teller)
        for key in keys:
            if held.get(key) in union.apart:
                self.conflicts.setdefault(key, set()).update((held[key], union.into))
            else:
                self.owners[key] = union.into
        return union

    def _join(self, union: Union, teller: Known) -> None:
        distinct = dict(teller.distinct)
        for customer_id in (union.into, *union.merged):
            distinct |= self._distinct.pop(customer_id, {})
        self._distinct[union.into] = distinct
        self.merged |= dict.fromkeys(union.merged, union.into)
