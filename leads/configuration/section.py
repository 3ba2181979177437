"""Typed reading of one section of a configuration file, with errors that name file, key, value and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from leads.errors import InvalidWorkspace
from leads.words.bilingual import Text
from leads.words.durations import parse_duration

_MISSING = object()


@dataclass(frozen=True)
class Section:
    """A mapping inside a file, at a dotted `path`; every getter refuses a value of the wrong kind."""

    file: str
    path: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, file: str, path: str, value: Any) -> Section:
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise InvalidWorkspace(file, path or "(top)", value, "a mapping of keys to values")
        return cls(file, path, value)

    def key(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path and name else self.path or name

    def refuse(self, name: str, allowed: str, value: Any = _MISSING) -> InvalidWorkspace:
        """The error for one key; raise it."""
        shown = self.values.get(name) if value is _MISSING else value
        return InvalidWorkspace(self.file, self.key(name), shown, allowed)

    def only(self, *names: str) -> None:
        """Refuse keys nobody reads: a misspelt key must not be silently ignored."""
        for name in self.values:
            if name not in names:
                raise self.refuse(str(name), f"one of {', '.join(names)}")

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def section(self, name: str) -> Section:
        return Section.of(self.file, self.key(name), self.values.get(name))

    def sections(self, name: str) -> Iterator[tuple[str, Section]]:
        inner = self.section(name)
        for key, value in inner.values.items():
            yield str(key), Section.of(self.file, inner.key(str(key)), value)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.values.get(name, default)
        if not isinstance(value, str) or not value:
            raise self.refuse(name, "a text", value)
        return value

    def choice(self, name: str, allowed: Iterable[str], default: str | None = None) -> str:
        options = list(allowed)
        value = self.values.get(name, default)
        if not isinstance(value, str) or value not in options:
            raise self.refuse(name, f"one of {', '.join(options)}", value)
        return value

    def number(self, name: str, default: float | None = None, least: float | None = None) -> float:
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(name, "a number", value)
        if least is not None and value < least:
            raise self.refuse(name, f"at least {least:g}", value)
        return float(value)

    def count(self, name: str, default: int | None = None, least: int = 0) -> int | None:
        """A whole number, the default where it is not given."""
        if not self.has(name):
            return default
        value = self.number(name, least=least)
        if value != int(value):
            raise self.refuse(name, "a whole number")
        return int(value)

    def url(self, name: str, example: str) -> str:
        """An address of HTTP."""
        address = self.text(name)
        if not address.startswith(("http://", "https://")):
            raise self.refuse(name, f"an address such as {example}")
        return address

    def flag(self, name: str, default: bool) -> bool:
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise self.refuse(name, "true or false", value)
        return value

    def duration(self, name: str, default: str | None = None) -> timedelta:
        return self._duration(name, self.values.get(name, default))

    def durations(self, name: str, default: Iterable[str] = ()) -> tuple[timedelta, ...]:
        return tuple(self._duration(name, item) for item in self._list(name, default))

    def _duration(self, name: str, value: Any) -> timedelta:
        try:
            return parse_duration(value)
        except ValueError as error:
            raise self.refuse(name, str(error), value) from error

    def texts(self, name: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        items = self._list(name, default)
        for item in items:
            if not isinstance(item, str):
                raise self.refuse(name, "a list of texts", item)
        return tuple(items)

    def choices(self, name: str, allowed: Iterable[str], default: Iterable[str] = ()) -> tuple[str, ...]:
        options = list(allowed)
        for item in self.texts(name, default):
            if item not in options:
                raise self.refuse(name, f"one of {', '.join(options) or '(none declared)'}", item)
        return self.texts(name, default)

    def _list(self, name: str, default: Iterable[str]) -> list[Any]:
        value = self.values.get(name)
        if value is None:
            return list(default)
        if not isinstance(value, list):
            raise self.refuse(name, "a list", value)
        return value

    def label(self, name: str, fallback: str) -> Text:
        """A text in both languages: `{zh: …, en: …}`. The one that is told stands in for the other, and the fallback
        for both where neither is.
        """
        value = self.values.get(name)
        if value is None:
            return {"zh": fallback, "en": fallback}
        known = isinstance(value, Mapping) and bool(value) and value.keys() <= {"zh", "en"}
        if not known or not all(isinstance(text, str) for text in value.values()):
            raise self.refuse(name, "a mapping with the texts zh and en, or one of them", value)
        only = next(iter(value.values()))
        return {"zh": value.get("zh", only), "en": value.get("en", only)}
