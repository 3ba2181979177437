"""What a field of an answer means. The OpenAPI document is generated from the types of answers and says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Means:
    """Stands beside a field's type in `Annotated`. text: for whoever reads the document. format: as JSON schema names
    it, where there is one.
    """

    text: str = ""
    format: str = ""

    def __get_pydantic_json_schema__(self, schema: Any, describe: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        told = {"description": self.text, "format": self.format}
        return describe(schema) | {name: value for name, value in told.items() if value}


Time = Annotated[str, Means(format="date-time")]
"""RFC 3339, in UTC."""
