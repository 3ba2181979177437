"""Whom a reported call was with: a customer who is named, or the owner of the number that was dialled."""

from __future__ import annotations

from features.identity import identity_key
from serving.services import Services


def callee(services: Services, named: str | None, phone: str | None, zone: str | None = None) -> str | None:
    """The customer who is known under this id today, or has the number where no id is told; None where there is none.

    zone: the time zone that a number without a country code is read in, where it is not the workspace's.
    """
    if named is None and phone:
        key = identity_key("phone", phone, services.configuration.workspace.recognition, zone)
        named = None if key is None else services.contacts.owners([key])[0]
    if named is None:
        return None
    survivor = services.contacts.surviving([named])[0]
    return survivor if services.contacts.reach([survivor])[0] is not None else None
