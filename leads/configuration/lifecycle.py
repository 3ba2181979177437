"""Where customers stand: the stage of their life cycle, the segments they belong to, and their value tier.

All three are worked out from the features of a moment, never stored: a rule that changes moves everyone at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from leads.configuration.amount import Amount, parse_amount
from leads.configuration.rules import Rule, parse_rule
from leads.configuration.section import Section
from leads.sheet.program import Program
from leads.sheet.sheet import Sheet, Words
from leads.words.bilingual import Text

STAGE, STAGE_DAYS, TIER = "stage", "stage_days", "value_tier"
"""The columns that say the stage, days since it was entered, and the value tier."""


@dataclass(frozen=True)
class Group:
    """People of whom a rule holds, with a name in both languages."""

    name: str
    label: Text
    rule: Rule


@dataclass(frozen=True)
class Stage(Group):
    """A stage of the life cycle: the first of which the rule holds is a customer's.

    since: days since the stage was entered, where that can be told. following: the stages that may come next.
    """

    since: Amount | None
    following: tuple[str, ...]


@dataclass(frozen=True)
class Lifecycle:
    """Stages and tiers in the order in which they are asked; segments, of which a customer may be in several."""

    stages: tuple[Stage, ...] = ()
    segments: tuple[Group, ...] = ()
    tiers: tuple[Group, ...] = ()

    @cached_property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns that it adds to the features: `stage, stage_days, segment__<name>…, value_tier`."""
        columns: dict[str, pl.DataType] = {}
        if self.stages:
            columns |= {STAGE: pl.String(), STAGE_DAYS: pl.Float64()}
        columns |= {segment_column(group.name): pl.Boolean() for group in self.segments}
        return columns | ({TIER: pl.String()} if self.tiers else {})

    def of(self, sheet: Sheet) -> tuple[np.ndarray, Words]:
        """The columns of `schema` for the rows of a feature sheet, (columns, n), and the words of those that are texts;
        a rule whose answer is unknown fails.
        """
        groups, since = range(self._groups), range(self._groups, len(self._asked.expressions))
        holds, days = self._asked.answers(sheet, groups, since)
        stages, rest = holds[: len(self.stages)], holds[len(self.stages) :]
        segments, tiers = rest[: len(self.segments)], rest[len(self.segments) :]
        parts: list[np.ndarray] = []
        if self.stages:
            parts += [_first(stages), self._days(stages, days)]
        parts += [held.astype(np.float64) for held in segments]
        parts += [_first(tiers)] if self.tiers else []
        return np.array(parts).reshape(len(parts), len(sheet)), self._words

    @cached_property
    def _asked(self) -> Program:
        """First which stages, segments and tiers hold, then the days of each stage that has them from a rule."""
        rules = [group.rule for group in (*self.stages, *self.segments, *self.tiers)]
        days = [stage.since.rule for stage in self.stages if stage.since is not None and stage.since.rule is not None]
        return Program([rule.expression for rule in (*rules, *days)])

    @cached_property
    def _groups(self) -> int:
        return len(self.stages) + len(self.segments) + len(self.tiers)

    @cached_property
    def _words(self) -> Words:
        return {STAGE: tuple(each.name for each in self.stages), TIER: tuple(each.name for each in self.tiers)}

    def _days(self, stages: Sequence[np.ndarray], by_rule: Sequence[np.ndarray]) -> np.ndarray:
        """The days of the first stage of which the rule holds. by_rule: in turn those that rules give."""
        days, given = np.full(len(stages[0]), np.nan), iter(reversed(by_rule))
        for stage, holds in zip(reversed(self.stages), reversed(stages), strict=True):
            since: float | np.ndarray = np.nan
            if stage.since is not None:
                since = stage.since.number if stage.since.rule is None else next(given)
            days[holds] = since[holds] if isinstance(since, np.ndarray) else since
        return days

    def rules(self) -> Iterable[Rule]:
        """Every rule, to be checked against the feature sheet's schema."""
        yield from (group.rule for group in (*self.stages, *self.segments, *self.tiers))
        yield from (rule for stage in self.stages if stage.since is not None for rule in stage.since.check())


def segment_column(name: str) -> str:
    """The column that says who is in a segment.

    >>> segment_column("mother")
    'segment__mother'
    """
    return f"segment__{name}"


def _first(groups: Sequence[np.ndarray]) -> np.ndarray:
    """The place of the first group that each row is in, NaN for none."""
    found = np.full(len(groups[0]), np.nan)
    for place, holds in reversed(list(enumerate(groups))):
        found[holds] = place
    return found


def parse_lifecycle(top: Section) -> Lifecycle:
    """The life cycle from the workspace's `lifecycle`, `segments` and `value_tiers`; each may be left out.

    Raises InvalidWorkspace for an unknown key, a rule that is none, a following stage that does not exist, and a
    stage that no other leads to.
    """
    names = tuple(map(str, top.section("lifecycle").values))
    stages = tuple(_stage(name, section, names) for name, section in top.sections("lifecycle"))
    reached = {name for stage in stages for name in stage.following}
    for stage in stages:
        if len(stages) > 1 and stage.name not in reached and stage is not stages[-1]:
            raise top.refuse("lifecycle", "stages that some other stage has among its `next`", stage.name)
    return Lifecycle(stages, _groups(top, "segments"), _groups(top, "value_tiers"))


def _stage(name: str, section: Section, names: tuple[str, ...]) -> Stage:
    section.only("label", "when", "since", "next")
    since = parse_amount(section, "since", 0.0) if section.has("since") else None
    rule = parse_rule(name, section.values.get("when"), section, "when")
    return Stage(name, section.label("label", name), rule, since, section.choices("next", names))


def _groups(top: Section, key: str) -> tuple[Group, ...]:
    found = []
    for name, section in top.sections(key):
        section.only("label", "when")
        rule = parse_rule(name, section.values.get("when"), section, "when")
        found.append(Group(name, section.label("label", name), rule))
    return tuple(found)
