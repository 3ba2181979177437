"""Why a claim came short: what waits in the queue that could not be handed out, and why nothing else waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NotRequired
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from features.configuration import Configuration
from leads.configuration.workspace import Workspace
from leads.contact.policy import CALL, next_opening
from leads.distribution.hindrances import hindrance
from leads.words.bilingual import Text
from serving.clock import written
from serving.meaning import Means, Time
from serving.queue.lease import Wanted
from serving.queue.leases import Leases
from serving.queue.places import Cell
from serving.queue.rests import Rests
from serving.queue.waiting_leads import WaitingLeads
from serving.queue.zones import Zones

_ASKED = (("skill", "skills"), ("region", "regions"), ("language", "languages"))
"""What a claim may ask for: the rule that names it, which is a cell's part too, and the field of what is wanted."""


class Hindrance(TypedDict):
    rule: str
    value: NotRequired[Annotated[str | None, Means("of what was asked for, or how many leads")]]
    until: NotRequired[Annotated[Time | None, Means("when it ends")]]
    text: Text


@dataclass(frozen=True)
class Lack:
    """A rule that kept leads from a claim. value: of what was asked for, or how many."""

    rule: str
    value: str | None = None


class Shortages:
    """Says why claims came short."""

    def __init__(
        self, configuration: Configuration, waiting: WaitingLeads, zones: Zones, leases: Leases, rests: Rests
    ) -> None:
        self._configuration = configuration
        self._waiting = waiting
        self._zones = zones
        self._leases = leases
        self._rests = rests

    def of(self, queue: str, wanted: Wanted, now: datetime) -> list[Hindrance]:
        """What an answer says beside the rules of the distribution; `wanted` leaves out what these have closed."""
        workspace = self._configuration.workspace
        undeclared = list(_undeclared(workspace, wanted))
        waiting = [cell for cell, count in self._waiting.cells(queue) if count]
        if waiting:
            found = lacks(waiting, wanted, set(self._zones.open_at(now)))
        else:
            found = [Lack("none_waiting"), *self._elsewhere()]
        said = {lack.rule for lack in undeclared}
        found = [lack for lack in found if f"unknown_{lack.rule}" not in said]
        zones = [cell.zone or None for cell in waiting if matches(cell, wanted)]
        return [self._told(lack, zones, now) for lack in (*undeclared, *found)]

    def _elsewhere(self) -> Iterator[Lack]:
        for rule, count in (("all_held", self._leases.count()), ("all_resting", self._rests.count())):
            if count:
                yield Lack(rule, str(count))

    def _told(self, lack: Lack, zones: Sequence[str | None], now: datetime) -> Hindrance:
        name, until = lack.value, None
        if lack.rule == "outside_window":
            configuration = self._configuration
            openings = next_opening(configuration.catalogue.contact, CALL, zones, now)
            opening = min((at for at in openings if at > now), default=now)
            until = written(opening)
            name = f"{opening.astimezone(ZoneInfo(configuration.workspace.timezone)):%Y-%m-%d %H:%M}"
        label: Text | None = None if name is None else {"zh": name, "en": name}
        body: Hindrance = {"rule": lack.rule, "text": hindrance(lack.rule, label)}
        if lack.value is not None:
            body["value"] = lack.value
        if until is not None:
            body["until"] = until
        return body


def lacks(waiting: Sequence[Cell], wanted: Wanted, zones: set[str]) -> list[Lack]:
    """Why nothing more was taken of cells in which somebody waits. zones: where calls are allowed now."""
    asked = [cell for cell in waiting if matches(cell, wanted)]
    if not asked:
        return list(_unmatched(waiting, wanted))
    free = [cell for cell in asked if cell.campaign not in wanted.without and cell.objective not in wanted.paused]
    own = [cell for cell in free if cell.agent_id in (None, wanted.agent_id)]
    ready = [cell for cell in own if cell.zone in zones]
    left = {"reserved": len(free) - len(own), "outside_window": len(own) - len(ready), "not_now": len(ready)}
    return [Lack(rule) for rule, count in left.items() if count]


def matches(cell: Cell, wanted: Wanted) -> bool:
    """Whether its leads are what is asked for."""
    return all(_fits(cell, wanted, rule, asked) for rule, asked in _ASKED)


def _fits(cell: Cell, wanted: Wanted, rule: str, asked: str) -> bool:
    """A lead without a product needs no skill, and one without a language speaks any."""
    names, own = getattr(wanted, asked), getattr(cell, rule)
    return not names or own in names or (own == "" and rule != "region")


def _unmatched(waiting: Sequence[Cell], wanted: Wanted) -> Iterator[Lack]:
    """What nobody who waits is; where that is only so of all of it together, all of it."""
    told = [(rule, asked) for rule, asked in _ASKED if getattr(wanted, asked)]
    alone = [(rule, asked) for rule, asked in told if not any(_fits(cell, wanted, rule, asked) for cell in waiting)]
    for rule, asked in alone or told:
        yield Lack(rule, ", ".join(getattr(wanted, asked)))


def _undeclared(workspace: Workspace, wanted: Wanted) -> Iterator[Lack]:
    """Values that the workspace does not have."""
    tags = {"region": workspace.region_tag, "language": workspace.language_tag}
    for rule, asked in _ASKED:
        tag = tags.get(rule)
        values = tuple(workspace.products) if rule == "skill" else workspace.tags[tag].values if tag else ()
        for name in getattr(wanted, asked) if values else ():
            if name not in values:
                yield Lack(f"unknown_{rule}", name)
