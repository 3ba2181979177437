"""What events say, in the words that the workspace declares: as at the live door, a whole column at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from features.cells import Column
from leads.configuration.spelling import require_product, spelled
from leads.configuration.workspace import Workspace
from leads.errors import InvalidInput

_KIND, _FIELD, _WHY = "\0type", "\0field", "\0why"


def in_words(workspace: Workspace, columns: Mapping[str, Column], names: Sequence[str]) -> dict[str, Column]:
    """The fields of these names, each word as it is declared; why an event cannot say it stands at the field's value.

    columns: the events' by name, `type` among them. Events of no declared type are left as they are.
    """
    worded = [name for name in names if columns[name].values.dtype == pl.Boolean or _has_words(workspace, name)]
    said = pl.DataFrame([columns["type"].values.alias(_KIND), *(columns[name].values.alias(name) for name in worded)])
    distinct = said.filter(pl.col(_KIND).is_not_null()).unique(maintain_order=True)
    answers = [_answer(workspace, row) for row in distinct.to_dicts()]
    schema = {f"\0{name}": distinct.schema[name] for name in worded} | {_FIELD: pl.String(), _WHY: pl.String()}
    known = distinct.hstack(pl.DataFrame(answers, schema=schema))
    found = said.join(known, on=said.columns, how="left", nulls_equal=True, maintain_order="left")
    return {name: _column(columns[name], found, name) for name in worded}


def _has_words(workspace: Workspace, name: str) -> bool:
    return any(workspace.words(kind, name) is not None for kind in workspace.events)


def _answer(workspace: Workspace, row: dict[str, Any]) -> dict[str, Any]:
    """The declared words under names of their own, or which field cannot be, and why."""
    fields = {name: value for name, value in row.items() if name != _KIND}
    try:
        told = spelled(workspace, row[_KIND], {name: value for name, value in fields.items() if value is not None}, "")
        require_product(workspace, row[_KIND], told, "")
    except InvalidInput as error:
        return {_FIELD: error.errors[0].field, _WHY: error.errors[0].reason}
    return {f"\0{name}": told.get(name) for name in fields}


def _column(given: Column, found: pl.DataFrame, name: str) -> Column:
    frame = found.with_columns(given.reasons.alias("\0before"))
    why = pl.when(pl.col(_FIELD) == name).then(pl.col(_WHY))
    values = pl.when(pl.col(_FIELD).is_not_null() | pl.col(_KIND).is_null()).then(pl.col(name)).otherwise(f"\0{name}")
    told = frame.select(values.alias(name), pl.coalesce("\0before", why).alias("reason"))
    return Column(told[name], told["reason"], given.notes)
