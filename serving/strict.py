"""Strict bodies: what others send as JSON, read without guessing, and what is refused of it, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from leads.configuration.bounds import Bounds
from leads.configuration.vocabulary import DISPOSITIONS
from leads.errors import FieldError, InvalidInput


def _whole(value: Any) -> Any:
    return int(value) if type(value) is float and value.is_integer() else value


class Body(BaseModel):
    """A request: strict, no unknown keys, no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _read_whole(cls, given: Any) -> Any:
        """A number without a fraction is an integer, however JSON writes it."""
        return {name: _whole(value) for name, value in given.items()} if isinstance(given, dict) else given


_WORDS = f"one of {', '.join(DISPOSITIONS)}; case does not matter, and the workspace may declare other words for them"
Disposition = Annotated[str, Field(min_length=1, max_length=64, description=_WORDS)]


def _moment(value: Any) -> datetime:
    """An RFC 3339 time, never a number that a clock could have counted."""
    try:
        return Bounds().moment("time", value)
    except InvalidInput as error:
        raise PydanticCustomError("time", "{reason}", {"reason": error.errors[0].reason}) from error


Moment = Annotated[datetime, PlainValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


def field_errors(found: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """What pydantic refused, as the product's own field errors."""
    return [_field_error(item) for item in found]


def _field_error(item: Mapping[str, Any]) -> FieldError:
    given = None if item["type"] == "missing" else item.get("input")
    return FieldError(_field(item["loc"]), given, str(item["msg"]))


def _field(location: Sequence[Any]) -> str:
    parts = [str(part) for part in location if part not in ("body", "query", "path", "header")]
    return ".".join(parts) or "body"
