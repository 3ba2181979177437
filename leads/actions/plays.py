"""Plays: the T+n cadence. A step names an action and the day on which it becomes due.

Nothing is stored of how far a customer got. Whether a step is due is a function of the customer's state: how long ago
the stage was entered, what was sent since, and whether they responded since. So a play that changes while customers
are in it moves them at once to where the new one has them: a step that is past is not made up for, one that was
already sent since the play began is not sent again because its day moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leads.configuration.lifecycle import STAGE_DAYS
from leads.configuration.rules import Rule, parse_rule
from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from leads.contact.event_windows import EventWindow, Selection, Since
from leads.words.bilingual import Text

ACTION = "action"
"""The field of a contact event that names the action it carried out."""

LAST_STEP_DAYS = 7.0
"""How long the last step of a play stays due, where it does not say."""

_NEVER = "1000000"


@dataclass(frozen=True)
class Step:
    """An action due from `day` until before `until`, both on the play's clock, where `when` holds."""

    action: str
    day: float
    until: float
    when: str | None


@dataclass(frozen=True)
class Play:
    """A cadence. clock: SQL that gives its day, negative before the event it counts to. when: SQL of who is in it.

    starts: the day from which what was sent and answered counts. stops: events of the customer that end it.
    """

    name: str
    label: Text
    clock: str
    when: str
    starts: float
    stops: Selection | None
    steps: tuple[Step, ...]

    @property
    def day_feature(self) -> str:
        """The column that says the play's day."""
        return f"play__{self.name}_day"

    def due(self, step: Step) -> str:
        """When the step is due, as SQL over the feature sheet; the play's day is missing for who is not in it."""
        earlier = [other.day for other in self.steps if other.action == step.action and other.day < step.day]
        since = step.day if earlier else self.starts
        day = self.day_feature
        conditions = [
            f"{day} >= {step.day:g}",
            f"{day} < {step.until:g}",
            f"coalesce({sent_feature(step.action)}, {_NEVER}) >= {day} - ({since:g})",
        ]
        conditions += [] if step.when is None else [f"({step.when})"]
        return " AND ".join(conditions)

    def day(self, section: Section) -> Rule:
        """The play's day as SQL: missing for who is not in the play, or has answered since it began."""
        inside = self.when
        if self.stops is not None:
            inside += f" AND coalesce(stop__{self.name}_days, {_NEVER}) >= {self.clock} - ({self.starts:g})"
        return parse_rule(self.day_feature, f"CASE WHEN {inside} THEN {self.clock} + 0.0 END", section, self.name)


def sent_feature(action: str) -> str:
    """The column that says how many days ago the action was last carried out.

    >>> sent_feature("welcome_wecom")
    'sent__welcome_wecom_days'
    """
    return f"sent__{action}_days"


def due_rules(plays: Iterable[Play], section: Section) -> dict[str, Rule]:
    """For each action of a play the rule that one of its steps is due; an action in no play has none."""
    found: dict[str, list[str]] = {}
    for play in plays:
        for step in play.steps:
            found.setdefault(step.action, []).append(play.due(step))
    return {
        action: parse_rule("due", " OR ".join(f"({sql})" for sql in conditions), section, "plays")
        for action, conditions in found.items()
    }


def play_windows(
    plays: Sequence[Play], channels: Mapping[str, str], sent: Mapping[str, str]
) -> tuple[EventWindow, ...]:
    """What the plays ask of the exact times of events. channels: by action; sent: by channel its event."""
    actions = dict.fromkeys(step.action for play in plays for step in play.steps)
    stops = [Since(f"stop__{play.name}_days", play.stops) for play in plays if play.stops is not None]
    carried = [
        Since(sent_feature(action), Selection((sent[channels[action]],), ACTION, (action,))) for action in actions
    ]
    return (*stops, *carried)


def parse_plays(top: Section, workspace: Workspace) -> tuple[Play, ...]:
    """The plays under `plays`.

    Raises InvalidWorkspace for an unknown key, stage or event, a play without steps, SQL that is none, and for plays
    where contact events do not name the action.
    """
    found = tuple(_play(name, section, workspace) for name, section in top.sections("plays"))
    if found and ACTION not in workspace.fields:
        raise top.refuse("plays", f"no plays, as the workspace declares no field {ACTION!r} that events carry")
    return found


def check_plays(plays: Iterable[Play], channels: Mapping[str, str], sent: Mapping[str, str], top: Section) -> None:
    """Refuse steps of actions that do not exist, or of channels of which no event tells that they were used."""
    for play in plays:
        for step in play.steps:
            if step.action not in channels:
                raise top.section("plays").refuse(play.name, f"actions among {', '.join(channels)}", step.action)
            if channels[step.action] not in sent:
                allowed = f"actions of channels that name their `sent`: {', '.join(sent) or '(none)'}"
                raise top.section("plays").refuse(play.name, allowed, step.action)


def _play(name: str, section: Section, workspace: Workspace) -> Play:
    section.only("label", "stage", "clock", "when", "stops", "steps")
    clock = section.text("clock", STAGE_DAYS)
    conditions = []
    if section.has("stage"):
        stages = [stage.name for stage in workspace.lifecycle.stages]
        conditions.append(f"stage = '{section.choice('stage', stages)}'")
    if section.has("when"):
        conditions.append(parse_rule("when", section.values["when"], section, "when").sql)
    if not conditions:
        raise section.refuse("stage", "a stage, or `when` with a SQL condition, that says who is in the play")
    parse_rule("clock", clock, section, "clock")
    steps = _steps(section)
    stops = section.choices("stops", workspace.events)
    return Play(
        name=name,
        label=section.label("label", name),
        clock=f"({clock})",
        when=" AND ".join(f"({condition})" for condition in conditions),
        starts=min(0.0, steps[0].day),
        stops=Selection(stops) if stops else None,
        steps=steps,
    )


def _steps(section: Section) -> tuple[Step, ...]:
    listed = section.values.get("steps")
    if not isinstance(listed, list) or not listed:
        raise section.refuse("steps", "a list of steps such as {day: 1, action: needs_call}")
    inner = [Section.of(section.file, f"{section.key('steps')}.{i}", item) for i, item in enumerate(listed)]
    for step in inner:
        step.only("day", "action", "for", "when")
    days = sorted({step.number("day") for step in inner})
    following = dict(pairwise(days))
    return tuple(sorted((_step(step, following) for step in inner), key=lambda step: (step.day, step.action)))


def _step(section: Section, following: Mapping[float, float]) -> Step:
    day = section.number("day")
    lasts = section.number("for", following.get(day, day + LAST_STEP_DAYS) - day)
    if lasts <= 0:
        raise section.refuse("for", "days above 0")
    when = parse_rule("when", section.values["when"], section, "when").sql if section.has("when") else None
    return Step(section.text("action"), day, day + lasts, when)
