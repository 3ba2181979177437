"""Limits of contact that no value buys a way past: caps over exact windows, rests, and cases that are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leads.configuration.rules import Rule, parse_rule
from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from leads.contact.event_windows import Count, EventWindow, Open, Resting, Selection, parse_selection

SCENE = "scene"
"""The field of a contact event that names the scene it was made in."""


@dataclass(frozen=True)
class Limit:
    """A rule over a window. channels, scenes: the actions that it limits; an empty one means all."""

    rule: Rule
    window: EventWindow
    channels: tuple[str, ...]
    scenes: tuple[str, ...]

    def covers(self, channel: str, scene: str | None) -> bool:
        """Whether it limits actions of this channel and scene; without a scene, whether it does in every scene."""
        return (not self.channels or channel in self.channels) and (not self.scenes or scene in self.scenes)


def parse_limits(
    section: Section, workspace: Workspace, sent: Mapping[str, str], scenes: Sequence[str]
) -> tuple[Limit, ...]:
    """The limits of a contact policy, in order: open cases, rests, caps.

    sent: by channel the event that says it was used, which caps count by themselves. Raises InvalidWorkspace for a
    channel, scene, event or field that does not exist, and for a cap of channels of which no event is known.
    """
    cases = [_case(name, inner, workspace, scenes) for name, inner in section.sections("cases")]
    rests = [_rest(name, inner, workspace, scenes) for name, inner in section.sections("rests")]
    caps = [_cap(name, inner, workspace, sent, scenes) for name, inner in section.sections("caps")]
    return (*cases, *rests, *caps)


def _case(name: str, section: Section, workspace: Workspace, scenes: Sequence[str]) -> Limit:
    section.only("opened", "closed", "channels", "scenes")
    opened, closed = (Selection((section.choice(key, workspace.events),)) for key in ("opened", "closed"))
    feature = f"open__{name}"
    return _limit(name, f"{feature} = 0", Open(feature, opened, closed), section, workspace, scenes)


def _rest(name: str, section: Section, workspace: Workspace, scenes: Sequence[str]) -> Limit:
    section.only("events", "where", "after", "within", "rest", "channels", "scenes")
    after = _whole(section, "after", 1)
    if after > 1 and not section.has("within"):
        raise section.refuse("within", "the time in which they must have happened, such as 7d")
    feature = f"rest__{name}_days"
    window = Resting(
        feature=feature,
        selection=parse_selection(section, workspace),
        after=after,
        within=section.duration("within", "1d"),
        rest=section.duration("rest"),
    )
    _positive(section, "within", "rest")
    return _limit(name, f"{feature} <= 0", window, section, workspace, scenes)


def _cap(
    name: str, section: Section, workspace: Workspace, sent: Mapping[str, str], scenes: Sequence[str]
) -> Limit:  # fmt: skip
    section.only("events", "where", "within", "most", "channels", "scenes")
    channels = section.choices("channels", workspace.channels) or workspace.channels
    counted = tuple(dict.fromkeys(sent[channel] for channel in channels if channel in sent))
    if not section.has("events") and not counted:
        raise section.refuse("events", f"the events to count, as no channel of {', '.join(channels)} names its `sent`")
    selection = parse_selection(section, workspace, counted)
    named = section.choices("scenes", scenes)
    if named and selection.field is None:
        if SCENE not in workspace.fields:
            raise section.refuse("scenes", f"no scenes, as the workspace declares no field {SCENE!r}")
        selection = Selection(selection.events, SCENE, named)
    most, feature = _whole(section, "most"), f"cap__{name}"
    _positive(section, "within")
    window = Count(feature, selection, section.duration("within"), most)
    return _limit(name, f"{feature} < {most}", window, section, workspace, scenes)


def _limit(
    name: str, sql: str, window: EventWindow, section: Section, workspace: Workspace, scenes: Sequence[str]
) -> Limit:  # fmt: skip
    return Limit(
        rule=parse_rule(name, sql, section, ""),
        window=window,
        channels=section.choices("channels", workspace.channels),
        scenes=section.choices("scenes", scenes),
    )


def _whole(section: Section, name: str, default: float | None = None) -> int:
    value = section.number(name, default, least=1)
    if value != int(value):
        raise section.refuse(name, "a whole number")
    return int(value)


def _positive(section: Section, *names: str) -> None:
    for name in names:
        if section.has(name) and section.duration(name).total_seconds() <= 0:
            raise section.refuse(name, "a time above 0, such as 7d")
