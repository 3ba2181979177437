"""Where webhooks may go: to an address without a password in it, and to none that only the machine's own link has."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_OWN_NAMES = ("metadata.google.internal", "metadata.tencentyun.com")
"""Names that lead to what a cloud tells the machine alone."""

_OWN_ADDRESSES = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")))
"""Where Alibaba Cloud, Azure and AWS tell it without the link's own addresses."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses of version 6 that end in one of version 4 and lead there (RFC 6052)."""


def fault_of(url: str, link_local: bool = False) -> str | None:
    """Why nothing is sent to a URL, None for a good one. link_local: whether what only the machine's own link has may
    be addressed.

    >>> fault_of("https://crm.example/hooks")
    >>> fault_of("https://user:word@crm.example/hooks")
    'an address without a name and a password in it: receivers know us by the signature'
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "an address such as https://crm.example/hooks"
    if parts.username is not None or parts.password is not None:
        return "an address without a name and a password in it: receivers know us by the signature"
    if host is None:
        return "an address with a host"
    if not link_local and is_own(host.rstrip(".").lower()):
        return "an address that others have too; `link_local: true` beside it allows this one"
    return None


def is_own(host: str) -> bool:
    """Whether a host is, as it is written, what only the machine's own link has."""
    address = _address(host)
    if address is None:
        return host in _OWN_NAMES
    return address in _OWN_ADDRESSES or address.is_link_local or address.is_unspecified or address.is_multicast


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is written as, also in the short forms that systems take, such as 169.16689662."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return _short(host)
    return found if isinstance(found, IPv4Address) else _within(found)


def _within(address: IPv6Address) -> IPv4Address | IPv6Address:
    """The address of version 4 that one of version 6 leads to, or itself."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _short(host: str) -> IPv4Address | None:
    try:
        parts = [_whole(part) for part in host.split(".")]
    except ValueError:
        return None
    *first, last = parts
    if len(parts) > 4 or any(not 0 <= part < 256 for part in first) or not 0 <= last < 256 ** (5 - len(parts)):
        return None
    return IPv4Address(sum(part << 8 * (3 - place) for place, part in enumerate(first)) + last)


def _whole(text: str) -> int:
    """A number as addresses write it: hexadecimal after 0x, octal after 0. Raises ValueError."""
    return int(text, 8) if text.startswith("0") and text.isdigit() else int(text, 0)
