"""Every key of the hot store, by room. All share one hash tag, so that scripts work on a cluster too."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from features.sealing import Seal
from serving.store.keys.dialers import DialerKeys
from serving.store.keys.events import EventKeys
from serving.store.keys.key import Key, Keys, declared
from serving.store.keys.people import PeopleKeys
from serving.store.keys.queue import QueueKeys
from serving.store.keys.service import ServiceKeys


@dataclass(frozen=True)
class Keyspace(EventKeys, PeopleKeys, QueueKeys, DialerKeys, ServiceKeys):
    """Key names under a prefix such as `{nextlead}`. seal: of an encrypted home."""

    prefix: str = "{nextlead}"
    seal: Seal | None = None

    def alias(self, text: str) -> str:
        """What stands for a text that tells of a person, where it is kept in something that is not sealed: the text
        itself, unless the home is encrypted.
        """
        return text if self.seal is None else self.seal.alias(text)

    def behind(self, alias: str) -> str:
        """The text that an alias stands for."""
        return alias if self.seal is None else self.seal.behind(alias)

    def closed(self, text: str | bytes) -> bytes:
        """A text that tells of a person, as it is kept inside of a packed row from which a script takes it out."""
        value = text.encode() if isinstance(text, str) else text
        return value if self.seal is None else self.seal.close(value)

    def named(self, key: bytes) -> str:
        """A key's name without the prefix."""
        return key.decode(errors="replace").removeprefix(f"{self.prefix}:")

    def find(self, key: bytes) -> Key | Keys | None:
        """What is declared of a key of the store; None for one that nobody declared."""
        name = self.named(key)
        return next((known for known in _by_beginning().get(beginning(name), ()) if known.has(name)), None)


@cache
def _by_beginning() -> Mapping[str, tuple[Key | Keys, ...]]:
    """Of names that begin alike, those that say more come first."""
    found: dict[str, tuple[Key | Keys, ...]] = {}
    for key in sorted((key for _, key in declared(Keyspace)), key=lambda key: len(key.name), reverse=True):
        found[beginning(key.name)] = (*found.get(beginning(key.name), ()), key)
    return found


def beginning(name: str) -> str:
    """What a key's name says before any of its parts."""
    return name.partition(":")[0]


def partition_of(customer_id: str, partitions: int) -> int:
    """The stream a customer's events go to: always the same one, so that they are applied in order."""
    return zlib.crc32(customer_id.encode()) % partitions
