"""Values of the catalogue as a form shows them, and as it sends them back."""

from __future__ import annotations

import re
from typing import Any

import yaml

from features.yaml_text import read_yaml
from serving.catalogue.scalars import flow

LISTS = ("list", "scenes", "channels", "objectives", "products", "events", "actions")
_COMMA = re.compile(r"[,，、]")


def kind_of(value: Any) -> str:
    """Of a value of which nothing else is known."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return "list"
    return "text" if isinstance(value, str) else "source"


def shown(value: Any, kind: str) -> str:
    """As it stands in a form.

    >>> shown(True, "flag"), shown(["call", "sms"], "channels"), shown({"a": 1}, "source")
    ('true', 'call, sms', '{a: 1}')
    """
    if value is None:
        return ""
    if kind in LISTS and isinstance(value, list):
        return ", ".join(item if isinstance(item, str) else flow(item) for item in value)
    if isinstance(value, str):
        return " ".join(value.split()) if kind in ("condition", "amount") else value
    return flow(value)


def given(text: str, kind: str) -> Any:
    """What was meant; a text that is no value of its kind stays one, for the reader of the file to refuse at its place.

    >>> given("1.5", "number"), given("", "number"), given("call，sms", "channels"), given("1.5x", "amount")
    (1.5, None, ['call', 'sms'], '1.5x')
    """
    said = text.replace("\r\n", "\n").strip()
    if kind in LISTS:
        return [_scalar(part.strip()) for part in _COMMA.split(said) if part.strip()]
    if not said:
        return None
    if kind in ("condition", "amount", "text"):
        said = " ".join(said.split())
    if kind in ("number", "flag", "amount"):
        value = _scalar(said)
        return value if isinstance(value, bool | int | float) else said
    return _read(said) if kind == "source" else said


def _scalar(text: str) -> Any:
    """A number or a flag where it is one, else the text."""
    value = _read(text)
    return value if isinstance(value, bool | int | float) else text


def _read(text: str) -> Any:
    try:
        return read_yaml(text)
    except yaml.YAMLError:
        return text
