"""What a form changes of a draft: fields that say something else, entries that come, are copied or go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from console.catalogue.schema import beginning, place_of
from console.catalogue.sections import Field
from console.catalogue.values import given
from features.yaml_text import read_yaml
from leads.errors import InvalidInput
from serving.catalogue.written import Path, Written

_PREFIX = "f:"


def path_of(name: str) -> Path:
    """As a form names a place."""
    return tuple(step for step in name.split("/") if step)


def with_fields(written: Written, fields: Sequence[Field], form: Mapping[str, str]) -> Written:
    """With every field that says something else than before."""
    for field in fields:
        sent = form.get(_PREFIX + field.id)
        if sent is None:
            continue
        meant = given(sent, field.kind)
        if meant != given(field.value, field.kind):
            written = written.with_value(field.path, meant)
    return written


def with_entry(written: Written, what: str, form: Mapping[str, str]) -> Written:
    """With an entry more or less. Raises InvalidInput for what cannot be done, NotFound for what is not there."""
    path, name = path_of(form.get("path", "")), form.get("name", "").strip()
    if what == "drop":
        return written.without((*path, *path_of(form.get("of", ""))))
    if what == "add" and isinstance(written.value(path), list):
        return written.with_item(path, _value(form.get("value", "")))
    if not name or "/" in name:
        raise InvalidInput("name", name, "a name")
    if what == "copy":
        return written.with_copy(path, name)
    if what != "add":
        raise InvalidInput("what", what, "add, copy or drop")
    return _added(written, path, name, form.get("value", ""))


def _added(written: Written, path: Path, name: str, text: str) -> Written:
    place, said = place_of((*path, name)), text.strip() or beginning(path)
    value = _value(said) if place is None or not text.strip() else given(said, place.kind)
    if written.value(path) in ({}, None) and path:
        return written.with_value(path, {name: value})
    return written.with_entry((*path, name), value)


def _value(text: str) -> Any:
    try:
        return read_yaml(text)
    except yaml.YAMLError as error:
        raise InvalidInput("value", text, "a value that can be read, such as 3, call or {day: 1}") from error
