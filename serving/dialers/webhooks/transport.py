"""How webhooks are sent: to no address that only the machine's own link has, whatever name leads there now."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from serving.dialers.webhooks.addresses import is_own


class _Looking(httpcore.SyncBackend):
    """Looks where a name leads, and connects there and nowhere else."""

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """Raises ConnectError for a name that leads to nothing that others have too."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} leads nowhere") from error
        addresses = dict.fromkeys(str(one[4][0]) for one in found)
        failed: Exception = httpcore.ConnectError(f"{host} leads to an address of this machine's own link")
        for address in addresses:
            if is_own(address):
                continue
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def transport(link_local: bool) -> httpx.HTTPTransport:
    """link_local: whether the endpoint may be at such an address."""
    made = httpx.HTTPTransport()
    if not link_local:
        # httpx has no setting for how connections are made; the pool that it makes them with does.
        made._pool._network_backend = _Looking()
    return made
