"""Whom a reported call was with: a customer who is named, or the owner of the number that was dialled."""

from __future__ import annotations

import re

from features.identity import identity_key
from features.phone import line_of
from leads.configuration.recognition import Recognition
from serving.people.contacts import Contacts

_FEWEST = 7
"""Digits by which a number can be told from others."""


class CalledCustomers:
    """Finds whom calls were with."""

    def __init__(self, recognition: Recognition, contacts: Contacts) -> None:
        self._recognition = recognition
        self._contacts = contacts

    def find(self, named: str | None, phone: str | None, zone: str | None = None) -> str | None:
        """The customer who is known under this id today, or has the number where no id is told; None where there is
        none.

        zone: the time zone that a number without a country code is read in, where it is not the workspace's.
        """
        if named is None and (number := self._normal(phone, zone)) is not None:
            named = self._contacts.owners([f"phone:{number}"])[0]
        if named is None:
            return None
        survivor = self._contacts.surviving([named])[0]
        return survivor if self._contacts.reach([survivor])[0] is not None else None

    def number(self, customer_id: str, phone: str | None, zone: str | None = None) -> str | None:
        """The number at which a customer was dialled: that of theirs which is told, without its country code too, else
        in its normal form; None for what is none. zone: as for `find`.
        """
        reach, digits = self._contacts.reach([customer_id])[0], re.sub(r"\D", "", phone or "")
        own = () if reach is None or len(digits) < _FEWEST else reach.phones
        return next((known for known in own if line_of(known).endswith(digits)), self._normal(phone, zone))

    def _normal(self, phone: str | None, zone: str | None) -> str | None:
        key = identity_key("phone", phone, self._recognition, zone)
        return None if key is None else key.removeprefix("phone:")
