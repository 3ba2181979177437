"""Identities refilled: who is who, and at which numbers nobody is called, in an emptied store."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import redis

from features.home import Home
from serving.live.refusals import refused_numbers
from serving.people.census import Census, register
from serving.people.contacts import Contacts
from serving.store.keyspace import Keyspace


class IdentityRefill:
    """Writes them from a census."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, home: Home, contacts: Contacts) -> None:
        self._client = client
        self._keys = keyspace
        self._home = home
        self._contacts = contacts

    def refill(self, census: Census, events: pl.DataFrame, now: datetime) -> None:
        """events: all, under the ids by which they came."""
        register(self._client, self._keys, self._contacts, census)
        self._contacts.numbers.rest(refused_numbers(self._home, events, census.merged, now))
