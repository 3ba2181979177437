"""Recalls: what is asked of the exact times at which certain events last happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from leads.configuration.section import Section
from leads.configuration.workspace import Workspace

BEYOND = 8
"""A rest is still seen after so many further events of its kind came while it lasted."""

Wanted = dict["Selection", int]
"""How many of the latest times are to be kept, by selection."""


@dataclass(frozen=True)
class Selection:
    """Events of these types; where `field` is set, only those that carry one of its `values`."""

    events: tuple[str, ...]
    field: str | None = None
    values: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """A name without dots, the same for the same selection."""
        parts = [*self.events, *((self.field, *self.values) if self.field else ())]
        return "recent__" + "__".join(part.replace(".", "_").replace("-", "_").lower() for part in parts)


@dataclass(frozen=True)
class Count:
    """How many of the selected events happened less than `within` ago, exact up to `most`."""

    feature: str
    selection: Selection
    within: timedelta
    most: int

    def wants(self) -> Wanted:
        return {self.selection: self.most}


@dataclass(frozen=True)
class Resting:
    """Days that are left of a rest, 0 for none.

    A rest begins with the last of `after` selected events that all happened in less than `within`, and lasts for
    `rest`. Of the rests that were begun, the one that ends last counts.
    """

    feature: str
    selection: Selection
    after: int
    within: timedelta
    rest: timedelta

    def wants(self) -> Wanted:
        return {self.selection: self.after + (BEYOND if self.after > 1 else 0)}


@dataclass(frozen=True)
class Since:
    """Days since the latest of the selected events; missing when there was none."""

    feature: str
    selection: Selection

    def wants(self) -> Wanted:
        return {self.selection: 1}


@dataclass(frozen=True)
class Open:
    """How many cases are open: those of `opened` events after the last `closed` one, which ends all that were opened by
    then. Counts up to eight.
    """

    feature: str
    opened: Selection
    closed: Selection

    KEPT = 8

    def wants(self) -> Wanted:
        return {self.opened: self.KEPT, self.closed: 1}


EventWindow = Count | Resting | Since | Open


def wanted(windows: Iterable[EventWindow]) -> Wanted:
    """For each selection that the windows ask of, the most times that one of them needs, rounded up to a multiple of
    four: a cap can then be moved a little without another layout of the state.
    """
    most: Wanted = {}
    for window in windows:
        for selection, count in window.wants().items():
            most[selection] = max(most.get(selection, 0), -(-count // 4) * 4)
    return most


def parse_selection(section: Section, workspace: Workspace, default: tuple[str, ...] = ()) -> Selection:
    """The selection under `events` and `where`. Raises InvalidWorkspace for an event or field not declared."""
    events = section.choices("events", workspace.events, default)
    if not events:
        raise section.refuse("events", f"at least one of {', '.join(workspace.events)}")
    if not section.has("where"):
        return Selection(events)
    where = section.section("where")
    where.only(*category_fields(workspace))
    if len(where.values) != 1:
        raise section.refuse("where", "one field and its value")
    ((field, value),) = where.values.items()
    values = where.texts(field) if isinstance(value, list) else (where.text(field),)
    return Selection(events, str(field), values)


def category_fields(workspace: Workspace) -> tuple[str, ...]:
    """The fields by whose value events can be selected."""
    return tuple(field.name for field in workspace.fields.values() if field.type == "category")


def parse_counts(top: Section, workspace: Workspace) -> tuple[Count, ...]:
    """The counts under `counts`: each becomes the column `count__<name>` that rules can read.

    Raises InvalidWorkspace for an unknown key or event, and for a window or a number that is none.
    """
    found = []
    for name, section in top.sections("counts"):
        section.only("events", "where", "within", "most")
        within, most = section.duration("within"), section.number("most", least=1)
        if within.total_seconds() <= 0 or most != int(most):
            raise section.refuse("within", "a time above 0, and with `most` a whole number to count up to")
        found.append(Count(f"count__{name}", parse_selection(section, workspace), within, int(most)))
    return tuple(found)
