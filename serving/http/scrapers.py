"""Who may read the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from fastapi import Request

from serving.access.act import Act
from serving.http.access import Doorkeeper, Needs


@dataclass(frozen=True)
class Scrapers:
    """Who may read the metrics. policy: `open` everybody; `key` whom the policy of access lets read them; `local` who
    is on this machine, everybody else like that. What a proxy passes on is not from this machine.
    """

    doorkeeper: Doorkeeper
    policy: str = "local"

    async def __call__(self, request: Request) -> None:
        """Raises Unauthorized, Forbidden."""
        if self.policy == "open" or (self.policy == "local" and _is_local(request)):
            return
        await Needs(self.doorkeeper, Act.READ_METRICS).admit(request)


_PASSED_ON = ("x-forwarded-for", "forwarded", "x-real-ip")
"""Headers by which a proxy says for whom it asks."""


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
