"""What stands in paths and queries, and what an id is anywhere."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from features.spelling import plainly

LONGEST = 128
"""Characters of an id."""

_NO_CONTROL = r"^[^\u0000-\u001f\u007f-\u009f]*$"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_WHOLE = re.compile(r"-?[0-9]+(\.0+)?")


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "Input should have no control characters")
    if not plainly(text):
        raise PydanticCustomError("blank", "Input should be more than blanks")
    return text


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

Limit = Annotated[int, Field(ge=1, le=1000), BeforeValidator(_written), Query(description="at most so many")]

Wait = Annotated[
    Literal["scored"] | None, Query(description="`scored`: the answer comes once scores and queues reflect it")
]
