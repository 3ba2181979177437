"""A customer as agents are told of them, and what is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leads.configuration.workspace import Workspace
from leads.words.bilingual import Text, Words, as_number, is_missing
from leads.words.spoken import said_date


@dataclass(frozen=True)
class Known:
    """row: by column what is known, missing values None. product: what the talk is about, None where it is about none.
    local: now, where they are.
    """

    workspace: Workspace
    row: Mapping[str, Any]
    product: str | None
    local: datetime

    def number(self, column: str) -> float | None:
        return as_number(self.row.get(column))

    def flag(self, column: str) -> bool | None:
        value = self.row.get(column)
        return None if is_missing(value) else bool(value)

    def text(self, column: str) -> str | None:
        value = self.row.get(column)
        return value if isinstance(value, str) else None

    def called(self, product: str) -> Words:
        """A product as it is called."""
        declared = self.workspace.products.get(product)
        return Words(product, product) if declared is None else words(declared.label)

    def held(self) -> list[str]:
        """The products of which a policy runs, in declared order."""
        return [name for name in self.workspace.products if self.flag(f"policy_{name}_active")]

    def day(self, days: float) -> Words:
        """The day that is so many days from now."""
        return said_date((self.local + timedelta(days=days)).date(), self.local.date())


@dataclass(frozen=True)
class Fact:
    """there: whether it says that something is there, or that it is not. static: it is so, and did not just happen."""

    words: Words
    there: bool = True
    static: bool = False


def words(text: Text) -> Words:
    return Words(text["zh"], text["en"])


def filled(text: Text, name: str, value: Words) -> Words:
    """A text with a placeholder replaced, in each language by its own words."""
    return Words(text["zh"].replace(f"{{{name}}}", value.zh), text["en"].replace(f"{{{name}}}", value.en))
