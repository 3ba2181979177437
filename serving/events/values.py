"""Typed values of tags and fields as JSON gives them, checked against what the workspace declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leads.errors import FieldError, InvalidInput
from leads.workspace import Field, Tag, Workspace
from serving.clock import microseconds


def parse_time(field: str, value: Any) -> datetime:
    """An RFC 3339 time with its zone; raises InvalidInput naming the field."""
    if not isinstance(value, str):
        raise InvalidInput(field, value, "a time as text, such as 2026-01-02T03:04:05Z")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput(field, value, "a time such as 2026-01-02T03:04:05Z") from error
    if moment.tzinfo is None or len(value) < len("2026-01-02T03:04Z"):
        raise InvalidInput(field, value, "a time with its zone, such as 2026-01-02T03:04:05Z")
    return moment


def parse_value(field: str, kind: str, value: Any) -> Any:
    """The value of a declared type: text, number, boolean, or microseconds for a time. Null is missing."""
    if value is None:
        return None
    if kind in ("category", "text"):
        if not isinstance(value, str):
            raise InvalidInput(field, value, "a text")
        return value
    if kind == "boolean":
        if not isinstance(value, bool):
            raise InvalidInput(field, value, "true or false")
        return value
    if kind == "number":
        return _number(field, value)
    return microseconds(parse_time(field, value))


def _number(field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(field, value, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidInput(field, str(value), "a finite number")
    return number


def parse_fields(fields: Mapping[str, Field], data: Mapping[str, Any]) -> dict[str, Any]:
    """The declared fields of an event's data, typed; what is not declared is not kept."""
    found = {}
    for name, field in fields.items():
        value = parse_value(f"data.{name}", field.type, data.get(name))
        if value is not None:
            found[name] = value
    return found


def parse_tags(workspace: Workspace, tags: Mapping[str, Any]) -> dict[str, Any]:
    """Tags, typed; null removes one. Raises InvalidInput that lists every tag not declared or not allowed."""
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in tags.items():
        try:
            found[name] = _tag(workspace.tags, name, value)
        except InvalidInput as error:
            errors += error.errors
    if errors:
        raise InvalidInput.of(errors)
    return found


def _tag(tags: Mapping[str, Tag], name: str, value: Any) -> Any:
    field = f"tags.{name}"
    if name not in tags:
        raise InvalidInput(field, value, f"one of {', '.join(tags)}")
    tag = tags[name]
    parsed = parse_value(field, tag.type, value)
    if tag.values and parsed is not None and parsed not in tag.values:
        raise InvalidInput(field, value, f"one of {', '.join(tag.values)}")
    return parsed


def as_text(errors: tuple[FieldError, ...]) -> str:
    """Field errors in one line, for answers that carry a reason as text."""
    return "; ".join(str(error) for error in errors)
