"""What a report is made of: facts as SQL, dimensions by which they are told, and figures over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from features.configuration import Configuration
from leads.words.bilingual import Text, Words
from monitoring.record.tables import Tables
from monitoring.reports.answer import Kind
from monitoring.reports.question import Question


@dataclass(frozen=True)
class Figure:
    """A number over facts.

    counted: SQL condition of the facts that count; the facts behind the number are these. among: of which it is a
    share, None where it is none. amount: SQL that is added up over the counted facts, or whose median is taken.
    distinct: whether it counts customers and not facts. ratio: SQL of what it is, where it is none of these.
    """

    name: str
    label: Words
    kind: Kind
    means: Words
    counted: str
    among: str | None = None
    amount: str | None = None
    median: bool = False
    distinct: bool = False
    ratio: str | None = None

    @property
    def parts(self) -> tuple[str, str]:
        """SQL of what it is and, of a share, of what it is a part of; else of the number of counted facts."""
        where = f"FILTER (WHERE {self.counted})"
        if self.ratio is not None:
            return self.ratio, f"count(*) {where}"
        if self.amount is not None:
            function = "median" if self.median else "sum"
            return f"{function}({self.amount}) {where}", f"count(*) {where}"
        every = "DISTINCT customer_id" if self.distinct else "*"
        if self.among is None:
            return f"count({every}) {where}", f"count(*) {where}"
        both = f"FILTER (WHERE ({self.counted}) AND ({self.among}))"
        return f"count({every}) {both}", f"count({every}) FILTER (WHERE {self.among})"

    @property
    def behind(self) -> str:
        """SQL condition of the facts that make the number."""
        return self.counted if self.among is None else f"({self.counted}) AND ({self.among})"


@dataclass(frozen=True)
class Dimension:
    """By what a report is told. labels: of its values, where they have any beside themselves."""

    name: str
    label: Words
    labels: Callable[[Configuration], Mapping[str, Text]] = lambda _: {}


@dataclass(frozen=True)
class Definition:
    """A report. facts: SQL that gives `customer_id`, a column for each dimension, and what the figures read.

    filters: which of region, team and product its facts have as columns. notes: what a reader must know of it.
    """

    name: str
    title: Words
    dimensions: Callable[[Configuration], Sequence[Dimension]]
    figures: Callable[[Configuration], Sequence[Figure]]
    facts: Callable[[Tables, Question], str]
    filters: Sequence[str] = ("region", "product")
    notes: Callable[[Configuration], Sequence[Words]] = lambda _: ()


def count(name: str, zh: str, en: str, counted: str, means: tuple[str, str], distinct: bool = False) -> Figure:
    """How many facts, or customers, there are of which a condition holds."""
    return Figure(name, Words(zh, en), "count", Words(*means), counted, distinct=distinct)


def share(name: str, zh: str, en: str, counted: str, among: str, means: tuple[str, str]) -> Figure:
    """The part of some facts of which a condition holds."""
    return Figure(name, Words(zh, en), "share", Words(*means), counted, among)


def total(name: str, zh: str, en: str, kind: Kind, amount: str, means: tuple[str, str]) -> Figure:
    """The sum of an amount over the facts that have one."""
    return Figure(name, Words(zh, en), kind, Words(*means), f"({amount}) IS NOT NULL", amount=amount)


def middle(name: str, zh: str, en: str, kind: Kind, amount: str, means: tuple[str, str]) -> Figure:
    """The median of an amount over the facts that have one."""
    return Figure(name, Words(zh, en), kind, Words(*means), f"({amount}) IS NOT NULL", amount=amount, median=True)


def always(*dimensions: Dimension) -> Callable[[Configuration], Sequence[Dimension]]:
    """The same dimensions whatever the workspace declares."""
    return lambda _: dimensions
