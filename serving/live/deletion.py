"""Deletion: what is asked for of somebody is to be forgotten. It is an erasure, or under a legal hold a restriction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from serving.live.erasure import Erasure
from serving.live.person_export import PersonExport
from serving.live.remains import Remaining, remaining
from serving.people.customers import Customers
from serving.people.erased_customers import ErasedCustomers
from serving.people.legal_holds import LegalHolds

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Deleted:
    """lake: whether the lake has forgotten them too. restricted: whether what was kept is sealed under a legal hold."""

    lake: bool
    restricted: bool
    remaining: list[Remaining]


class Deletion:
    """Forgets customers; of whom nothing may be destroyed it is sealed first. trail: for how long entries of the audit
    trail are kept, None for good.
    """

    def __init__(
        self, customers: Customers, holds: LegalHolds, export: PersonExport, erasure: Erasure, erased: ErasedCustomers,
        trail: timedelta | None,
    ) -> None:  # fmt: skip
        self._customers = customers
        self._holds = holds
        self._export = export
        self._erasure = erasure
        self._erased = erased
        self._trail = trail

    def delete(self, customer_id: str, now: datetime) -> Deleted:
        """Raises NotFound. What is sealed is on the disk before anything goes."""
        ids = self._customers.all_ids(self._customers.known(customer_id).customer_id)
        held = self._holds.of(ids) is not None
        if held:
            self._holds.restrict(ids, _encode(self._export.of(ids[0], now)), now)
        clean = self._erasure.erase(ids[0], now)
        return Deleted(clean, held, remaining(now, self._erased.holds, self._trail, clean, held))
