"""Identities: the ways to recognise a customer, in one written form, so that a person is found again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from features.mailbox import NoMailbox, parse_mailbox, readable
from features.nothing import is_made_up, is_no_id, is_nothing
from features.phone import NoPhone, parse_phone, with_trunk_prefix
from features.spelling import is_plain, plainly, squeezed
from leads.configuration.recognition import Recognition
from leads.errors import InvalidInput
from leads.history import IDENTITIES

_WECHAT = re.compile(r"[A-Za-z0-9_.@+-]{1,64}")
"""What the platform or an owner chose is in ASCII, an address or number that WeChat finds one by included; what people
call themselves is not an id, nor is a link."""

_WECHAT_LABEL = re.compile(
    r"(?:(?:微信|weixin|wechat|wx|vx?|[薇威]信?|v信)[ _]?(?:号码?|號碼?|id)?[是为為]?\s*[:=]\s*"
    r"|(?:微信|[薇威]信|v信)[) ]?(?:号码?|號碼?)?[是为為]?\s*(?=[a-z])|[@\"'(<\[]\s*)+",
    re.IGNORECASE,
)
"""What people write before an id to say what it is, however often; Chinese words do so without a colon too."""

_WECHAT_END = "\"')>],; "
"""What closes what was opened before an id, or follows one in a list."""

_WECHAT_ID = 20
"""Characters at most of an id that its owner chose, whose case does not count. Longer ones are the platform's own
(openid, unionid, external user ids), whose case does."""

_LONGEST_ID = 128

_SCHEMES = {"tel": "phone", "mailto": "email"}
"""Of URIs that name an identity its kind."""

_UNFIT = ("Cc", "Cs", "Zl", "Zp")
"""Categories of characters that are in no id: controls, halves of one, breaks of lines and paragraphs."""


@dataclass(frozen=True)
class Identity:
    """A normalised identity; `key` is how it is written as an event's subject and in the index."""

    kind: str
    value: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.value}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The key, and others under which versions before kept the same identity."""
        return tuple(dict.fromkeys((self.key, f"{self.kind}:{_formerly(self)}")))


def parse_identity(kind: str, text: str, recognition: Recognition, timezone: str | None = None) -> Identity:
    """The identity in its normal form; timezone: the customer's own, where they told one.

    >>> parse_identity("phone", "138 0013 8000", Recognition("Asia/Shanghai")).key
    'phone:+8613800138000'
    >>> parse_identity("email", " Ａnn@Example.COM ", Recognition("Asia/Shanghai")).key
    'email:ann@example.com'

    Raises InvalidInput with the reason for what cannot be one. The message does not repeat the value: it is personal.
    """
    try:
        return Identity(kind, _value(kind, text, recognition, timezone))
    except (NoPhone, NoMailbox, _NoName) as error:
        raise InvalidInput(f"identities.{kind}", "(withheld)", str(error)) from error


def _value(kind: str, text: str, recognition: Recognition, timezone: str | None) -> str:
    if kind == "phone":
        return parse_phone(text, recognition.country_at(timezone), recognition.no_identity)
    if kind == "email":
        return parse_mailbox(text, recognition.no_identity)
    if kind == "wechat":
        return _wechat(text, recognition)
    raise InvalidInput("identity", kind, f"one of {', '.join(IDENTITIES)}")


class _NoName(ValueError):
    """Why a text is no WeChat id."""


def _wechat(text: str, recognition: Recognition) -> str:
    written = plainly(text)
    bare = written[label.end() :] if (label := _WECHAT_LABEL.match(written)) else written
    plain = bare.rstrip(_WECHAT_END)
    if is_nothing(plain, recognition.no_identity):
        raise _NoName("is a word for nothing: leave it out, or send null")
    if _WECHAT.fullmatch(plain) is None:
        raise _NoName("is not a WeChat id: up to 64 letters, digits and marks, without blanks")
    return plain.lower() if len(plain) <= _WECHAT_ID else plain


def _formerly(identity: Identity) -> str:
    if identity.kind == "phone":
        return with_trunk_prefix(identity.value)
    return readable(identity.value) if identity.kind == "email" else identity.value.lower()


def distinct_value(text: str, recognition: Recognition) -> str | None:
    """The value of a distinct tag, such as a national id, without the differences that writing makes; None where it
    stands for nothing.

    >>> distinct_value(" ３１０-1x ", Recognition("UTC")), distinct_value("无", Recognition("UTC"))
    ('3101X', None)
    """
    value = squeezed(text).upper()
    return None if is_nothing(text, recognition.no_identity) or is_made_up(value) else value


def identity_key(kind: str, text: str | None, recognition: Recognition, timezone: str | None = None) -> str | None:
    """The key of an identity that somebody wrote; None where there is none, or it cannot be one."""
    try:
        return parse_identity(kind, text, recognition, timezone).key if text else None
    except InvalidInput:
        return None


def key_of(key: str, recognition: Recognition) -> str | None:
    """A key in its normal form, in which versions before may not have kept it; None where it cannot be one."""
    kind, _, text = key.partition(":")
    return identity_key(kind, text, recognition)


def parse_subject(subject: str, recognition: Recognition) -> Identity | None:
    """The identity that an event's subject names, as a `tel:` or `mailto:` does too; None when it is a customer id."""
    kind, text = _kind_of(subject)
    return None if kind is None else parse_identity(kind, text, recognition)


def _kind_of(text: str) -> tuple[str | None, str]:
    """The kind of identity that a text names, None where it names none, and what it says of it."""
    kind, separator, value = plainly(text).partition(":")
    kind = _SCHEMES.get(kind.strip().lower(), kind.strip().lower())
    return (kind if separator and kind in IDENTITIES else None), value


def parse_customer_id(text: str, field: str = "customer_id") -> str:
    """A customer id: 1 to 128 characters, none of them a control character or half of one, that name no identity and
    are no word for nothing. One that looks like another is refused: blanks around it, and what is in it and not seen.

    Raises InvalidInput.
    """
    shown = text[:40].encode(errors="replace").decode()
    if not 1 <= len(text) <= _LONGEST_ID:
        raise InvalidInput(field, shown, f"a text of 1 to {_LONGEST_ID} characters")
    if any(unicodedata.category(letter) in _UNFIT for letter in text):
        raise InvalidInput(field, shown, "whole characters, none of them a control character")
    if not is_plain(text):
        raise InvalidInput(field, shown, "an id without blanks around it, and without characters that are not seen")
    if is_no_id(text):
        raise InvalidInput(field, shown, "an id; this is a word for nothing")
    kind, _ = _kind_of(text)
    if kind is not None:
        raise InvalidInput(field, "(withheld)", f"an id of the customer's own; tell a {kind} under `identities`")
    return text


def identities_of(
    given: Mapping[str, str | None], recognition: Recognition, timezone: str | None = None
) -> list[Identity]:  # fmt: skip
    """The identities that are given, in the order in which they are trusted."""
    told = {kind: given[kind] for kind in IDENTITIES if kind in given}
    return [parse_identity(kind, text, recognition, timezone) for kind, text in told.items() if text is not None]


def distinct_values(told: Mapping[str, str | None], recognition: Recognition) -> dict[str, str]:
    """Those of some distinct tags that say something, each by its tag's name."""
    values = {name: distinct_value(text, recognition) for name, text in told.items() if text}
    return {name: value for name, value in values.items() if value is not None}
