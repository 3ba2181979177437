"""Reports of calls that were not taken, tried once more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import redis

from serving.dialers.configuration import Dialers
from serving.dialers.dead_letters import LEAD, DeadLetter, DeadLetters
from serving.dialers.incoming import Incoming
from serving.dialers.vicidial.urls import DISPO, NO_AGENT, CallUrls
from serving.store.keyspace import Keyspace


class Retrying:
    """Tries reports again, letter by letter."""

    def __init__(self, client: redis.Redis, keyspace: Keyspace, incoming: Incoming, call_urls: CallUrls) -> None:
        self._client = client
        self._keys = keyspace
        self._incoming = incoming
        self._call_urls = call_urls

    def letters_of(self, dialers: Dialers, name: str) -> DeadLetters:
        """A dialer's dead letters. Raises NotFound."""
        owner = name if name in dialers.incoming else dialers.a_vicidial(name).agent_id
        return DeadLetters(self._client, self._keys, owner)

    def retry(self, dialers: Dialers, name: str, letter: DeadLetter, now: datetime) -> Mapping[str, Any] | None:
        """Take what a letter says, and forget the letter; None where there is nothing to be taken.

        Raises NextleadError when it still cannot be taken; then the letter stays.
        """
        answered: Mapping[str, Any] | None = None
        if letter.kind in (DISPO, NO_AGENT):
            answered = self._call_urls.hear_again(dialers.a_vicidial(name), letter.content, now)
        elif letter.kind != LEAD:
            answered = self._incoming.take(name, letter.content["body"].encode(), now)
        self.letters_of(dialers, name).drop(letter.id)
        return answered
