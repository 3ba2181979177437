"""Reports of calls that were not taken, tried once more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from serving.dialers.configuration import Dialers
from serving.dialers.deadletters import LEAD, DeadLetter, DeadLetters
from serving.dialers.incoming import take_outcome
from serving.dialers.vicidial.urls import DISPO, NO_AGENT, hear_again
from serving.services import Services


def letters_of(services: Services, dialers: Dialers, name: str) -> DeadLetters:
    """A dialer's dead letters. Raises NotFound."""
    owner = name if name in dialers.incoming else dialers.a_vicidial(name).agent_id
    return DeadLetters(services.client, services.keyspace, owner)


def retry(
    services: Services, dialers: Dialers, name: str, letter: DeadLetter, now: datetime
) -> Mapping[str, Any] | None:
    """Take what a letter says, and forget the letter; None where there is nothing to be taken.

    Raises NextleadError when it still cannot be taken; then the letter stays.
    """
    answered: Mapping[str, Any] | None = None
    if letter.kind in (DISPO, NO_AGENT):
        answered = hear_again(services, dialers.a_vicidial(name), letter.content, now)
    elif letter.kind != LEAD:
        answered = take_outcome(services, name, letter.content["body"].encode(), now)
    letters_of(services, dialers, name).drop(letter.id)
    return answered
