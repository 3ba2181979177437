"""Telephone numbers in one written form: E.164, with the extension where there is one (`+862112345678;ext=801`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

from features.nothing import is_nobodys_number, is_nothing
from features.spelling import plainly

_ROUNDED = re.compile(r"[+-]?\d(\.\d+)?[eE]\+?\d+")
_DECIMAL = re.compile(r"(\+?\d{7,15})\.(\d{1,3})")
_CONTEXT = re.compile(r";phone-context=(\+\d+)", re.I)
_LABEL = r"ext(?:ension|n)?|extensi[oó]n|доб|вн|转分机|转|轉|分机号?|分機|内线|內線"
_EXTENSION = re.compile(
    rf"[\s(\[,;]*(?:(?:{_LABEL})\s*[.:=]?\s*(\d{{1,9}})|(?:,+|;|#|x)\s*(\d{{1,5}}))\s*[)\]#]*$", re.I
)
_INNER = re.compile(r"(.+?)\s*[-\u2010-\u2015(]\s*(\d{2,5})\)?")
"""A line and its extension as they are written in China: 021-12345678-801."""

_MARKS = re.compile(r"[\s().\[\]{}~·・•]|[-\u058a\u2010-\u2015\u2043\u2053\u207b\u2212\u30fb\u30fc]")
_ONE = re.compile(r"\+?\d+")
_CHINA, _CHINESE_MOBILE = 86, re.compile(r"1[3-9]\d{9}")
"""New ranges are in use before the library's tables know them."""

_SUBSCRIBER = 4
"""Digits that follow a slash at least where it stands after an area code; fewer are the end of a second number."""

_SHORT = "is a short number, or lacks its area code"
_TOO_LONG = "is too long for one telephone number"
_REASONS = {
    ValidationResult.TOO_SHORT: _SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: _SHORT,
    ValidationResult.TOO_LONG: _TOO_LONG,
}


class NoPhone(ValueError):
    """Why a text is no telephone number. The message does not repeat it: it is personal."""


def parse_phone(text: str, country: str | None, no_identity: Iterable[str] = ()) -> str:
    """The number's one form. country: where one without a country code lies; None where nobody knows.

    >>> parse_phone("+86 (0)21-1234 5678 转 801", None)
    '+862112345678;ext=801'

    Raises NoPhone for what is not the valid number of somebody: it is never changed into one.
    """
    plain = re.sub(r"^(tel|callto):/*", "", plainly(text), flags=re.I)
    if is_nothing(plain, no_identity):
        raise NoPhone("is a word for nothing: leave it out, or send null")
    line, extension = _split(_whole(plain), country)
    number = _number(line, country)
    written = str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    national = phonenumbers.national_significant_number(number)
    if is_nobodys_number(national) or any(is_nothing(form, no_identity) for form in (national, written)):
        raise NoPhone("is a number that stands for nobody: leave it out, or send null")
    return f"{written};ext={extension}" if extension else written


def line_of(phone: str) -> str:
    """The number that is dialled: without the extension, which two colleagues have each for themselves.

    >>> line_of("+862112345678;ext=801")
    '+862112345678'
    """
    return phone.partition(";")[0]


def extension_of(phone: str) -> str | None:
    """What is dialled once somebody answers; None where there is no extension."""
    return phone.partition(";ext=")[2] or None


def with_trunk_prefix(phone: str) -> str:
    """A number as it was once written where a trunk prefix had been left in it, +86 (0)139… as +860139…."""
    number = phonenumbers.parse(line_of(phone))
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(_country_of(number), None)
    prefix = "" if metadata is None else metadata.national_prefix or ""
    return f"+{number.country_code}{prefix}{phonenumbers.national_significant_number(number)}"


def _country_of(number: PhoneNumber) -> str:
    return phonenumbers.region_code_for_country_code(number.country_code or 0)


def _whole(text: str) -> str:
    """Without the .0 that a spreadsheet writes after a number."""
    decimal = _DECIMAL.fullmatch(text)
    if _ROUNDED.fullmatch(text) or (decimal is not None and decimal[2].strip("0")):
        raise NoPhone("was rounded by a spreadsheet: keep such a column as text")
    return text if decimal is None else decimal[1]


def _split(text: str, country: str | None) -> tuple[str, str | None]:
    """A line and its extension."""
    context = _CONTEXT.search(text)
    if context is not None:
        rest = text.replace(context[0], "")
        text = rest if rest.startswith("+") else context[1] + rest
    found = _EXTENSION.search(text)
    if found is not None:
        return text[: found.start()], found[1] or found[2]
    inner = _INNER.fullmatch(text)
    if inner is not None and _is_chinese_line(inner[1], country) and _tried(_number, text, country) is None:
        return inner[1], inner[2]
    return text, None


def _is_chinese_line(text: str, country: str | None) -> bool:
    number = _tried(_number, text, country)
    if number is None or number.country_code != _CHINA:
        return False
    return _CHINESE_MOBILE.fullmatch(phonenumbers.national_significant_number(number)) is None


def _number(text: str, country: str | None) -> PhoneNumber:
    """The number of a line. 00 stands for + where the country has no number that begins so."""
    before, slash, after = text.partition("/")
    if slash and (len(_MARKS.sub("", after)) < _SUBSCRIBER or _tried(_number, before, country) is not None):
        raise NoPhone("is more than one telephone number: tell one")
    digits = re.sub(r"^\+0+", "+", _MARKS.sub("", before + after))
    if _ONE.fullmatch(digits) is None:
        raise NoPhone("has characters that are in no telephone number: tell one number, alone")
    if digits.startswith("00") and (country is None or _tried(_valid, digits, country) is None):
        digits = f"+{digits.lstrip('0')}"
    return _valid(digits, country)


def _tried(read: Callable[[str, str | None], PhoneNumber], text: str, country: str | None) -> PhoneNumber | None:
    try:
        return read(text, country)
    except NoPhone:
        return None


def _valid(digits: str, country: str | None) -> PhoneNumber:
    if country not in phonenumbers.SUPPORTED_REGIONS and not digits.startswith("+"):
        raise NoPhone(
            "has no country code, and nothing tells the country: begin with + and the code, tell the time zone, or "
            "declare `country` in the workspace"
        )
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException as error:
        raise NoPhone(_TOO_LONG if error.error_type == error.TOO_LONG else "is not a telephone number") from error
    national = phonenumbers.national_significant_number(number)
    if phonenumbers.is_valid_number(number) or (number.country_code == _CHINA and _CHINESE_MOBILE.fullmatch(national)):
        return number
    reason = phonenumbers.is_possible_number_with_reason(number)
    raise NoPhone(_REASONS.get(reason, f"is no valid number of its country ({_country_of(number)})"))
