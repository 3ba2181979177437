"""Masking: answers to keys that see no number in full."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import msgspec
from fastapi import Response

from leads.history import IDENTITIES
from serving.http.answer import JSON, PROBLEM

_NAMED = (*IDENTITIES, "phones", "known_as", "identity", "extension")
"""Fields that hold identities, wherever they stand."""

_NUMBER = re.compile(r"(?<![\w.-])\+?\d{7,15}(?![\w.-])")
"""A number in the words of people."""

_WORDS = ("note", "reason", "text", "detail", "told", "problem")
"""Fields in which people, or errors, say what they want."""

_LAST = 4

_MEDIA = (JSON, PROBLEM)


def masked(text: str) -> str:
    """With stars in place of what would tell who it is; enough is left for people to know it again.

    >>> masked("+8613912345678"), masked("wx_0008417"), masked("ann@example.com"), masked("phone:+8613912345678")
    ('+86139****5678', 'wx****8417', 'a**@example.com', 'phone:+86139****5678')
    >>> masked("110101199003070011"), masked("1234")
    ('1101**********0011', '****')
    """
    kind, colon, value = text.partition(":")
    if colon and kind in IDENTITIES:
        return f"{kind}:{masked(value)}"
    name, at, host = text.partition("@")
    if at:
        return f"{name[:1]}{'*' * max(len(name) - 1, 1)}@{host}"
    shown = max(0, min(len(text) - 2 * _LAST, 6 if text.startswith("+") else _LAST))
    last = _LAST if shown else 0
    return text[:shown] + "*" * (len(text) - shown - last) + text[len(text) - last :]


class Masking:
    """Masks the bodies of answers. private: names of tags that tell who somebody is, such as a national id."""

    def __init__(self, private: Collection[str]) -> None:
        self._names = frozenset((*_NAMED, *private))

    def response(self, response: Response) -> Response:
        """The same answer with its body masked; one that is no JSON as it is."""
        if response.media_type in _MEDIA and response.body:
            body = msgspec.json.encode(self.document(msgspec.json.decode(response.body)))
            headers = {name: value for name, value in response.headers.items() if name != "content-length"}
            return Response(body, response.status_code, headers, response.media_type)
        return response

    def document(self, found: Any) -> Any:
        """A decoded body, masked."""
        if isinstance(found, dict):
            return {name: self._value(name, value) for name, value in found.items()}
        return [self.document(one) for one in found] if isinstance(found, list) else found

    def _value(self, name: str, value: Any) -> Any:
        if name in self._names:
            return _deep(value, masked)
        if name in _WORDS:
            return _deep(value, lambda text: _NUMBER.sub(lambda number: masked(number[0]), text))
        return self.document(value)


def _deep(value: Any, mask: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _deep(one, mask) for name, one in value.items()}
    return [_deep(one, mask) for one in value] if isinstance(value, list) else value
