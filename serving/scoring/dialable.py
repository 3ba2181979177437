"""Which of their numbers customers may be called at: none that rests, unless they agreed to calls since."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from features.consents import agreed_at
from features.hot import CustomerState
from features.layout import FeatureLayout
from leads.contact.policy import CALL
from serving.people.reach import Reach
from serving.people.resting_numbers import RestingSince


@dataclass(frozen=True)
class Dialable:
    """contacts: n customers without the numbers that rest for them. rests: who has numbers, and none but such. agreed:
    who agreed to calls after whatever was said at one of their numbers.
    """

    contacts: Sequence[Reach | None]
    rests: Sequence[bool]
    agreed: Sequence[bool]


def dialable(
    layout: FeatureLayout, numbers: RestingSince, contacts: Sequence[Reach | None], state: CustomerState
) -> Dialable:
    """How they may be called by what they said until now."""
    agreed = agreed_at(CALL, layout.standing, state.profile, state.standing)
    phones = [() if contact is None else contact.phones for contact in contacts]
    since = numbers.since([phone for own in phones for phone in own]).tolist()
    ends = list(accumulate(map(len, phones), initial=0))
    rows = zip(contacts, phones, agreed.tolist(), ends, ends[1:], strict=False)
    found = [_one(contact, own, yes, since[a:b]) for contact, own, yes, a, b in rows]
    return Dialable(*(list(column) for column in zip(*found, strict=True))) if found else Dialable([], [], [])


def _one(
    contact: Reach | None, phones: Sequence[str], agreed: float, since: Sequence[float]
) -> tuple[Reach | None, bool, bool]:
    """agreed: NaN for never, and so after nothing. since: from when each number rests, NaN for one that does not."""
    last = max((at for at in since if at == at), default=-math.inf)
    if contact is None or last == -math.inf:
        return contact, False, agreed > last
    closed = [phone for phone, at in zip(phones, since, strict=True) if at == at and not agreed > at]
    if not closed:
        return contact, False, agreed > last
    return contact.without(closed), len(closed) == len(phones), agreed > last
