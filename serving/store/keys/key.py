"""What a key of the hot store is: declared once, and everything that walks over keys follows the declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self, overload

_PART = re.compile(r"\{(\w+)\}")


class Shape(Enum):
    """What the store says of a key's type."""

    STRING = "string"
    HASH = "hash"
    SET = "set"
    SORTED = "zset"
    STREAM = "stream"


class Kind(Enum):
    """What becomes of a key when the hot state is made anew.

    FOLDED: forgotten, and folded again from the lake. PASSING: forgotten, and made anew by whoever wants it; it lasts a
    moment, or is only a memo. KEPT: it stays, because the lake does not know it.
    """

    FOLDED = "folded"
    PASSING = "passing"
    KEPT = "kept"


class Customers(Enum):
    """How a customer stands in a key, and how they leave it when they are erased.

    NOWHERE: nothing in it is any customer's. ENTRY: their id is a field or a member, which goes at once. NAME: their id
    ends its name; the key goes at once. WOVEN: among others' things; who writes it takes them out at once. DIGEST: as
    a digest, which stays so that they stay away. CLEANED: they go together with their rows in the lake. PASSING: what
    names them is gone by itself, within days. OUTSIDE: by the id alone, by which another system knows them.
    """

    NOWHERE = "nowhere"
    ENTRY = "entry"
    NAME = "name"
    WOVEN = "woven"
    DIGEST = "digest"
    CLEANED = "cleaned"
    PASSING = "passing"
    OUTSIDE = "outside"


@dataclass(eq=False)
class _Declared:
    """A key, or many of one name. name: with its parts in braces. holds: what is kept in it. sealed: what of it
    is sealed where the home is encrypted: `values`, `fields`, `names`, or `numbers` and `details` in what is packed.
    """

    name: str
    shape: Shape
    kind: Kind
    customers: Customers
    holds: str
    sealed: str = ""

    def __post_init__(self) -> None:
        self.parts = tuple(_PART.findall(self.name))
        texts = [re.escape(text) for text in _PART.split(self.name)[::2]]
        self._is_one = re.compile("(.*)".join(texts), re.DOTALL).fullmatch
        self._format = "%s:" + _PART.sub("%s", self.name.replace("%", "%%"))

    def has(self, name: str) -> bool:
        """Whether a key is one of these, by its name without the prefix."""
        return self._is_one(name) is not None

    def written(self, prefix: str, *parts: object) -> str:
        """The key's whole name."""
        return self._format % (prefix, *parts)


class Key(_Declared):
    """One key: its name, as an attribute of a keyspace."""

    @overload
    def __get__(self, keyspace: None, owner: type) -> Self: ...
    @overload
    def __get__(self, keyspace: Any, owner: type) -> str: ...
    def __get__(self, keyspace: Any, owner: type) -> Self | str:
        return self if keyspace is None else self.written(keyspace.prefix)


class Keys(_Declared):
    """Many keys: as an attribute of a keyspace, their names by their parts."""

    @overload
    def __get__(self, keyspace: None, owner: type) -> Self: ...
    @overload
    def __get__(self, keyspace: Any, owner: type) -> Callable[..., str]: ...
    def __get__(self, keyspace: Any, owner: type) -> Self | Callable[..., str]:
        if keyspace is None:
            return self
        return lambda *parts: self.written(keyspace.prefix, *parts)


class PersonalKeys(Keys):
    """Many keys, by parts that tell of a person: where the home is encrypted, aliases stand for these."""

    @overload
    def __get__(self, keyspace: None, owner: type) -> Self: ...
    @overload
    def __get__(self, keyspace: Any, owner: type) -> Callable[..., str]: ...
    def __get__(self, keyspace: Any, owner: type) -> Self | Callable[..., str]:
        if keyspace is None:
            return self
        return lambda *parts: self.written(keyspace.prefix, *map(keyspace.alias, parts))


def declared(rooms: type) -> Iterator[tuple[str, Key | Keys]]:
    """Every key that a class declares, or one that it is made of, by the attribute's name."""
    for room in reversed(rooms.__mro__):
        for attribute, key in vars(room).items():
            if isinstance(key, Key | Keys):
                yield attribute, key
