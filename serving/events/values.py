"""Typed values of tags and fields as JSON gives them, checked against what the workspace declares."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from leads.configuration.bounds import Bounds
from leads.configuration.workspace import Workspace
from leads.errors import FieldError, InvalidInput, shown
from serving.clock import microseconds


def parse_value(field: str, kind: str, value: Any, bounds: Bounds) -> Any:
    """The value of a declared type: text, number, boolean, or microseconds for a time. Null is missing.

    Raises InvalidInput for another type, and for what is out of the bounds.
    """
    if value is None:
        return None
    if kind in ("category", "text"):
        if not isinstance(value, str):
            raise InvalidInput(field, value, "a text")
        if len(value) > bounds.text:
            raise InvalidInput(field, f"{len(value):,} characters", f"a text of at most {bounds.text:,} characters")
        return value
    if kind == "boolean":
        if not isinstance(value, bool):
            raise InvalidInput(field, value, "true or false")
        return value
    if kind == "number":
        return _number(field, value, bounds.number)
    return microseconds(bounds.moment(field, value))


def _number(field: str, value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(field, value, "a number")
    if not -most <= value <= most:  # NaN is not either.
        raise InvalidInput(field, shown(value), f"a finite number, between -{most:g} and {most:g}")
    return float(value)


def parse_fields(workspace: Workspace, data: Mapping[str, Any]) -> dict[str, Any]:
    """The declared fields of an event's data, typed; what is not declared is not kept."""
    found = {}
    for name, field in workspace.fields.items():
        value = parse_value(f"data.{name}", field.type, data.get(name), workspace.bounds)
        if value is not None:
            if field.type == "number":
                field.range.check(f"data.{name}", value)
            found[name] = value
    return found


def check_typed(workspace: Workspace, data: Mapping[str, Any]) -> None:
    """Raises InvalidInput, which repeats no value, for fields that are not as `parse_fields` leaves them."""
    for name, value in data.items():
        field = workspace.fields.get(name)
        if field is None or value is None:
            continue
        typed, allowed = _TYPED[field.type]
        if type(value) not in typed or (field.type == "number" and not -_FINITE <= value <= _FINITE):
            raise InvalidInput(f"data.{name}", "(withheld)", f"must be {allowed}")
        if field.type == "time":
            check_calendar(f"data.{name}", value)


def check_calendar(name: str, at: int) -> None:
    """Raises InvalidInput for a time (microseconds) that the lake cannot keep."""
    if not _FIRST <= at <= _LAST:
        raise InvalidInput(name, "(withheld)", "must be a time between the years 1 and 9999")


_FIRST, _LAST = (microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (1, 9999))
"""With room for a time zone at both ends of the calendar."""

_FINITE = sys.float_info.max

_TYPED: Mapping[str, tuple[Collection[type], str]] = {
    "category": ((str,), "a text"),
    "text": ((str,), "a text"),
    "boolean": ((bool,), "true or false"),
    "number": ((float, int), "a finite number"),
    "time": ((int,), "a time in microseconds"),
}


def parse_tags(workspace: Workspace, tags: Mapping[str, Any]) -> dict[str, Any]:
    """Tags, typed; null removes one. Raises InvalidInput that lists every tag not declared or not allowed."""
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in tags.items():
        try:
            found[name] = _tag(workspace, name, value)
        except InvalidInput as error:
            errors += error.errors
    if errors:
        raise InvalidInput.of(errors)
    return found


def _tag(workspace: Workspace, name: str, value: Any) -> Any:
    field, tags = f"tags.{name}", workspace.tags
    if name not in tags:
        raise InvalidInput(field, value, f"one of {', '.join(tags)}")
    tag = tags[name]
    parsed = parse_value(field, tag.type, value, workspace.bounds)
    if tag.values and parsed is not None and parsed not in tag.values:
        raise InvalidInput(field, value, f"one of {', '.join(tag.values)}")
    if tag.type == "number" and parsed is not None:
        tag.range.check(field, parsed)
    return parsed


def as_text(errors: tuple[FieldError, ...]) -> str:
    """Field errors in one line, for answers that carry a reason as text."""
    return "; ".join(str(error) for error in errors)
