"""What stands in paths and queries, and what ids and whole numbers are anywhere."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

LONGEST = 128
"""Characters of an id."""

_NO_CONTROL = r"^[^\u0000-\u001f\u007f-\u009f]*$"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_WHOLE = re.compile(r"-?[0-9]+(\.0+)?")


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "Input should have no control characters")
    return text


def _whole(number: Any) -> Any:
    return int(number) if type(number) is float and number.is_integer() else number


def _written(text: Any) -> Any:
    if isinstance(text, str) and not _WHOLE.fullmatch(text):
        raise PydanticCustomError("int_parsing", "Input should be a valid integer")
    return text


Id = Annotated[
    str, Field(min_length=1, max_length=LONGEST, json_schema_extra={"pattern": _NO_CONTROL}), AfterValidator(_printable)
]
"""Names a customer, an agent or anything else."""

Name = Annotated[Id, Path(description="percent-encoded, `/` too")]
"""An id in a path."""

Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number in JSON, where 3.0 is one too."""

Limit = Annotated[int, BeforeValidator(_written), Query(ge=1, le=1000, description="at most so many")]

Wait = Annotated[
    Literal["scored"] | None, Query(description="`scored`: the answer comes once scores and queues reflect it")
]
