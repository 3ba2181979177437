"""Identities: the ways to recognise a customer, in one written form, so that a person is found again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import phonenumbers

from leads.errors import InvalidInput
from leads.history import IDENTITIES

_E164 = re.compile(r"\+[1-9]\d{7,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_WECHAT = re.compile(r"\S{1,64}")


@dataclass(frozen=True)
class Identity:
    """A normalised identity; `key` is how it is written as an event's subject and in the index."""

    kind: str
    value: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.value}"


def parse_identity(kind: str, text: str, timezone: str) -> Identity:
    """The identity in its normal form; `timezone` tells the country of a phone number written without one.

    >>> parse_identity("phone", "138 0013 8000", "Asia/Shanghai").key
    'phone:+8613800138000'
    >>> parse_identity("email", " Ａnn@Example.COM ", "Asia/Shanghai").key
    'email:ann@example.com'

    Raises InvalidInput for what cannot be one. The message does not repeat the value: it is personal.
    """
    plain = plainly(text)
    if kind == "phone":
        return Identity(kind, _phone(plain, timezone))
    value = plain.lower()
    pattern = {"email": _EMAIL, "wechat": _WECHAT}.get(kind)
    if pattern is None:
        raise InvalidInput("identity", kind, f"one of {', '.join(IDENTITIES)}")
    if pattern.fullmatch(value) is None:
        raise InvalidInput(f"identities.{kind}", "(withheld)", f"is not a {kind} identity")
    return Identity(kind, value)


def plainly(text: str) -> str:
    """Without the differences that writing makes: full-width and half-width forms are one, blanks around are gone.

    >>> plainly(" ＷＸ_１ ")
    'WX_1'
    """
    return unicodedata.normalize("NFKC", text).strip()


def distinct_value(text: str) -> str:
    """The value of a distinct tag, such as a national id, without the differences that writing makes.

    >>> distinct_value(" ３１０x ")
    '310X'
    """
    return plainly(text).upper()


def identity_key(kind: str, text: str | None, timezone: str) -> str | None:
    """The key of an identity as a file writes it; None where there is none, or it cannot be one."""
    try:
        return parse_identity(kind, text, timezone).key if text else None
    except InvalidInput:
        return None


def parse_subject(subject: str, timezone: str) -> Identity | None:
    """The identity that an event's subject names, None when it is a customer id."""
    kind, separator, text = subject.partition(":")
    return parse_identity(kind, text, timezone) if separator and kind in IDENTITIES else None


def identities_of(given: Mapping[str, str | None], timezone: str) -> list[Identity]:
    """The identities that are given, in the order in which they are trusted."""
    return [parse_identity(kind, given[kind] or "", timezone) for kind in IDENTITIES if given.get(kind)]


def _phone(text: str, timezone: str) -> str:
    compact = re.sub(r"[\s\-().]", "", text)
    if _E164.fullmatch(compact):
        return compact
    try:
        number = phonenumbers.parse(text, region_of(timezone))
    except phonenumbers.NumberParseException as error:
        raise InvalidInput("identities.phone", "(withheld)", "is not a phone number") from error
    if not phonenumbers.is_possible_number(number):
        raise InvalidInput("identities.phone", "(withheld)", "is not a possible phone number of its country")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def region_of(timezone: str) -> str:
    """The country in which a time zone lies; China where it lies in none.

    >>> region_of("Europe/Lisbon")
    'PT'
    """
    return _regions().get(timezone, "CN")


@cache
def _regions() -> Mapping[str, str]:
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
