"""E-mail addresses in one written form: lower case, the domain as the network writes it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import idna

from features.nothing import is_nobodys_mailbox, is_nothing
from features.spelling import plainly

_NAME = re.compile(r"[^\s@<>()\[\]\\,;:\"]+")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_TOP = re.compile(r"[a-z]{2,}|xn--[a-z0-9-]+")
_LONGEST = 254


class NoMailbox(ValueError):
    """Why a text is no e-mail address. The message does not repeat it: it is personal."""


def parse_mailbox(text: str, no_identity: Iterable[str] = ()) -> str:
    """The address's one form. What is before the @ stays as it is but for its letters' case.

    >>> parse_mailbox("mailto:Ａnn＠Bücher.DE."), parse_mailbox("ann@xn--bcher-kva.de")
    ('ann@xn--bcher-kva.de', 'ann@xn--bcher-kva.de')

    Raises NoMailbox for what is no address, and for one that is nobody's.
    """
    plain = re.sub(r"^mailto:", "", plainly(text), flags=re.I)
    if is_nothing(plain, no_identity):
        raise NoMailbox("is a word for nothing: leave it out, or send null")
    name, at, domain = plain.partition("@")
    if not at or "@" in domain or _NAME.fullmatch(name) is None:
        raise NoMailbox("is not one e-mail address")
    name, network = unicodedata.normalize("NFKC", name.casefold()), _network(domain)
    if is_nobodys_mailbox(name, network, no_identity):
        raise NoMailbox("is an address that is nobody's: leave it out, or send null")
    if len(f"{name}@{network}") > _LONGEST:
        raise NoMailbox("is longer than an e-mail address can be")
    return f"{name}@{network}"


def readable(address: str) -> str:
    """The address with its domain in its own script."""
    name, _, domain = address.partition("@")
    return f"{name}@{idna.decode(domain)}" if "xn--" in domain else address


def _network(domain: str) -> str:
    labels = domain.rstrip(".")
    try:
        ascii_only = labels.lower() if labels.isascii() else idna.encode(labels, uts46=True).decode()
    except idna.IDNAError as error:
        raise NoMailbox("has a domain that cannot be") from error
    *first, top = ascii_only.split(".")
    if not first or not all(map(_LABEL.fullmatch, first)) or _TOP.fullmatch(top) is None:
        raise NoMailbox("has a domain that cannot be")
    return ascii_only
